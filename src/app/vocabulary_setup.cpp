#include "vocabulary_setup.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "regard/core/clock.h"
#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/text/line_reader.h"
#include "regard/text/tokenizer_training.h"

#include "corpus_survey.h"

namespace regard {
namespace {

using Paths = std::vector<std::string>;

LineReaderOptions reading(const Config& config) {
  LineReaderOptions options;
  options.invalid_utf8 = config.data.invalid_utf8;
  return options;
}

/// The lines of several files, one after the other.
std::function<bool(std::string&)> lines_of(const Paths& paths, const LineReaderOptions& options) {
  struct Cursor {
    Paths paths;
    LineReaderOptions options;
    std::size_t file = 0;
    std::unique_ptr<LineReader> reader;
  };
  auto cursor = std::make_shared<Cursor>(Cursor{paths, options, 0, nullptr});
  return [cursor](std::string& sentence) {
    Line line;
    for (; cursor->file < cursor->paths.size(); ++cursor->file, cursor->reader.reset()) {
      if (!cursor->reader) {
        cursor->reader = std::make_unique<LineReader>(
            std::filesystem::path(cursor->paths[cursor->file]), cursor->options);
      }
      while (cursor->reader->next(line)) {
        sentence = std::string(cut_for_encoding(line.text));
        if (!trim(sentence).empty()) return true;
      }
    }
    return false;
  };
}

/// The user's symbols, and the words of corpus tags: a tag shall stay one piece.
std::vector<std::string> with_tags(const Config& config) {
  std::vector<std::string> symbols = config.vocabulary.user_symbols;
  for (const TrainCorpusOptions& corpus : config.data.train) {
    for (const std::string& word : split(corpus.tag, ' ')) {
      const bool is_new = std::find(symbols.begin(), symbols.end(), word) == symbols.end();
      if (is_new && !word.empty() && user_symbol_fault(word).empty()) symbols.push_back(word);
    }
  }
  return symbols;
}

Tokenizer train_one(const Config& config, const Paths& paths, const std::string& side,
                    Logger& logger) {
  const VocabularyOptions& options = config.vocabulary;
  TokenizerTraining training;
  training.size = options.size;
  training.type = options.type;
  training.character_coverage = options.character_coverage;
  training.byte_fallback = options.byte_fallback;
  training.user_symbols = with_tags(config);
  training.next_sentence = lines_of(paths, reading(config));
  training.name = join(paths, ", ");
  const Stopwatch watch;
  Tokenizer tokenizer = train_tokenizer(training);
  logger.info(str("vocabulary: trained ", side, " with ", with_thousands(tokenizer.size()),
                  " pieces in ", format_duration(watch.seconds())));
  return tokenizer;
}

/// Of all lines, and how many there are.
std::int64_t read_through(LineReader& reader, std::uint64_t& fingerprint) {
  TextFingerprint text;
  Line line;
  while (reader.next(line))
    text.add(line.number, line.text);
  fingerprint = text.value();
  return line.number;
}

CorpusFingerprint check_pair(const std::string& source, const std::string& target,
                             const LineReaderOptions& options, std::vector<Problem>& problems) {
  CorpusFingerprint found;
  try {
    require_regular_file(source);
    require_regular_file(target);
    LineReader sources(std::filesystem::path{source}, options);
    LineReader targets(std::filesystem::path{target}, options);
    const std::int64_t num_sources = read_through(sources, found.source);
    const std::int64_t num_targets = read_through(targets, found.target);
    found.pairs = num_sources;
    if (auto problem = length_problem({source, target}, num_sources, num_targets))
      problems.push_back(std::move(*problem));
  } catch (const UserError& error) {
    problems.insert(problems.end(), error.problems().begin(), error.problems().end());
  }
  return found;
}

}  // namespace

namespace {

/// The vocabulary of training.init_from; of its encoder alone, where the target is another
/// language, the source's.
std::optional<TokenizerPair> init_tokenizers(const Config& config, Logger& logger) {
  const VocabularyOptions& options = config.vocabulary;
  const TrainingOptions& training = config.training;
  if (training.init_from.empty() || !options.source.empty()) return std::nullopt;
  const bool has_own_target = training.init_scope == InitScope::encoder && !options.shared;
  if (!has_own_target && !options.target.empty()) return std::nullopt;
  logger.info(str("vocabulary: that of ", training.init_from));
  TokenizerPair pair = load_tokenizers(model_folder_of(training.init_from));
  if (!has_own_target) return pair;
  Paths targets;
  for (const TrainCorpusOptions& corpus : config.data.train) {
    if (corpus.weight > 0.0) targets.push_back(corpus.target);
  }
  return TokenizerPair{pair.source,
                       options.target.empty() ? train_one(config, targets, "the target's", logger)
                                              : Tokenizer::load(options.target),
                       false};
}

}  // namespace

TokenizerPair make_tokenizers(const Config& config, Logger& logger) {
  const VocabularyOptions& options = config.vocabulary;
  if (auto given = init_tokenizers(config, logger)) return *given;
  Paths sources;
  Paths targets;
  for (const TrainCorpusOptions& corpus : config.data.train) {
    if (corpus.weight == 0.0) continue;
    sources.push_back(corpus.source);
    targets.push_back(corpus.target);
  }
  if (options.shared) {
    Paths both = sources;
    both.insert(both.end(), targets.begin(), targets.end());
    Tokenizer shared = options.source.empty()
                           ? train_one(config, both, "one for both sides", logger)
                           : Tokenizer::load(options.source);
    return {shared, shared, true};
  }
  return {options.source.empty() ? train_one(config, sources, "the source's", logger)
                                 : Tokenizer::load(options.source),
          options.target.empty() ? train_one(config, targets, "the target's", logger)
                                 : Tokenizer::load(options.target),
          false};
}

RunTexts check_corpora(const Config& config) {
  std::vector<Problem> problems;
  RunTexts texts;
  for (const TrainCorpusOptions& corpus : config.data.train) {
    texts.training.push_back(check_pair(corpus.source, corpus.target, reading(config), problems));
  }
  for (const ValidCorpusOptions& corpus : config.data.valid) {
    texts.validation.push_back(check_pair(corpus.source, corpus.target, reading(config), problems));
  }
  if (!problems.empty()) throw UserError(std::move(problems));
  return texts;
}

}  // namespace regard
