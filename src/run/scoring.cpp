#include "regard/run/scoring.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/run/pair_scores.h"
#include "regard/run/text_output.h"
#include "regard/text/words.h"

namespace regard {
namespace {

double perplexity_of(const std::vector<PairScore>& scores, std::size_t tokens) {
  double sum = 0;
  for (const PairScore& score : scores)
    sum += score.log_probability;
  return std::exp(-sum / static_cast<double>(tokens));
}

void require_numbers(const std::vector<PairScore>& scores) {
  if (std::all_of(scores.begin(), scores.end(),
                  [](const PairScore& score) { return std::isfinite(score.log_probability); }))
    return;
  throw RunError("scoring failed: the model produced non-finite scores",
                 "use another model or checkpoint");
}

/// The scored pairs as lines.
class ScoredLines {
 public:
  ScoredLines(const ScoringOptions& options, const TokenizerPair& tokenizers,
              const ScoreTexts& texts, const EncodedTexts& encoded,
              const std::vector<PairScore>& scores)
      : options_(options),
        tokenizers_(tokenizers),
        texts_(texts),
        encoded_(encoded),
        scores_(scores) {}

  void write(TextOutput& output, DetailOutputs& details) const {
    for (const std::size_t i : order()) {
      output.write(line_of(i) + "\n");
      if (details.links) details.links->write(to_pharaoh(scores_[i].links) + "\n");
      if (details.pieces) {
        details.pieces->write(
            str(pieces_text(tokenizers_.source, encoded_.sources[texts_.source_of[i]]), "\t",
                pieces_text(tokenizers_.target, encoded_.targets[i]), "\n"));
      }
    }
  }

 private:
  double score(std::size_t i) const {
    return options_.length_penalty.apply(scores_[i].log_probability,
                                         std::ssize(encoded_.targets[i]) + 1);
  }

  /// As given, or the best translation of each sentence first.
  std::vector<std::size_t> order() const {
    std::vector<std::size_t> order(texts_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (options_.is_reranked) {
      std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        if (texts_.source_of[a] != texts_.source_of[b])
          return texts_.source_of[a] < texts_.source_of[b];
        return score(a) > score(b);
      });
    }
    return order;
  }

  std::string parts_of(std::size_t i) const {
    const std::vector<double>& parts = scores_[i].token_scores;
    if (options_.score_unit() == ScoreUnit::piece) return piece_scores(parts);
    const std::string& line = texts_.targets[i];
    std::vector<std::int64_t> words = words_of_text(tokenizers_.target, cut_for_encoding(line));
    words.resize(encoded_.targets[i].size());
    return word_scores(parts, words, count_words(line));
  }

  std::string line_of(std::size_t i) const {
    const ScoreUnit unit = options_.score_unit();
    const std::string parts = unit == ScoreUnit::none ? "" : parts_of(i);
    const std::string text = format_fixed(score(i), 6);
    if (texts_.entries.empty()) return unit == ScoreUnit::none ? text : str(text, "\t", parts);
    NBestEntry entry = texts_.entries[i];
    entry.features += str(entry.features.empty() ? "" : " ", free_feature(entry.features), "= ",
                          format_fixed(scores_[i].log_probability, 6), feature_of(unit, parts));
    return to_line(entry, text);
  }

  const ScoringOptions& options_;
  const TokenizerPair& tokenizers_;
  const ScoreTexts& texts_;
  const EncodedTexts& encoded_;
  const std::vector<PairScore>& scores_;
};

void check_options(const ScoringOptions& options) {
  check_details(options, options.output);
  if (options.target.empty() == options.n_best.empty()) {
    throw UserError("score: give either --target FILE or --n-best FILE", "see regard score --help");
  }
  if (options.is_reranked && options.n_best.empty())
    throw UserError("--rerank requires an n-best list", "add --n-best FILE");
  if (options.source == "-" && options.translations() == "-") {
    throw UserError("--source and the translations cannot both be standard input",
                    "give a file for one of them");
  }
}

}  // namespace

ScoringSummary score_translations(const ScoringOptions& options, const ModelBackend& backend,
                                  Logger& logger) {
  check_options(options);
  const std::unique_ptr<PairScorer> scorer = backend.open_scorer(options.model, options.device);
  const ModelFiles& model = scorer->files();
  ScoreTexts texts = read_score_texts(options, logger);
  const bool needs_lines = !options.alignments.empty() || options.has_word_scores;
  const EncodedTexts encoded = encode_texts(model, options, texts, needs_lines, logger);
  std::vector<std::filesystem::path> inputs = files_of(model);
  inputs.insert(inputs.end(), {options.source, options.translations()});
  TextOutput output(options.output, inputs);
  DetailOutputs details(options, inputs);
  const std::vector<PairScore> scores = scorer->score(texts, encoded, options);
  require_numbers(scores);
  ScoredLines(options, model.tokenizers, texts, encoded, scores).write(output, details);
  output.commit();
  details.commit();
  ScoringSummary summary{0, 0, scores.size()};
  for (const auto& target : encoded.targets)
    summary.subwords += target.size() + 1;
  summary.perplexity = perplexity_of(scores, summary.subwords);
  return summary;
}

}  // namespace regard
