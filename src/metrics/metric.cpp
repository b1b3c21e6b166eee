#include "regard/metrics/metric.h"

#include <cassert>

#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

std::string lines(std::size_t count) {
  return str(count, count == 1 ? " line" : " lines");
}

/// The translations of line `line` in every reference file.
void gather(std::span<const std::vector<std::string>> references, std::size_t line,
            std::vector<std::string_view>& result) {
  result.clear();
  for (const std::vector<std::string>& reference : references)
    result.push_back(reference[line]);
}

/// The statistics of line `line`, counted from 0.
Statistics statistics_of_line(const Metric& metric, const std::string& hypothesis,
                              std::span<const std::string_view> references, std::size_t line) {
  try {
    return metric.sentence_statistics(hypothesis, references);
  } catch (const UserError& error) {
    std::vector<Problem> problems = error.problems();
    for (Problem& problem : problems)
      problem.spot = {"answers", static_cast<std::int64_t>(line) + 1, 0};
    throw UserError(std::move(problems));
  }
}

}  // namespace

void add_statistics(Statistics& total, const Statistics& sentence) {
  if (total.empty()) total.resize(sentence.size(), 0);
  assert(total.size() == sentence.size());
  for (std::size_t i = 0; i < sentence.size(); ++i)
    total[i] += sentence[i];
}

std::string Metric::details(const Statistics& /*total*/) const {
  return "";
}

std::vector<LabelScore> Metric::label_scores(const Statistics& /*total*/) const {
  return {};
}

std::string to_string(const MetricScore& score, int decimals) {
  std::string text =
      str(score.name, "|", score.signature, " = ", format_fixed(score.score, decimals));
  // sacreBLEU leaves out an interval around 0.
  if (score.confidence && score.confidence->mean > 0) {
    text += str(" (μ = ", format_fixed(score.confidence->mean, decimals), " ± ",
                format_fixed(score.confidence->half_width, decimals), ")");
  }
  return score.details.empty() ? text : text + " " + score.details;
}

std::string signature(const Metric& metric, std::size_t num_references, std::string_view extra) {
  std::vector<std::string> parts;
  if (!metric.has_one_reference()) parts.push_back(str("nrefs:", num_references));
  for (const std::string& part : {std::string(extra), metric.settings()}) {
    if (!part.empty()) parts.push_back(part);
  }
  parts.push_back(str("version:", metric.version()));
  return join(parts, "|");
}

void check_corpus(std::span<const std::string> hypotheses,
                  std::span<const std::vector<std::string>> references) {
  if (references.empty()) throw UserError("there is no reference", "give one or more references");
  for (std::size_t r = 0; r < references.size(); ++r) {
    if (references[r].size() == hypotheses.size()) continue;
    const std::string which = references.size() == 1 ? "the reference" : str("reference ", r + 1);
    throw UserError(str("the hypothesis has ", lines(hypotheses.size()), ", but ", which, " has ",
                        lines(references[r].size())),
                    "give one translation and one reference per line, in the same order");
  }
  if (hypotheses.empty()) {
    throw UserError("the hypothesis and the reference have 0 lines", "give at least one line");
  }
}

std::vector<Statistics> corpus_statistics(const Metric& metric,
                                          std::span<const std::string> hypotheses,
                                          std::span<const std::vector<std::string>> references) {
  check_corpus(hypotheses, references);
  std::vector<Statistics> sentences;
  sentences.reserve(hypotheses.size());
  std::vector<std::string_view> of_line;
  for (std::size_t i = 0; i < hypotheses.size(); ++i) {
    gather(references, i, of_line);
    sentences.push_back(statistics_of_line(metric, hypotheses[i], of_line, i));
  }
  return sentences;
}

MetricScore corpus_score(const Metric& metric, std::span<const std::string> hypotheses,
                         std::span<const std::vector<std::string>> references) {
  check_corpus(hypotheses, references);
  ScoreAccumulator accumulator(metric);
  std::vector<std::string_view> of_line;
  for (std::size_t i = 0; i < hypotheses.size(); ++i) {
    gather(references, i, of_line);
    accumulator.add(statistics_of_line(metric, hypotheses[i], of_line, i), of_line.size());
  }
  return accumulator.score();
}

MetricScore corpus_score(const Metric& metric, std::span<const Statistics> sentences,
                         std::size_t num_references) {
  ScoreAccumulator accumulator(metric);
  for (const Statistics& sentence : sentences)
    accumulator.add(sentence, num_references);
  return accumulator.score();
}

void ScoreAccumulator::add(std::string_view hypothesis,
                           std::span<const std::string_view> references) {
  add(metric_.sentence_statistics(hypothesis, references), references.size());
}

void ScoreAccumulator::add(std::string_view hypothesis, std::string_view reference) {
  add(hypothesis, {&reference, 1});
}

void ScoreAccumulator::add(const Statistics& sentence, std::size_t num_references) {
  assert(num_sentences_ == 0 || num_references == num_references_);
  add_statistics(total_, sentence);
  num_references_ = num_references;
  ++num_sentences_;
}

MetricScore ScoreAccumulator::score() const {
  if (num_sentences_ == 0)
    throw UserError("there are 0 sentences to score", "give at least one line");
  return {metric_.name(), metric_.score(total_), signature(metric_, num_references_),
          metric_.details(total_), std::nullopt};
}

}  // namespace regard
