#include "regard/run/pair_scores.h"

#include <algorithm>

#include "regard/core/strings.h"
#include "regard/data/batch_planner.h"
#include "regard/text/words.h"

namespace regard {
namespace {

/// A side of the texts.
struct TextSideInput {
  const Tokenizer& tokenizer;
  const std::string& path;
  std::int64_t longest;  // subwords; 0 = no limit
};

std::vector<std::vector<std::int32_t>> encode_side(const TextSideInput& side,
                                                   std::vector<std::string>& lines,
                                                   bool keeps_lines, LimitedWarnings& cut) {
  std::vector<std::vector<std::int32_t>> encoded;
  encoded.reserve(lines.size());
  for (std::string& line : lines) {
    const std::string_view text = cut_for_encoding(line);
    std::vector<std::int32_t>& ids = encoded.emplace_back(side.tokenizer.encode(text));
    const bool is_too_long = side.longest > 0 && std::ssize(ids) > side.longest;
    if (is_too_long) ids.resize(static_cast<std::size_t>(side.longest));
    if (is_too_long || text.size() < line.size()) {
      cut.warn(str(to_string(SourceSpot{side.path, std::ssize(encoded)}),
                   ": the line is too long and was cut; the rest is scored"));
    }
    if (!keeps_lines) line = std::string();
  }
  return encoded;
}

/// Pairs that are scored together, and where they stand among all.
struct PairBatch {
  std::span<const std::int64_t> places;
  std::vector<TokenPair> pairs;
};

PairBatch batch_of(std::span<const std::int64_t> places, const ScoreTexts& texts,
                   const EncodedTexts& encoded) {
  PairBatch batch{places, {}};
  for (const std::int64_t place : places) {
    const auto i = static_cast<std::size_t>(place);
    batch.pairs.push_back({encoded.sources[texts.source_of[i]], encoded.targets[i]});
  }
  return batch;
}

std::vector<std::int64_t> units_of(const Tokenizer& tokenizer, const std::string& line,
                                   std::size_t count, AlignmentUnit unit) {
  if (unit == AlignmentUnit::piece) return words_of_their_own(count);
  std::vector<std::int64_t> words = words_of_text(tokenizer, cut_for_encoding(line));
  words.resize(count);
  return words;
}

void link_batch(const ScoringModel& model, const ScoreTexts& texts, const PairBatch& batch,
                const AlignmentOptions& options, std::vector<PairScore>& scores) {
  const auto& [places, pairs] = batch;
  const auto weights = cross_attention(model.models, pairs, model.files.header.roles, options);
  const TokenizerPair& tokenizers = model.files.tokenizers;
  for (std::size_t k = 0; k < pairs.size(); ++k) {
    const auto i = static_cast<std::size_t>(places[k]);
    scores[i].links = link_words(
        weights[k],
        units_of(tokenizers.source, texts.source(i), pairs[k].source.size(), options.unit),
        units_of(tokenizers.target, texts.targets[i], pairs[k].target.size(), options.unit));
  }
}

}  // namespace

EncodedTexts encode_texts(const ModelFiles& model, const ScoreInputs& inputs, ScoreTexts& texts,
                          bool keeps_lines, Logger& logger) {
  const std::int64_t longest = longest_sentence(model.config.model);
  LimitedWarnings cut(logger, "lines that were cut");
  return {encode_side({model.tokenizers.source, inputs.source, longest}, texts.sources, keeps_lines,
                      cut),
          encode_side({model.tokenizers.target, inputs.translations(), longest}, texts.targets,
                      keeps_lines, cut)};
}

std::vector<PairScore> score_pairs(const ScoringModel& model, const ScoreTexts& texts,
                                   const EncodedTexts& encoded, const DetailOptions& details) {
  std::vector<PairLengths> lengths;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    lengths.push_back({static_cast<std::int32_t>(encoded.sources[texts.source_of[i]].size()),
                       static_cast<std::int32_t>(encoded.targets[i].size())});
  }
  const BatchPlan plan = plan_sorted(lengths, model.files.config.decoding.batch_tokens);
  std::vector<PairScore> scores(texts.size());
  for (std::int64_t b = 0; b < plan.size(); ++b) {
    const PairBatch batch = batch_of(plan.batch(b), texts, encoded);
    const std::vector<std::vector<double>> of_tokens = model.token_scores(batch.pairs);
    for (std::size_t k = 0; k < batch.pairs.size(); ++k) {
      PairScore& score = scores[static_cast<std::size_t>(batch.places[k])];
      for (const double value : of_tokens[k])
        score.log_probability += value;
      if (details.score_unit() != ScoreUnit::none) score.token_scores = of_tokens[k];
    }
    if (!details.alignments.empty())
      link_batch(model, texts, batch, alignment_options(details, model.files.config), scores);
  }
  return scores;
}

}  // namespace regard
