#include "regard/serve/scheduler.h"

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <exception>
#include <list>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "regard/core/clock.h"
#include "regard/core/error.h"

#include "batch_lanes.h"

namespace regard {

using Clock = std::chrono::steady_clock;

namespace {

using TicketPointer = Scheduler::TicketPointer;
using Ticket = Scheduler::Ticket;

}  // namespace

class Scheduler::Impl {
 public:
  Impl(const SchedulerOptions& options, std::function<void(const BatchFacts&)> on_batch)
      : options_(options), on_batch_(std::move(on_batch)), lanes_(options), idle_(options.workers) {
    for (std::size_t i = 0; i < options.workers; ++i)
      threads_.emplace_back([this] { work(); });
    threads_.emplace_back([this] { watch_deadlines(); });
  }

  ~Impl() {
    {
      const std::scoped_lock lock(mutex_);
      is_ending_ = true;
      for (Batch* batch : running_)
        batch->stop.request(SIGTERM);
    }
    has_work_.notify_all();
    has_job_.notify_all();
    threads_.clear();  // joins
  }

  TicketPointer submit(Job job) {
    auto ticket = std::make_shared<Ticket>(std::move(job));
    {
      const std::scoped_lock lock(mutex_);
      const bool is_full =
          !live_.empty() &&
          (state_.bytes + ticket->bytes > options_.queued_bytes ||
           state_.sentences + ticket->job.sentences.size() > options_.queued_sentences);
      if (is_full || state_.is_draining) return nullptr;
      if (!ticket->job.sentences.empty()) enter(ticket);
    }
    if (ticket->job.sentences.empty()) {
      ticket->has_ended = true;
      ticket->job.on_end(JobEnd::done, "");
    }
    has_work_.notify_one();
    has_job_.notify_one();
    return ticket;
  }

  void cancel(const TicketPointer& ticket) {
    const std::scoped_lock lock(mutex_);
    if (ticket->has_ended) return;
    end(ticket);
  }

  bool drain(std::chrono::milliseconds longest) {
    std::unique_lock lock(mutex_);
    state_.is_draining = true;
    return is_empty_.wait_for(lock, longest, [&] { return live_.empty() && num_delivering_ == 0; });
  }

  void close() {
    const std::scoped_lock lock(mutex_);
    state_.is_draining = true;
  }

  SchedulerState state() const {
    const std::scoped_lock lock(mutex_);
    SchedulerState state = state_;
    state.jobs = live_.size();
    state.running_batches = running_.size();
    const double wait = static_cast<double>(state_.bytes) / std::max(1.0, bytes_per_second_);
    state.expected_wait = std::chrono::seconds(std::clamp(static_cast<int>(wait) + 1, 1, 60));
    return state;
  }

 private:
  void enter(const TicketPointer& ticket) {
    live_.insert(ticket);
    state_.bytes += ticket->bytes;
    state_.sentences += ticket->job.sentences.size();
    lanes_.enter(ticket);
  }

  /// No batch that only it has sentences in goes on.
  void end(const TicketPointer& ticket) {
    ticket->has_ended = true;
    live_.erase(ticket);
    state_.bytes -= ticket->bytes;
    state_.sentences -= ticket->job.sentences.size() - ticket->done;
    for (Batch* batch : running_) {
      if (std::all_of(batch->items.begin(), batch->items.end(),
                      [](const BatchItem& item) { return item.ticket->has_ended; }))
        batch->stop.request(SIGTERM);
    }
    if (live_.empty()) is_empty_.notify_all();
  }

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      lanes_.drop_ended_jobs();
      if (is_ending_) return;
      if (lanes_.empty()) {
        has_work_.wait(lock);
        continue;
      }
      if (const Clock::time_point until = lanes_.ready_at(); Clock::now() < until) {
        has_work_.wait_until(lock, until);
        continue;
      }
      Batch batch;
      lanes_.take(batch, idle_);
      --idle_;
      running_.push_back(&batch);
      if (!lanes_.empty() && idle_ > 0) has_work_.notify_one();
      lock.unlock();
      run(batch);
      lock.lock();
      running_.remove(&batch);
      ++idle_;
    }
  }

  void run(Batch& batch) {
    std::vector<std::string> sentences;
    for (const BatchItem& item : batch.items)
      sentences.push_back(item.ticket->job.sentences[item.sentence]);
    const Stopwatch watch;
    std::string reason;
    std::vector<SentenceResult> results = attempt(batch.items.front(), sentences, batch, reason);
    if (!results.empty()) {
      report(batch, results, watch.seconds());
      for (std::size_t i = 0; i < results.size(); ++i)
        deliver(batch.items[i], std::move(results[i]));
    } else if (!reason.empty()) {
      batch.jobs == 1 ? fail(batch.items.front().ticket, reason) : run_one_by_one(batch, sentences);
    }
  }

  /// One request must not fail for another's sentence.
  void run_one_by_one(Batch& batch, const std::vector<std::string>& sentences) {
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
      if (batch.stop.is_requested()) return;
      std::string reason;
      auto results = attempt(batch.items[i], {&sentences[i], 1}, batch, reason);
      if (!results.empty()) {
        deliver(batch.items[i], std::move(results.front()));
      } else if (!reason.empty()) {
        fail(batch.items[i].ticket, reason);
      }
    }
  }

  /// Nothing where the batch was stopped, and where the backend failed for `reason`.
  static std::vector<SentenceResult> attempt(const BatchItem& first,
                                             std::span<const std::string> sentences,
                                             const Batch& batch, std::string& reason) {
    const Job& job = first.ticket->job;
    try {
      auto results = job.backend->translate(job.direction, sentences, job.options, batch.stop);
      if (results.size() == sentences.size()) return results;
      if (!batch.stop.is_requested()) reason = "the model gave too few translations";
    } catch (const Error& error) {
      reason = error_lines(error).front();
    } catch (const std::exception& error) {
      reason = error.what();
    }
    return {};
  }

  void report(const Batch& batch, const std::vector<SentenceResult>& results, double seconds) {
    BatchFacts facts{batch.items.size(), batch.jobs, 0, seconds, batch.longest_wait};
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < results.size(); ++i) {
      facts.target_tokens += results[i].target_tokens;
      bytes += batch.items[i].ticket->job.sentences[batch.items[i].sentence].size();
    }
    if (on_batch_) on_batch_(facts);
    constexpr double kMemory = 0.9;  // of the running mean, for each batch
    const std::scoped_lock lock(mutex_);
    const double speed = static_cast<double>(bytes) / std::max(seconds, 1e-6) *
                         static_cast<double>(options_.workers);
    bytes_per_second_ =
        bytes_per_second_ == 0 ? speed : kMemory * bytes_per_second_ + (1 - kMemory) * speed;
  }

  void deliver(const BatchItem& item, SentenceResult result) {
    const TicketPointer& ticket = item.ticket;
    const std::scoped_lock calls(ticket->calls);
    if (!begin_delivery(ticket)) return;
    ticket->job.on_result(item.sentence, std::move(result));
    bool is_last = false;
    {
      const std::scoped_lock lock(mutex_);
      if (!ticket->has_ended) {
        --state_.sentences;
        is_last = ++ticket->done == ticket->job.sentences.size();
        if (is_last) end(ticket);
      }
    }
    if (is_last) ticket->job.on_end(JobEnd::done, "");
    end_delivery();
  }

  void fail(const TicketPointer& ticket, const std::string& reason) {
    finish(ticket, JobEnd::failed, reason);
  }

  void finish(const TicketPointer& ticket, JobEnd how, const std::string& reason) {
    const std::scoped_lock calls(ticket->calls);
    if (!begin_delivery(ticket)) return;
    {
      const std::scoped_lock lock(mutex_);
      if (!ticket->has_ended) end(ticket);
    }
    ticket->job.on_end(how, reason);
    end_delivery();
  }

  /// False when nobody waits for it any more. drain() waits for end_delivery().
  bool begin_delivery(const TicketPointer& ticket) {
    const std::scoped_lock lock(mutex_);
    if (ticket->has_ended) return false;
    ++num_delivering_;
    return true;
  }
  void end_delivery() {
    const std::scoped_lock lock(mutex_);
    --num_delivering_;
    is_empty_.notify_all();
  }

  void watch_deadlines() {
    constexpr auto kInterval = std::chrono::milliseconds(20);
    std::unique_lock lock(mutex_);
    while (!is_ending_) {
      if (live_.empty()) {
        has_job_.wait(lock);
        continue;
      }
      has_job_.wait_for(lock, kInterval);
      const Clock::time_point now = Clock::now();
      std::vector<TicketPointer> late;
      for (const TicketPointer& ticket : live_) {
        if (ticket->job.deadline <= now) late.push_back(ticket);
      }
      if (late.empty()) continue;
      lock.unlock();
      for (const TicketPointer& ticket : late)
        finish(ticket, JobEnd::expired, "");
      lock.lock();
    }
  }

  const SchedulerOptions options_;
  const std::function<void(const BatchFacts&)> on_batch_;
  mutable std::mutex mutex_;
  std::condition_variable has_work_;  ///< for workers
  std::condition_variable has_job_;   ///< for watch_deadlines()
  std::condition_variable is_empty_;
  BatchLanes lanes_;
  std::set<TicketPointer> live_;
  std::list<Batch*> running_;
  SchedulerState state_;
  std::size_t idle_;  ///< workers that translate nothing
  std::size_t num_delivering_ = 0;
  double bytes_per_second_ = 0;
  bool is_ending_ = false;
  std::vector<std::jthread> threads_;
};

Scheduler::Scheduler(const SchedulerOptions& options,
                     std::function<void(const BatchFacts&)> on_batch)
    : impl_(std::make_unique<Impl>(options, std::move(on_batch))) {}

Scheduler::~Scheduler() = default;

Scheduler::TicketPointer Scheduler::submit(Job job) {
  return impl_->submit(std::move(job));
}

void Scheduler::cancel(const TicketPointer& ticket) {
  impl_->cancel(ticket);
}

bool Scheduler::drain(std::chrono::milliseconds longest) {
  return impl_->drain(longest);
}

void Scheduler::close() {
  impl_->close();
}

SchedulerState Scheduler::state() const {
  return impl_->state();
}

}  // namespace regard
