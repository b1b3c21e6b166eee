#include "regard/decode/translator.h"

#include <algorithm>
#include <numeric>

#include <torch/torch.h>

namespace regard {
namespace {

/// Longest first, so that the batch that needs the most memory comes first; ties in input order.
std::vector<std::size_t> by_falling_length(
    const std::vector<std::vector<std::int32_t>>& sentences) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    if (!sentences[i].empty()) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return sentences[a].size() > sentences[b].size();
  });
  return order;
}

}  // namespace

Translator::Translator(Tokenizer source, Tokenizer target, TokenRoles roles,
                       const TranslatorOptions& options)
    : source_(std::move(source)),
      target_(std::move(target)),
      roles_(std::move(roles)),
      options_(options) {
  const DecodingOptions& decoding = options.decoding;
  search_options_.beam_size = decoding.beam_size;
  search_options_.num_best = options.num_best;
  search_options_.length_penalty = parse_length_penalty(decoding.length_penalty);
  search_options_.min_length = decoding.min_length;
  search_options_.max_length_factor = decoding.max_length.factor;
  search_options_.max_length_plus = decoding.max_length.plus;
}

std::vector<std::vector<std::int32_t>> Translator::encode(std::span<const std::string> lines) {
  cut_lines_.clear();
  std::vector<std::vector<std::int32_t>> sentences;
  sentences.reserve(lines.size());
  const auto limit = static_cast<std::size_t>(options_.max_source_length);
  for (const std::string& line : lines) {
    const std::string_view text = cut_for_encoding(line);
    sentences.push_back(source_.encode(text));
    const bool is_too_long = sentences.back().size() > limit;
    if (is_too_long) sentences.back().resize(limit);
    if (is_too_long || text.size() < line.size()) {
      cut_lines_.push_back(static_cast<std::int64_t>(sentences.size()) - 1);
    }
  }
  return sentences;
}

std::vector<std::vector<Hypothesis>> Translator::search(Seq2SeqImpl& model,
                                                        const std::vector<TokenSpan>& sentences,
                                                        const StopFlag* stop) const {
  const Sequences source = pad_sequences(sentences, -1, roles_.source_end, roles_.pad);
  ModelScorer scorer(model, model.output_weight().device());
  if (search_options_.beam_size > 1) {
    return beam_search(scorer, source, roles_, search_options_, stop);
  }
  std::vector<std::vector<Hypothesis>> results;
  for (Hypothesis& hypothesis : greedy_search(scorer, source, roles_, search_options_, stop)) {
    results.push_back({std::move(hypothesis)});
  }
  return results;
}

std::vector<std::vector<Translation>> Translator::translate_all(
    Seq2SeqImpl& model, std::span<const std::string> lines, const StopFlag* stop,
    const std::function<void(std::int64_t)>& progress) {
  const auto sentences = encode(lines);
  const std::vector<std::size_t> order = by_falling_length(sentences);
  std::vector<std::vector<Translation>> results(lines.size(), std::vector<Translation>(1));
  std::size_t begin = 0;
  while (begin < order.size()) {
    const std::size_t longest = sentences[order[begin]].size() + 1;
    const std::size_t rows = std::max<std::size_t>(
        1, static_cast<std::size_t>(options_.decoding.batch_tokens) / longest);
    const std::size_t end = std::min(order.size(), begin + rows);
    std::vector<TokenSpan> batch;
    for (std::size_t i = begin; i < end; ++i)
      batch.emplace_back(sentences[order[i]]);
    const auto found = search(model, batch, stop);
    if (found.empty()) return {};
    for (std::size_t i = begin; i < end; ++i) {
      std::vector<Translation>& result = results[order[i]];
      result.clear();
      for (const Hypothesis& hypothesis : found[i - begin]) {
        result.push_back({target_.decode(hypothesis.tokens), hypothesis.score,
                          hypothesis.log_probability,
                          static_cast<std::int64_t>(hypothesis.tokens.size()) + 1});
      }
    }
    begin = end;
    if (progress) progress(static_cast<std::int64_t>(end + (lines.size() - order.size())));
  }
  return results;
}

std::optional<std::vector<std::string>> Translator::translate(Seq2SeqImpl& model,
                                                              std::span<const std::string> lines,
                                                              const StopFlag* stop) {
  const auto all = translate_all(model, lines, stop);
  if (all.size() != lines.size()) return std::nullopt;
  std::vector<std::string> texts;
  texts.reserve(all.size());
  for (const auto& translations : all)
    texts.push_back(translations.front().text);
  return texts;
}

}  // namespace regard
