#include "regard/data/batch_stream.h"

#include <thread>
#include <utility>

#include "regard/core/bounded_queue.h"
#include "regard/tensor/torch.h"

namespace regard {

struct BatchStream::Impl {
  std::shared_ptr<const BatchMaker> maker;
  BatchStreamOptions options;
  BoundedQueue<StreamedBatch> queue;
  std::thread thread;

  Impl(std::shared_ptr<const BatchMaker> maker_, const BatchStreamOptions& options_)
      : maker(std::move(maker_)), options(options_), queue(options_.prefetch) {}

  void produce(StreamPosition position);
  BatchPlan plan_of(std::int64_t epoch) const;
  Batch make(std::span<const std::int64_t> examples, const StreamPosition& position) const;
};

Batch BatchStream::Impl::make(std::span<const std::int64_t> examples,
                              const StreamPosition& position) const {
  const ProfileSpan span(options.profile, "making batches (in parallel)");
  return maker->make(examples, {options.seed, position.epoch, position.batch});
}

BatchPlan BatchStream::Impl::plan_of(std::int64_t epoch) const {
  const ProfileSpan span(options.profile, "planning the epoch (in parallel)");
  const Corpus& corpus = maker->corpus();
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

BatchStream::BatchStream(std::shared_ptr<const BatchMaker> maker, const BatchStreamOptions& options,
                         StreamPosition start)
    : impl_(std::make_unique<Impl>(std::move(maker), options)) {
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
