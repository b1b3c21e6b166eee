#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "regard/serve/backend.h"

namespace regard {

struct SchedulerOptions {
  std::size_t workers = 1;  ///< batches at a time
  /// How long a batch waits at most for as many requests as the one before it had. A request that
  /// comes alone never waits.
  std::chrono::microseconds window{3000};
  std::size_t batch_sentences = 128;
  std::size_t batch_bytes = 16384;
  std::size_t queued_bytes = std::size_t{8} << 20;  ///< of sentences that are not translated yet
  std::size_t queued_sentences = 50000;
};

enum class JobEnd {
  done,
  expired,  ///< its deadline passed
  failed,   ///< the backend failed
};

/// The sentences of a request. The functions are called from threads of the scheduler, one at a
/// time, and throw nothing.
struct Job {
  std::shared_ptr<const TranslationBackend> backend;
  std::size_t direction = 0;
  SentenceOptions options = {};
  std::vector<std::string> sentences;
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  /// Each result once, in any order.
  std::function<void(std::size_t sentence, SentenceResult result)> on_result;
  /// Once, after everything else, unless the job was cancelled; `reason` is empty but for `failed`.
  std::function<void(JobEnd end, const std::string& reason)> on_end;
};

/// A batch that was translated.
struct BatchFacts {
  std::size_t sentences = 0;
  std::size_t jobs = 0;
  std::int64_t target_tokens = 0;
  double seconds = 0;
  double longest_wait =
      0;  ///< seconds that its oldest job had waited for its first batch; 0 = none
};

struct SchedulerState {
  std::size_t jobs = 0;  ///< accepted and not ended
  std::size_t sentences = 0;
  std::size_t bytes = 0;
  std::size_t running_batches = 0;
  std::chrono::seconds expected_wait{1};  ///< until what is queued is done
  bool is_draining = false;
};

/// Puts sentences of all jobs into batches, one of each job in turn, so that a long job keeps none
/// of the others waiting for more than a batch; jobs of other directions or options have batches of
/// their own, in turn as well.
class Scheduler {
 public:
  /// Names a job that was accepted.
  class Ticket;
  using TicketPointer = std::shared_ptr<Ticket>;

  explicit Scheduler(const SchedulerOptions& options,
                     std::function<void(const BatchFacts&)> on_batch = nullptr);
  /// Ends without waiting for jobs: drain() does.
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// Null when the queue is full, or after drain(). A job without sentences ends at once, before
  /// this returns.
  TicketPointer submit(Job job);
  /// Nobody waits for it any more. No function of it is called after this returns, but for one that
  /// another thread is in.
  void cancel(const TicketPointer& ticket);
  /// Accepts nothing more, and waits for what was accepted. False when that took too long.
  bool drain(std::chrono::milliseconds longest);
  /// Accepts nothing more.
  void close();
  SchedulerState state() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace regard
