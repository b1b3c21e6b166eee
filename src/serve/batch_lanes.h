#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <vector>

#include "regard/core/stop_flag.h"
#include "regard/serve/scheduler.h"

namespace regard {

/// A job that a scheduler accepted. What is not constant is guarded by the scheduler's mutex.
class Scheduler::Ticket {
 public:
  explicit Ticket(Job accepted);

  Job job;
  std::size_t bytes = 0;
  const std::chrono::steady_clock::time_point arrival = std::chrono::steady_clock::now();
  std::mutex calls;      ///< held while one of the job's functions runs; taken before the other
  std::size_t next = 0;  ///< sentence to be put into a batch
  std::size_t done = 0;
  bool has_ended = false;
};

struct BatchItem {
  Scheduler::TicketPointer ticket;
  std::size_t sentence = 0;
};

struct Batch {
  std::vector<BatchItem> items;
  std::size_t jobs = 0;
  double longest_wait = 0;  ///< as BatchFacts has it
  StopFlag stop;
};

/// The jobs with sentences to put into batches: a lane for each direction and set of options, which
/// take turns, and in it the jobs, which take turns as well.
class BatchLanes {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit BatchLanes(const SchedulerOptions& options) : options_(options) {}

  void enter(const Scheduler::TicketPointer& ticket);
  void drop_ended_jobs();
  bool empty() const { return lanes_.empty(); }
  /// When the next batch should be made: later than now where it could get more jobs.
  Time ready_at() const;
  /// One sentence of each job in turn, and only so many that each of `workers` can have some.
  void take(Batch& batch, std::size_t workers);

 private:
  struct Key {
    const TranslationBackend* backend = nullptr;
    std::size_t direction = 0;
    SentenceOptions options;

    auto operator<=>(const Key&) const = default;
  };
  struct Lane {
    std::deque<Scheduler::TicketPointer> turns;  ///< next one first; never empty
    std::size_t waiting = 0;                     ///< sentences
    std::uint64_t served = 0;                    ///< when its last batch was made
    Time oldest = {};                            ///< arrival of the first job since its last batch
  };
  using Lanes = std::map<Key, Lane>;

  Lanes::const_iterator next_lane() const;

  SchedulerOptions options_;
  Lanes lanes_;
  std::size_t usual_jobs_ = 1;  ///< of the last batch
  std::uint64_t num_batches_ = 0;
};

}  // namespace regard
