#include "regard/text/tokenizer_training.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <optional>
#include <sentencepiece_trainer.h>
#include <unordered_map>
#include <utility>

#include "regard/core/error.h"
#include "regard/core/random.h"
#include "regard/core/strings.h"
#include "regard/core/utf8.h"

namespace regard {
namespace {

/// Longer sentences are cut; the library would leave them out. Bytes.
constexpr std::size_t kMaxSentenceBytes = 4096;
constexpr std::uint64_t kSampleSeed = 20180819;
/// Sums over sentences are split by thread, so another number would give other scores.
constexpr const char* kNumThreads = "4";
/// Above the library's "error" level.
constexpr const char* kSilent = "3";

class SentenceList : public sentencepiece::SentenceIterator {
 public:
  explicit SentenceList(const std::vector<std::string>& sentences) : sentences_(sentences) {}
  bool done() const override { return index_ >= sentences_.size(); }
  void Next() override { ++index_; }
  const std::string& value() const override { return sentences_[index_]; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  const std::vector<std::string>& sentences_;
  std::size_t index_ = 0;
};

/// The library leaves out sentences with a NUL and must be given UTF-8.
std::string clean_sentence(std::string_view sentence) {
  std::string text(cut_for_encoding(sentence, kMaxSentenceBytes));
  std::replace(text.begin(), text.end(), '\0', ' ');
  return is_valid_utf8(text) ? text : replace_invalid_utf8(text);
}

/// All sentences that are not blank, or an even sample of them (Vitter 1985, algorithm R).
struct Sample {
  std::vector<std::string> kept;
  std::int64_t seen = 0;
};

Sample collect_sentences(const TokenizerTraining& training) {
  std::vector<std::string> kept;
  RandomStream random(kSampleSeed);
  const auto limit = static_cast<std::uint64_t>(training.max_sentences);
  std::uint64_t seen = 0;
  std::string sentence;
  while (training.next_sentence(sentence)) {
    if (trim(sentence).empty()) continue;
    ++seen;
    if (limit == 0 || seen <= limit) {
      kept.push_back(clean_sentence(sentence));
    } else if (const std::uint64_t slot = random.below(seen); slot < limit) {
      kept[static_cast<std::size_t>(slot)] = clean_sentence(sentence);
    }
  }
  return {std::move(kept), static_cast<std::int64_t>(seen)};
}

/// The size that suits the sample.
std::int64_t usual_size(const TokenizerTraining& training, const Sample& sample) {
  return usual_vocabulary_size(sample.seen / training.languages);
}

/// Values of one row of comma-separated values, quoted.
std::string comma_separated(const std::vector<std::string>& values) {
  std::vector<std::string> quoted;
  for (const std::string& value : values) {
    std::string field = "\"";
    for (const char c : value) {
      if (c == '"') field += '"';
      field += c;
    }
    quoted.push_back(field + '"');
  }
  return join(quoted, ",");
}

std::unordered_map<std::string, std::string> library_options(const TokenizerTraining& training) {
  std::unordered_map<std::string, std::string> options{
      {"model_type", config::word_of(training.type)},
      {"vocab_size", std::to_string(training.size)},
      {"character_coverage", format_shortest(training.character_coverage)},
      {"byte_fallback", training.byte_fallback ? "true" : "false"},
      {"normalization_rule_name", config::word_of(training.normalization)},
      {"max_sentence_length", std::to_string(kMaxSentenceBytes)},
      {"num_threads", kNumThreads},
      {"minloglevel", kSilent},
      {"pad_id", "0"},
      {"unk_id", "1"},
      {"bos_id", "2"},
      {"eos_id", "3"},
  };
  // There are only so many words.
  if (training.type == VocabularyType::word) options["hard_vocab_limit"] = "false";
  if (!training.user_symbols.empty()) {
    options["user_defined_symbols"] = comma_separated(training.user_symbols);
  }
  return options;
}

/// The first whole number after `words` in `text`.
std::optional<std::int64_t> number_after(const std::string& text, std::string_view words) {
  constexpr std::size_t kMaxDigits = 9;
  const std::size_t at = text.find(words);
  if (at == std::string::npos) return std::nullopt;
  const auto is_digit = [](unsigned char c) { return std::isdigit(c) != 0; };
  const auto begin = std::find_if(text.begin() + static_cast<std::ptrdiff_t>(at + words.size()),
                                  text.end(), is_digit);
  const auto end = std::find_if_not(begin, text.end(), is_digit);
  const std::string digits(begin, end);
  if (digits.empty() || digits.size() > kMaxDigits) return std::nullopt;
  return std::stoll(digits);
}

/// How the library's refusal of a size says which ones it takes.
std::optional<std::int64_t> largest_size(const std::string& reason) {
  return number_after(reason, "Please set it to a value <=");
}
std::optional<std::int64_t> size_needed(const std::string& reason, std::int64_t size) {
  return number_after(reason, str(size, " vs "));
}

[[noreturn]] void explain_failure(const TokenizerTraining& training, const Sample& sample,
                                  const std::string& reason) {
  const SourceSpot spot{training.name};
  if (const auto largest = largest_size(reason)) {
    throw UserError(spot,
                    str("the text is too small for a vocabulary of ", training.size,
                        " pieces: ", with_thousands(sample.seen),
                        sample.seen == 1 ? " sentence" : " sentences", " allow at most ", *largest),
                    str("set ", training.size_key, ": auto, or about ",
                        std::min(*largest, usual_size(training, sample))));
  }
  if (const auto needed = size_needed(reason, training.size)) {
    throw UserError(spot,
                    str("the characters of the text alone need a vocabulary of ", *needed,
                        " pieces, not ", training.size),
                    str("raise ", training.size_key, ", or lower vocabulary.character_coverage"));
  }
  throw UserError(spot, str("no vocabulary could be trained: ", reason));
}

void check_arguments(const TokenizerTraining& training) {
  if (training.size < 5 && training.size != 0) {
    throw UserError(str(training.size_key, ": ", training.size, " is too small"),
                    "use at least 5 pieces");
  }
  for (const std::string& symbol : training.user_symbols) {
    const std::string fault = user_symbol_fault(symbol);
    if (!fault.empty()) {
      throw UserError(str("vocabulary.user_symbols: '", symbol, "' ", fault));
    }
  }
}

/// The library's answer for one size: the bytes of a model, or the reason why there is none.
struct Attempt {
  std::string bytes;
  std::string reason;
};

Attempt try_size(const TokenizerTraining& training, const std::vector<std::string>& sentences) {
  SentenceList iterator(sentences);
  Attempt attempt;
  const auto status = sentencepiece::SentencePieceTrainer::Train(library_options(training),
                                                                 &iterator, &attempt.bytes);
  if (!status.ok()) attempt.reason = status.ToString();
  return attempt;
}

/// The usual size, or the nearest that the text allows. The library tells the bounds when it
/// refuses a size, and seldom more than one of them.
Attempt try_usual_size(TokenizerTraining& training, const Sample& sample) {
  constexpr int kMostAttempts = 5;
  training.size = usual_size(training, sample);
  Attempt attempt;
  for (int i = 0; i < kMostAttempts; ++i) {
    attempt = try_size(training, sample.kept);
    if (attempt.reason.empty()) break;
    if (const auto largest = largest_size(attempt.reason)) {
      training.size = *largest;
    } else if (const auto needed = size_needed(attempt.reason, training.size)) {
      training.size = *needed + *needed / 2;  // room for pieces of several characters
    } else {
      break;
    }
  }
  return attempt;
}

}  // namespace

std::int64_t usual_vocabulary_size(std::int64_t num_sentences) {
  constexpr double kLargest = 50'000;
  const double size = 127.0 * std::pow(static_cast<double>(num_sentences), 0.37);
  const double step = size < 1000 ? 10 : size < 10'000 ? 100 : 1000;
  return static_cast<std::int64_t>(std::clamp(std::round(size / step) * step, 50.0, kLargest));
}

Tokenizer train_tokenizer(const TokenizerTraining& asked) {
  check_arguments(asked);
  const Sample sample = collect_sentences(asked);
  if (sample.kept.empty()) {
    throw UserError(SourceSpot{asked.name}, "contains no text to train a vocabulary on",
                    "use a corpus with sentences");
  }
  TokenizerTraining training = asked;
  Attempt attempt =
      asked.size == 0 ? try_usual_size(training, sample) : try_size(training, sample.kept);
  if (!attempt.reason.empty()) explain_failure(training, sample, attempt.reason);
  return Tokenizer::from_bytes(std::move(attempt.bytes), training.name);
}

}  // namespace regard
