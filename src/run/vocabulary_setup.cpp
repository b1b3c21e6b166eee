#include "regard/run/vocabulary_setup.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "regard/core/clock.h"
#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/data/own_links.h"
#include "regard/run/corpus_survey.h"
#include "regard/run/model_names.h"
#include "regard/run/text_input.h"
#include "regard/text/line_reader.h"
#include "regard/text/tokenizer_training.h"
#include "regard/text/vocabulary_symbols.h"

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

/// What the program keeps in one piece.
struct Symbols {
  std::vector<std::string> all;  ///< the user's symbols, and the words of corpus tags
  std::vector<std::string> odd;  ///< words of tags that cannot be pieces
};

Symbols symbols_of(const Config& config) {
  Symbols symbols{config.vocabulary.user_symbols, {}};
  for (const TrainCorpusOptions& corpus : config.data.train) {
    for (const std::string& word : split(corpus.tag, ' ')) {
      if (word.empty()) continue;
      std::vector<std::string>& list = user_symbol_fault(word).empty() ? symbols.all : symbols.odd;
      if (std::find(list.begin(), list.end(), word) == list.end()) list.push_back(word);
    }
  }
  return symbols;
}

/// One side of the text, or both.
struct Part {
  Paths paths;       ///< of its files, line by line; unused where `texts` gives sentences
  std::string name;  ///< "the source's"
  std::string size_key;
  std::int64_t size = 0;
  int languages = 1;
  const VocabularyTexts* texts = nullptr;
};

Tokenizer train_one(const Config& config, const Part& part, Logger& logger) {
  const VocabularyOptions& options = config.vocabulary;
  TokenizerTraining training;
  training.size = part.size;
  training.size_key = part.size_key;
  training.languages = part.languages;
  training.type = options.type;
  training.normalization = options.normalization;
  training.character_coverage = options.character_coverage;
  training.byte_fallback = options.byte_fallback;
  training.user_symbols = symbols_of(config).all;
  if (part.texts != nullptr) {
    const auto& added = part.texts->symbols;
    training.user_symbols.insert(training.user_symbols.end(), added.begin(), added.end());
    training.next_sentence = part.texts->next;
    training.name = part.texts->name;
  } else {
    training.next_sentence = lines_of(part.paths, reading(config));
    training.name = join(part.paths, ", ");
  }
  const Stopwatch watch;
  Tokenizer tokenizer = train_tokenizer(training);
  logger.info(str("vocabulary: trained ", part.name, " with ", with_thousands(tokenizer.size()),
                  " pieces in ", format_duration(watch.seconds())));
  return tokenizer;
}

/// One side: its files, and the size that counts for it.
Part side_part(const Config& config, const std::string& side, std::optional<std::int64_t> own_size,
               std::string TrainCorpusOptions::*file) {
  Part part{{}, str("the ", side, "'s"), "vocabulary.size"};
  if (own_size) part.size_key = str("vocabulary.", side, "_size");
  part.size = own_size.value_or(config.vocabulary.size);
  for (const TrainCorpusOptions& corpus : config.data.train) {
    if (corpus.weight > 0.0) part.paths.push_back(corpus.*file);
  }
  return part;
}

Part source_part(const Config& config) {
  return side_part(config, "source", config.vocabulary.source_size, &TrainCorpusOptions::source);
}

Part target_part(const Config& config) {
  return side_part(config, "target", config.vocabulary.target_size, &TrainCorpusOptions::target);
}

Part both_parts(const Config& config) {
  Part part = source_part(config);
  const Paths targets = target_part(config).paths;
  part.paths.insert(part.paths.end(), targets.begin(), targets.end());
  part.name = "one for both sides";
  part.languages = 2;
  return part;
}

/// A vocabulary that is given, with the symbols that it lacks; `name` is for messages.
Tokenizer completed(const Tokenizer& given, const std::vector<std::string>& symbols,
                    const std::string& name, Logger& logger) {
  std::vector<std::string> added;
  Tokenizer tokenizer = with_symbols(given, symbols);
  for (const std::string& symbol : symbols) {
    if (is_one_piece(given, symbol)) continue;
    if (is_one_piece(tokenizer, symbol)) {
      added.push_back(symbol);
    } else {
      logger.warning(str("vocabulary: ", symbol, " is not a single piece of ", name,
                         ", where other pieces take precedence"));
    }
  }
  if (!added.empty()) {
    logger.warning(str(
        "vocabulary: ", name, " does not contain ", added.size(),
        added.size() == 1 ? " symbol" : " symbols",
        " of data.train tags or vocabulary.user_symbols, added as new pieces: ", join(added, " ")));
  }
  return tokenizer;
}

void warn_of_odd_tags(const Config& config, Logger& logger) {
  for (const std::string& word : symbols_of(config).odd) {
    logger.warning(str("data.train: the tag ", word, " is not a single subword: it ",
                       user_symbol_fault(word)));
  }
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

/// The fingerprint of a corpus's links.
std::uint64_t links_fingerprint(const TrainCorpusOptions& corpus, std::int64_t pairs,
                                std::vector<Problem>& problems) {
  std::uint64_t fingerprint = 0;
  try {
    require_regular_file(corpus.alignments);
    LineReader reader(std::filesystem::path{corpus.alignments}, {});
    const std::int64_t lines = read_through(reader, fingerprint);
    if (auto problem = length_problem({corpus.source, corpus.alignments}, pairs, lines))
      problems.push_back(std::move(*problem));
  } catch (const UserError& error) {
    problems.insert(problems.end(), error.problems().begin(), error.problems().end());
  }
  return fingerprint;
}

/// Whether one of the first lines of a file begins with one of the tags.
bool has_tagged_line(const std::string& path, const std::vector<std::string>& tags) {
  constexpr std::int64_t kLooked = 1000;  // lines
  const std::vector<std::string> lines = read_lines(path, InvalidUtf8::replace, kLooked);
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
    return std::any_of(tags.begin(), tags.end(),
                       [&](const std::string& tag) { return line.starts_with(tag); });
  });
}

/// The vocabulary of training.init_from; of its encoder alone, where the target is another
/// language, the source's.
std::optional<TokenizerPair> init_tokenizers(const Config& config, Logger& logger) {
  const VocabularyOptions& options = config.vocabulary;
  const TrainingOptions& training = config.training;
  if (training.init_from.empty() || !options.source.empty()) return std::nullopt;
  const bool has_own_target = training.init_scope == InitScope::encoder && !options.shared;
  if (!has_own_target && !options.target.empty()) return std::nullopt;
  logger.info(str("vocabulary: that of ", training.init_from));
  const std::string name = "that vocabulary";
  TokenizerPair pair = load_tokenizers(model_folder_of(training.init_from));
  const std::vector<std::string> symbols = symbols_of(config).all;
  const bool is_shared = pair.is_shared && !has_own_target;
  const Tokenizer source = completed(pair.source, symbols, name, logger);
  // One table may serve two models that cut text.
  if (is_shared && pair.source.bytes() == pair.target.bytes())
    return TokenizerPair{source, source, true};
  if (!has_own_target) {
    return TokenizerPair{
        source,
        completed(pair.target, is_shared ? symbols : options.user_symbols, "its target's", logger),
        pair.is_shared};
  }
  return TokenizerPair{source,
                       options.target.empty()
                           ? train_one(config, target_part(config), logger)
                           : completed(Tokenizer::load(options.target), options.user_symbols,
                                       options.target, logger),
                       false};
}

}  // namespace

TokenizerPair make_tokenizers(const Config& config, Logger& logger) {
  const VocabularyOptions& options = config.vocabulary;
  warn_of_odd_tags(config, logger);
  if (auto given = init_tokenizers(config, logger)) return *given;
  const auto load = [&](const std::string& path, const std::vector<std::string>& symbols) {
    return completed(Tokenizer::load(path), symbols, path, logger);
  };
  const std::vector<std::string> symbols = symbols_of(config).all;
  if (options.shared) {
    Tokenizer shared = options.source.empty() ? train_one(config, both_parts(config), logger)
                                              : load(options.source, symbols);
    return {shared, shared, true};
  }
  return {options.source.empty() ? train_one(config, source_part(config), logger)
                                 : load(options.source, symbols),
          options.target.empty() ? train_one(config, target_part(config), logger)
                                 : load(options.target, options.user_symbols),
          false};
}

TokenizerPair make_tokenizers_of_texts(const Config& config, const VocabularyTexts& texts,
                                       Logger& logger) {
  const auto with_own = [&](const Tokenizer& given, const std::string& name) {
    const Tokenizer own = completed(given, texts.symbols, name, logger);
    return TokenizerPair{own, own, true};
  };
  if (const auto given = init_tokenizers(config, logger))
    return with_own(given->source, "that vocabulary");
  const VocabularyOptions& options = config.vocabulary;
  if (!options.source.empty()) {
    const Tokenizer given =
        completed(Tokenizer::load(options.source), options.user_symbols, options.source, logger);
    return with_own(given, options.source);
  }
  Part part{{}, "one", "vocabulary.size"};
  part.size = options.size;
  part.texts = &texts;
  return with_own(train_one(config, part, logger), "the vocabulary");
}

std::vector<std::string> doubts_about_tags(const Config& config) {
  std::vector<std::string> tags;
  for (const TrainCorpusOptions& corpus : config.data.train) {
    if (corpus.weight == 0.0) continue;
    if (corpus.tag.empty()) return {};
    tags.push_back(corpus.tag);
  }
  if (tags.empty() || !config.validation.is_on()) return {};
  std::vector<std::string> doubts;
  for (const ValidCorpusOptions& corpus : config.data.valid) {
    if (!corpus.is_text() || !corpus.tag.empty() || has_tagged_line(corpus.source, tags)) continue;
    doubts.push_back(str("data.valid: no line of ", corpus.source, " begins with a tag such as ",
                         tags.front(),
                         ", but all training text does: the model is evaluated on input it has "
                         "never seen; set data.valid.tag"));
  }
  return doubts;
}

RunTexts check_corpora(const Config& config) {
  std::vector<Problem> problems;
  RunTexts texts;
  for (const TrainCorpusOptions& corpus : config.data.train) {
    CorpusFingerprint found = check_pair(corpus.source, corpus.target, reading(config), problems);
    if (uses_links(config, corpus) && corpus.alignments != kOwnLinks)
      found.links = links_fingerprint(corpus, found.pairs, problems);
    texts.training.push_back(found);
  }
  for (const ValidCorpusOptions& corpus : config.data.valid) {
    texts.validation.push_back(check_pair(corpus.source, corpus.target, reading(config), problems));
  }
  if (!problems.empty()) throw UserError(std::move(problems));
  return texts;
}

}  // namespace regard
