#include "regard/run/pair_scores.h"

#include <algorithm>

#include "regard/core/strings.h"
#include "regard/data/batch_planner.h"
#include "regard/model/token_states.h"
#include "regard/tensor/torch.h"
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

/// Log-probabilities of all tokens of a batch, end marks included, one pair after the other.
torch::Tensor token_scores_of(OpenedModel& opened, const std::vector<TokenPair>& pairs) {
  std::vector<TokenSpan> sources;
  std::vector<TokenSpan> targets;
  for (const TokenPair& pair : pairs) {
    sources.push_back(pair.source);
    targets.push_back(pair.target);
  }
  const Batch batch = make_batch(sources, targets, words_of_their_own(pairs.size()),
                                 opened.header.roles.batch_ids())
                          .to(opened.model->output_weight().device());
  const TokenStates states = forward_tokens(*opened.model, batch, ForwardContext{});
  torch::Tensor scores = at::log_softmax(opened.model->logits(states.hidden), -1, torch::kFloat32)
                             .gather(1, states.targets.unsqueeze(1))
                             .squeeze(1)
                             .to(torch::kCPU, torch::kDouble);
  // As in a search, what every translation begins with is certain.
  std::int64_t first = 0;
  for (const TokenPair& pair : pairs) {
    if (!pair.target.empty() && pair.target[0] == opened.header.roles.forced_first)
      scores[first].fill_(0.0);
    first += std::ssize(pair.target) + 1;
  }
  return scores;
}

std::vector<std::int64_t> units_of(const Tokenizer& tokenizer, const std::string& line,
                                   std::size_t count, AlignmentUnit unit) {
  if (unit == AlignmentUnit::piece) return words_of_their_own(count);
  std::vector<std::int64_t> words = words_of_text(tokenizer, cut_for_encoding(line));
  words.resize(count);
  return words;
}

void link_batch(OpenedModel& opened, const ScoreTexts& texts, const PairBatch& batch,
                const AlignmentOptions& options, std::vector<PairScore>& scores) {
  const auto& [places, pairs] = batch;
  const auto weights = cross_attention({opened.model.get()}, pairs, opened.header.roles, options);
  for (std::size_t k = 0; k < pairs.size(); ++k) {
    const auto i = static_cast<std::size_t>(places[k]);
    scores[i].links = link_words(
        weights[k],
        units_of(opened.tokenizers.source, texts.source(i), pairs[k].source.size(), options.unit),
        units_of(opened.tokenizers.target, texts.targets[i], pairs[k].target.size(), options.unit));
  }
}

}  // namespace

EncodedTexts encode_texts(const OpenedModel& model, const ScoreInputs& inputs, ScoreTexts& texts,
                          bool keeps_lines, Logger& logger) {
  const std::int64_t longest = longest_sentence(model.config.model);
  LimitedWarnings cut(logger, "lines that were cut");
  return {encode_side({model.tokenizers.source, inputs.source, longest}, texts.sources, keeps_lines,
                      cut),
          encode_side({model.tokenizers.target, inputs.translations(), longest}, texts.targets,
                      keeps_lines, cut)};
}

std::vector<PairScore> score_pairs(OpenedModel& opened, const ScoreTexts& texts,
                                   const EncodedTexts& encoded, const DetailOptions& details) {
  torch::NoGradGuard no_grad;
  std::vector<PairLengths> lengths;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    lengths.push_back({static_cast<std::int32_t>(encoded.sources[texts.source_of[i]].size()),
                       static_cast<std::int32_t>(encoded.targets[i].size())});
  }
  const BatchPlan plan = plan_sorted(lengths, opened.config.decoding.batch_tokens);
  std::vector<PairScore> scores(texts.size());
  for (std::int64_t b = 0; b < plan.size(); ++b) {
    const PairBatch batch = batch_of(plan.batch(b), texts, encoded);
    const torch::Tensor log_probabilities = token_scores_of(opened, batch.pairs);
    const auto* value = log_probabilities.const_data_ptr<double>();
    for (const std::int64_t place : batch.places) {
      PairScore& score = scores[static_cast<std::size_t>(place)];
      const std::size_t count = encoded.targets[static_cast<std::size_t>(place)].size() + 1;
      if (details.score_unit() != ScoreUnit::none) score.token_scores.assign(value, value + count);
      for (std::size_t i = 0; i < count; ++i)
        score.log_probability += *value++;
    }
    if (!details.alignments.empty())
      link_batch(opened, texts, batch, alignment_options(details, opened.config), scores);
  }
  return scores;
}

}  // namespace regard
