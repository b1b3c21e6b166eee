#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace regard {

/// Scores, signatures and text lines equal those of this sacreBLEU (Post 2018, W18-6319), to 1e-9
/// in every score: the tests hold them to it. So signatures name its version.
inline constexpr std::string_view kSacrebleuVersion = "2.6.0";

/// What a metric counts in one sentence. Counts of many sentences are added up (see add_statistics)
/// and give the score of the corpus. Every value is a whole number, but for the mean reference
/// length of TER.
using Statistics = std::vector<double>;

/// Adds `sentence` to `total`; an empty `total` starts at zero.
void add_statistics(Statistics& total, const Statistics& sentence);

/// What is counted of one label (see answers.h). Shares are percentages, 0 of nothing.
struct LabelScore {
  std::string label;
  double precision = 0;
  double recall = 0;
  double f1 = 0;
  double num_right = 0;
  double num_answered = 0;
  double num_expected = 0;
};

/// A metric of translations, or of answers (answers.h): counts per sentence, and a score from the
/// sum of counts. Immutable, so safe to share between threads. Text is UTF-8 (an invalid byte
/// counts as U+FFFD), one sentence without its line feed, not tokenized.
class Metric {
 public:
  virtual ~Metric() = default;

  /// As sacreBLEU writes it: "BLEU", "chrF2", "chrF2++", "TER".
  virtual std::string name() const = 0;
  /// False for TER, an error rate.
  virtual bool is_higher_better() const = 0;
  /// The settings in a signature: "case:mixed|eff:no|tok:13a|smooth:exp"; may be empty.
  virtual std::string settings() const = 0;
  /// Length of the vectors that sentence_statistics() gives.
  virtual std::size_t num_statistics() const = 0;

  /// `references`: one or more translations of the same sentence.
  virtual Statistics sentence_statistics(std::string_view hypothesis,
                                         std::span<const std::string_view> references) const = 0;
  /// The score of summed statistics, 0 to 100 (TER and mse: 0 and up, coefficients: -100 to 100).
  /// Never NaN: with nothing to count it is 0.
  virtual double score(const Statistics& total) const = 0;
  /// What sacreBLEU writes after the score: precisions and lengths for BLEU, nothing for the
  /// others.
  virtual std::string details(const Statistics& total) const;
  /// The counts of every label that the metric knows, in the order of its labels; empty for metrics
  /// without labels.
  virtual std::vector<LabelScore> label_scores(const Statistics& total) const;
  /// What a signature names as version: sacreBLEU's, for metrics that equal its own.
  virtual std::string_view version() const { return kSacrebleuVersion; }
  /// False where any number of references is fine; the signature names their number then.
  virtual bool has_one_reference() const { return false; }
};

/// Mean and half width of the 95 % interval over bootstrap resamples.
struct Confidence {
  double mean = 0;
  double half_width = 0;
};

/// A corpus score with all that is needed to report it.
struct MetricScore {
  std::string name;
  double score = 0;
  std::string signature;  ///< "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0"
  /// "59.3/34.3/22.1/14.9 (BP = 1.000 ratio = 1.016 hyp_len = … ref_len = …)", or "".
  std::string details;
  std::optional<Confidence> confidence;
};

/// sacreBLEU's text line: "BLEU|nrefs:1|…|version:2.6.0 = 28.60 59.3/34.3/22.1/14.9 (BP = …)".
/// sacreBLEU's library writes two decimals, its program one.
std::string to_string(const MetricScore& score, int decimals = 2);

/// "nrefs:1|case:mixed|…|version:2.6.0". `extra` goes after nrefs, as in "bs:1000|seed:12345".
std::string signature(const Metric& metric, std::size_t num_references,
                      std::string_view extra = "");

/// One translation per sentence to judge, and one or more reference files of the same length:
/// references[set][line]. Throws UserError naming both counts when they differ, and when there is
/// no line or no reference at all.
void check_corpus(std::span<const std::string> hypotheses,
                  std::span<const std::vector<std::string>> references);

/// The statistics of every sentence, for sentence scores, intervals and paired tests. Throws like
/// check_corpus(), and what the metric throws of a line, as "answers:LINE: …".
std::vector<Statistics> corpus_statistics(const Metric& metric,
                                          std::span<const std::string> hypotheses,
                                          std::span<const std::vector<std::string>> references);

/// The score of a corpus. Throws like corpus_statistics().
MetricScore corpus_score(const Metric& metric, std::span<const std::string> hypotheses,
                         std::span<const std::vector<std::string>> references);
/// The same of corpus_statistics(), of sentences with `num_references` references each.
MetricScore corpus_score(const Metric& metric, std::span<const Statistics> sentences,
                         std::size_t num_references);

/// Sentence by sentence, for validation while translating: holds one sum, whatever the size of the
/// corpus.
class ScoreAccumulator {
 public:
  /// `metric` must outlive the accumulator.
  explicit ScoreAccumulator(const Metric& metric) : metric_(metric) {}

  void add(std::string_view hypothesis, std::span<const std::string_view> references);
  void add(std::string_view hypothesis, std::string_view reference);
  /// Adds counted sentences that have `num_references` references each.
  void add(const Statistics& sentence, std::size_t num_references);

  std::int64_t num_sentences() const { return num_sentences_; }
  /// Throws UserError when nothing was added.
  MetricScore score() const;

 private:
  const Metric& metric_;
  Statistics total_;
  std::int64_t num_sentences_ = 0;
  std::size_t num_references_ = 0;
};

}  // namespace regard
