#include "regard/data/batch_stream.h"

#include <thread>

#include "regard/core/bounded_queue.h"
#include "regard/tensor/torch.h"
#include "regard/text/words.h"

#include "data/link_lists.h"

namespace regard {

namespace {

using Tokens = std::vector<std::vector<std::int32_t>>;

/// Subwords that were drawn for the pairs of a batch.
struct SampledPairs {
  const Tokens& sources;
  const Tokens& targets;
};

}  // namespace

struct BatchStream::Impl {
  Corpus corpus;
  Tokenizer source;
  Tokenizer target;
  BatchStreamOptions options;
  BoundedQueue<StreamedBatch> queue;
  std::thread thread;

  Impl(Corpus corpus_, Tokenizer source_, Tokenizer target_, const BatchStreamOptions& options_)
      : corpus(std::move(corpus_)),
        source(std::move(source_)),
        target(std::move(target_)),
        options(options_),
        queue(options_.prefetch) {}

  void produce(StreamPosition position);
  BatchPlan plan_of(std::int64_t epoch) const;
  Batch make(std::span<const std::int64_t> pairs, const StreamPosition& position) const;
  torch::Tensor guide_of_sampled(const Batch& batch, const SampledPairs& sampled) const;
};

namespace {

std::vector<TokenSpan> spans_of(const Tokens& tokens) {
  return {tokens.begin(), tokens.end()};
}

}  // namespace

Batch BatchStream::Impl::make(std::span<const std::int64_t> pairs,
                              const StreamPosition& position) const {
  const ProfileSpan span(options.profile, "making batches (in parallel)");
  std::vector<std::int64_t> rows(pairs.begin(), pairs.end());
  if (options.sampling.alpha <= 0.0) {
    std::vector<TokenSpan> sources;
    std::vector<TokenSpan> targets;
    for (const std::int64_t pair : pairs) {
      sources.push_back(corpus.source(pair));
      targets.push_back(corpus.target(pair));
    }
    Batch batch = make_batch(sources, targets, std::move(rows), options.ids);
    if (corpus.has_links()) {
      std::vector<PairLinks> links;
      for (const std::int64_t pair : pairs)
        links.push_back(corpus.links(pair));
      batch.guide = make_guide(batch, links);
    }
    return batch;
  }
  std::vector<std::string> source_lines;
  std::vector<std::string> target_lines;
  for (const std::int64_t pair : pairs) {
    source_lines.emplace_back(corpus.source_text(pair));
    target_lines.emplace_back(corpus.target_text(pair));
  }
  const auto seed = [&](std::uint64_t side) {
    return derive_seed({options.seed, static_cast<std::uint64_t>(RandomUse::subword_sampling),
                        static_cast<std::uint64_t>(position.epoch),
                        static_cast<std::uint64_t>(position.batch), side});
  };
  const Tokens sources = source.encode_sampled(source_lines, options.sampling, seed(0));
  const Tokens targets = target.encode_sampled(target_lines, options.sampling, seed(1));
  Batch batch = make_batch(spans_of(sources), spans_of(targets), std::move(rows), options.ids);
  if (corpus.has_links()) batch.guide = guide_of_sampled(batch, {sources, targets});
  return batch;
}

/// Links of words become links of the subwords that were drawn.
torch::Tensor BatchStream::Impl::guide_of_sampled(const Batch& batch,
                                                  const SampledPairs& sampled) const {
  std::vector<LinkLists> lists;
  lists.reserve(batch.pairs.size());
  std::vector<PairLinks> links;
  for (std::size_t row = 0; row < batch.pairs.size(); ++row) {
    lists.push_back(spread_links(corpus.links(batch.pairs[row]),
                                 words_of_decoded(source, sampled.sources[row]),
                                 words_of_decoded(target, sampled.targets[row])));
    links.push_back(lists.back().view());
  }
  return make_guide(batch, links);
}

BatchPlan BatchStream::Impl::plan_of(std::int64_t epoch) const {
  const ProfileSpan span(options.profile, "planning the epoch (in parallel)");
  return plan_epoch(corpus.lengths(), corpus.ranges(), options.plan, options.seed, epoch);
}

void BatchStream::Impl::produce(StreamPosition position) {
  constexpr int kMaxEmpty = 1000;  // a small weight gives a small corpus a pair now and then
  for (int num_empty = 0;; position = {position.epoch + 1, 0}) {
    const BatchPlan plan = plan_of(position.epoch);
    num_empty = plan.size() > 0 ? 0 : num_empty + 1;
    TORCH_CHECK(num_empty < kMaxEmpty, "epochs without batches");
    for (; position.batch < plan.size(); ++position.batch) {
      const bool is_last = position.batch + 1 == plan.size();
      const StreamPosition next = is_last ? StreamPosition{position.epoch + 1, 0}
                                          : StreamPosition{position.epoch, position.batch + 1};
      if (!queue.push({make(plan.batch(position.batch), position), position, next})) return;
    }
  }
}

BatchStream::BatchStream(Corpus corpus, Tokenizer source, Tokenizer target,
                         const BatchStreamOptions& options, StreamPosition start)
    : impl_(std::make_unique<Impl>(std::move(corpus), std::move(source), std::move(target),
                                   options)) {
  impl_->thread = std::thread([impl = impl_.get(), start] {
    try {
      impl->produce(start);
      impl->queue.close();
    } catch (...) {
      impl->queue.fail(std::current_exception());
    }
  });
}

BatchStream::~BatchStream() {
  impl_->queue.cancel();
  impl_->thread.join();
}

StreamedBatch BatchStream::next() {
  std::optional<StreamedBatch> batch = impl_->queue.pop();
  TORCH_CHECK(batch.has_value(), "the batch stream has ended");
  return std::move(*batch);
}

}  // namespace regard
