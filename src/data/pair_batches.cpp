#include "regard/data/pair_batches.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "regard/core/random.h"
#include "regard/tensor/torch.h"
#include "regard/text/words.h"

#include "data/link_lists.h"

namespace regard {
namespace {

using TokenRows = std::vector<std::vector<std::int32_t>>;

std::vector<TokenSpan> spans_of(const TokenRows& rows) {
  return {rows.begin(), rows.end()};
}

}  // namespace

PairBatches::PairBatches(Corpus corpus, Tokenizer source, Tokenizer target,
                         const PairBatchOptions& options)
    : corpus_(std::move(corpus)),
      source_(std::move(source)),
      target_(std::move(target)),
      options_(options) {}

Batch PairBatches::make(std::span<const std::int64_t> pairs, const BatchNumber& number) const {
  if (options_.sampling.alpha > 0.0) return make_sampled(pairs, number);
  std::vector<TokenSpan> sources;
  std::vector<TokenSpan> targets;
  std::vector<PairLinks> links;
  for (const std::int64_t pair : pairs) {
    sources.push_back(corpus_.source(pair));
    targets.push_back(corpus_.target(pair));
    if (corpus_.has_links()) links.push_back(corpus_.links(pair));
  }
  Batch batch = make_batch(sources, targets, {pairs.begin(), pairs.end()}, options_.ids);
  if (corpus_.has_links()) batch.guide = make_guide(batch, links);
  return batch;
}

/// Subwords are drawn again; links of words become links of those subwords.
Batch PairBatches::make_sampled(std::span<const std::int64_t> pairs,
                                const BatchNumber& number) const {
  std::vector<std::string> source_lines;
  std::vector<std::string> target_lines;
  for (const std::int64_t pair : pairs) {
    source_lines.emplace_back(corpus_.source_text(pair));
    target_lines.emplace_back(corpus_.target_text(pair));
  }
  const auto seed = [&](std::uint64_t side) {
    return derive_seed({number.seed, static_cast<std::uint64_t>(RandomUse::subword_sampling),
                        static_cast<std::uint64_t>(number.epoch),
                        static_cast<std::uint64_t>(number.batch), side});
  };
  const TokenRows sources = source_.encode_sampled(source_lines, options_.sampling, seed(0));
  const TokenRows targets = target_.encode_sampled(target_lines, options_.sampling, seed(1));
  Batch batch =
      make_batch(spans_of(sources), spans_of(targets), {pairs.begin(), pairs.end()}, options_.ids);
  if (!corpus_.has_links()) return batch;
  std::vector<LinkLists> lists;
  for (std::size_t row = 0; row < pairs.size(); ++row) {
    lists.push_back(spread_links(corpus_.links(pairs[row]), words_of_decoded(source_, sources[row]),
                                 words_of_decoded(target_, targets[row])));
  }
  std::vector<PairLinks> links;
  for (const LinkLists& list : lists)
    links.push_back(list.view());
  batch.guide = make_guide(batch, links);
  return batch;
}

Batch PairBatches::largest(std::int64_t batch_tokens) const {
  return largest_pair_batch(longest_sides(corpus_.lengths()), batch_tokens, options_.ids,
                            corpus_.has_links());
}

PairLengths longest_sides(std::span<const PairLengths> lengths) {
  constexpr std::int32_t kUsual = 1024;
  PairLengths longest;
  PairLengths longest_pair;
  for (const PairLengths& pair : lengths) {
    longest = {std::max(longest.source, pair.source), std::max(longest.target, pair.target)};
    if (std::max(pair.source, pair.target) > std::max(longest_pair.source, longest_pair.target))
      longest_pair = pair;
  }
  return std::max(longest.source, longest.target) > kUsual ? longest_pair : longest;
}

Batch largest_pair_batch(const PairLengths& longest, std::int64_t batch_tokens, const BatchIds& ids,
                         bool has_links) {
  const std::int64_t width = std::int64_t{std::max(longest.source, longest.target)} + 1;
  const auto rows = static_cast<std::size_t>(std::max<std::int64_t>(1, batch_tokens / width));
  const auto any = static_cast<std::int32_t>(ids.target_end);
  const std::vector<std::int32_t> source(static_cast<std::size_t>(longest.source), any);
  const std::vector<std::int32_t> target(static_cast<std::size_t>(longest.target), any);
  Batch batch =
      make_batch(std::vector<TokenSpan>(rows, source), std::vector<TokenSpan>(rows, target),
                 std::vector<std::int64_t>(rows, 0), ids);
  if (has_links) batch.guide = make_guide(batch, std::vector<PairLinks>(rows));
  return batch;
}

}  // namespace regard
