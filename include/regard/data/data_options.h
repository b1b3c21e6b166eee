#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regard/config/describe.h"
#include "regard/data/masking_options.h"
#include "regard/text/invalid_utf8.h"

namespace regard {

/// One training corpus: two files whose lines belong together, or one file of examples.
struct TrainCorpusOptions {
  using Self = TrainCorpusOptions;
  std::string source;
  std::string target;
  std::string file;
  double weight = 1.0;
  std::string tag;
  std::string alignments;

  static void describe(auto&& field) {
    // What counts is the text and not its name: a resumed run compares fingerprints.
    REGARD_FIELD(
        source,
        "Source text, one sentence per line; plain, or compressed with gzip, xz, zstd or bzip2.",
        config::free_on_resume());
    REGARD_FIELD(target, "Target text; line N is the translation of line N of the source.",
                 config::free_on_resume());
    REGARD_FIELD(file,
                 "The file of examples of another task than translation, which stands in for "
                 "source and target.",
                 config::free_on_resume());
    REGARD_FIELD(
        weight,
        "How often each pair is used per epoch; 0.5 = a different half each epoch. 0 = not used.",
        config::between(0.0, 1000.0), config::fixed_on_resume());
    REGARD_FIELD(tag,
                 "Prepended to each source line, followed by a space, such as \">>de<<\" or "
                 "\"<BT>\". Empty = none.",
                 config::fixed_on_resume());
    REGARD_FIELD(alignments,
                 "Word links for guided alignment (training.guided_alignment), such as 0-0 2-1: "
                 "source-target, words of the lines of the files numbered from 0, without the tag. "
                 "One line per pair, which may be blank. auto = made by the run. Empty = none.",
                 config::free_on_resume());
  }
  static void check(const Self& self, config::Checks& checks);
};
REGARD_DESCRIBED(TrainCorpusOptions);

/// A validation corpus.
struct ValidCorpusOptions {
  using Self = ValidCorpusOptions;
  std::string source;
  std::string target;
  std::string file;
  std::string name;
  std::string tag;
  std::string language;

  static void describe(auto&& field) {
    REGARD_FIELD(source, "Source text of the validation corpus. Empty = no validation.",
                 config::free_on_resume());
    REGARD_FIELD(target, "Reference translation of the validation corpus.",
                 config::free_on_resume());
    REGARD_FIELD(file, "Examples of another task than translation, as in data.train.",
                 config::free_on_resume());
    REGARD_FIELD(name,
                 "With several validation texts: the prefix of its scores in logs, as in "
                 "news.bleu. Empty = the name of the target file.",
                 config::free_on_resume());
    REGARD_FIELD(tag, "Prepended to each source line, as for a training corpus. Empty = none.",
                 config::course_on_resume());
    REGARD_FIELD(language,
                 "Its target language, for the tokenizer of BLEU, if it differs from data.target.",
                 config::course_on_resume());
  }
  /// False for an entry without files, which older configurations have where there is no text.
  bool is_text() const { return !source.empty() || !target.empty() || !file.empty(); }
  static void check(const Self& self, config::Checks& checks);
};
REGARD_DESCRIBED(ValidCorpusOptions);

/// The group `data:`.
struct DataOptions {
  using Self = DataOptions;
  std::string source;
  std::string target;
  std::vector<TrainCorpusOptions> train;
  std::vector<ValidCorpusOptions> valid;
  std::vector<std::string> columns;
  bool header = false;
  MaskingOptions masking;
  std::int64_t max_length = 256;
  double max_ratio = 3.0;
  InvalidUtf8 invalid_utf8 = InvalidUtf8::error;
  std::int64_t pool_batches = 100;
  bool shuffle = true;

  static void describe(auto&& field) {
    REGARD_FIELD(source, "Name of the source language, for messages and the metric's signature.",
                 config::free_on_resume());
    REGARD_FIELD(target, "Name of the target language, for messages and the tokenizer of BLEU.",
                 config::free_on_resume());
    REGARD_FIELD(train, "The training corpora.", config::not_empty(), config::fixed_on_resume());
    REGARD_FIELD(
        valid,
        "The validation corpus, or a list of them, each with its own scores. The first one decides "
        "which checkpoint is best, unless validation.stop.metric says otherwise.",
        config::course_on_resume());
    REGARD_FIELD(columns,
                 "What the columns of a file of examples hold, from left to right; - = nothing of "
                 "use. Empty = as the task has them (docs/tasks.md).",
                 config::fixed_on_resume());
    REGARD_FIELD(header, "Files of examples begin with a line of column names.",
                 config::fixed_on_resume());
    REGARD_FIELD(masking, "What a masked language model is to predict.");
    REGARD_FIELD(max_length,
                 "Training pairs with more subwords on either side (without the end-of-sentence "
                 "token) are dropped. 0 = no limit.",
                 config::at_least(0), config::unit("subwords"), config::fixed_on_resume());
    REGARD_FIELD(
        max_ratio,
        "Maximum length ratio: training pairs whose longer side has more than this many times the "
        "subwords of the shorter (end-of-sentence tokens included) are dropped. 0 = no limit.",
        config::at_least(0.0), config::fixed_on_resume());
    REGARD_FIELD(invalid_utf8,
                 "Lines that are not UTF-8: error = stop with file, line and byte; replace = "
                 "replace the bytes with U+FFFD; skip = skip the pair.",
                 config::fixed_on_resume());
    REGARD_FIELD(pool_batches,
                 "Batches are taken from length-sorted pools of this many batches: more = less "
                 "padding, fewer = more random. 0 = one pool of the whole corpus.",
                 config::at_least(0), config::unit("batches"), config::fixed_on_resume());
    REGARD_FIELD(shuffle,
                 "Shuffle the pairs in each epoch. false = the order of the files, sorted by "
                 "length within each pool.",
                 config::fixed_on_resume());
  }
  static void check(const Self& self, config::Checks& checks);
};
REGARD_DESCRIBED(DataOptions);

/// What the scores of each validation corpus are called, in the order of the list.
std::vector<std::string> validation_names(const DataOptions& options);

}  // namespace regard
