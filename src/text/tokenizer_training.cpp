#include "regard/text/tokenizer_training.h"

#include <algorithm>
#include <cctype>
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
std::vector<std::string> collect_sentences(const TokenizerTraining& training) {
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
  return kept;
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
      {"model_type", training.type == VocabularyType::bpe ? "bpe" : "unigram"},
      {"vocab_size", std::to_string(training.size)},
      {"character_coverage", format_shortest(training.character_coverage)},
      {"byte_fallback", training.byte_fallback ? "true" : "false"},
      {"normalization_rule_name", "nmt_nfkc"},
      {"max_sentence_length", std::to_string(kMaxSentenceBytes)},
      {"num_threads", kNumThreads},
      {"minloglevel", kSilent},
      {"pad_id", "0"},
      {"unk_id", "1"},
      {"bos_id", "2"},
      {"eos_id", "3"},
  };
  if (!training.user_symbols.empty()) {
    options["user_defined_symbols"] = comma_separated(training.user_symbols);
  }
  return options;
}

/// The first whole number after `words` in `text`.
std::optional<std::string> number_after(const std::string& text, std::string_view words) {
  const std::size_t at = text.find(words);
  if (at == std::string::npos) return std::nullopt;
  const auto is_digit = [](unsigned char c) { return std::isdigit(c) != 0; };
  const auto begin = std::find_if(text.begin() + static_cast<std::ptrdiff_t>(at + words.size()),
                                  text.end(), is_digit);
  const auto end = std::find_if_not(begin, text.end(), is_digit);
  if (begin == end) return std::nullopt;
  return std::string(begin, end);
}

[[noreturn]] void explain_failure(const TokenizerTraining& training, const std::string& reason) {
  const SourceSpot spot{training.name};
  if (const auto largest = number_after(reason, "Please set it to a value <=")) {
    throw UserError(spot,
                    str("the text is too small for a vocabulary of ", training.size, " pieces"),
                    str("set vocabulary.size to at most ", *largest));
  }
  if (const auto needed = number_after(reason, str(training.size, " vs "))) {
    throw UserError(spot,
                    str("the characters of the text alone need a vocabulary of ", *needed,
                        " pieces, not ", training.size),
                    "raise vocabulary.size, or lower vocabulary.character_coverage");
  }
  throw UserError(spot, str("no vocabulary could be trained: ", reason));
}

void check_arguments(const TokenizerTraining& training) {
  if (training.size < 5) {
    throw UserError(str("vocabulary.size: ", training.size, " is too small"),
                    "use at least 5 pieces");
  }
  for (const std::string& symbol : training.user_symbols) {
    const std::string fault = user_symbol_fault(symbol);
    if (!fault.empty()) {
      throw UserError(str("vocabulary.user_symbols: '", symbol, "' ", fault));
    }
  }
}

}  // namespace

Tokenizer train_tokenizer(const TokenizerTraining& training) {
  check_arguments(training);
  const std::vector<std::string> sentences = collect_sentences(training);
  if (sentences.empty()) {
    throw UserError(SourceSpot{training.name}, "holds no text to learn a vocabulary from",
                    "give a corpus with sentences");
  }
  SentenceList iterator(sentences);
  std::string bytes;
  const auto status =
      sentencepiece::SentencePieceTrainer::Train(library_options(training), &iterator, &bytes);
  if (!status.ok()) explain_failure(training, status.ToString());
  return Tokenizer::from_bytes(std::move(bytes), training.name);
}

}  // namespace regard
