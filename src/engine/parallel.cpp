#include "regard/engine/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>

#include "team.h"

namespace regard {
namespace {

/// Whether this thread is inside of a loop, also of one that was not worth dividing.
bool& is_inside() {
  thread_local bool is_in_loop = false;
  return is_in_loop;
}

class InsideScope {
 public:
  InsideScope() : before_(is_inside()) { is_inside() = true; }
  ~InsideScope() { is_inside() = before_; }
  InsideScope(const InsideScope&) = delete;
  InsideScope& operator=(const InsideScope&) = delete;

 private:
  bool before_;
};

bool divides_work() {
  return !is_inside() && !team::is_at_work() && team::size() > 1;
}

/// The exception of one of the threads, to be thrown where the loop was begun.
class Failure {
 public:
  template <class Work>
  void guard(const Work& work) noexcept {
    try {
      const InsideScope inside;
      work();
    } catch (...) {
      if (!is_taken_.test_and_set()) exception_ = std::current_exception();
    }
  }
  void rethrow() const {
    if (exception_) std::rethrow_exception(exception_);
  }

 private:
  std::atomic_flag is_taken_;
  std::exception_ptr exception_;
};

std::int64_t parts_of(std::int64_t count, std::int64_t size) {
  return (count + size - 1) / size;
}

}  // namespace

int compute_threads() {
  return team::size();
}

void use_compute_threads(int threads) {
  team::resize(std::max(1, threads));
}

void parallel_for(std::int64_t begin, std::int64_t end, std::int64_t grain,
                  FunctionRef<void(std::int64_t, std::int64_t)> work) {
  const std::int64_t count = end - begin;
  if (count <= 0) return;
  if (count == 1 || count <= grain || !divides_work()) {
    const InsideScope inside;
    return work(begin, end);
  }
  Failure failure;
  team::run([&](int thread, int threads) {
    const std::int64_t most = grain > 0 ? parts_of(count, grain) : count;
    const std::int64_t part = parts_of(count, std::min<std::int64_t>(threads, most));
    const std::int64_t first = begin + thread * part;
    if (first < end) failure.guard([&] { work(first, std::min(end, first + part)); });
  });
  failure.rethrow();
}

void parallel_shares(std::int64_t count, std::int64_t least,
                     FunctionRef<void(std::int64_t, std::int64_t)> work) {
  constexpr std::int64_t kSharesOfAThread = 6;
  if (count <= least || !divides_work()) {
    if (count > 0) work(0, count);
    return;
  }
  const std::int64_t threads = team::size();
  const std::int64_t share = std::max(least, count / (threads * kSharesOfAThread));
  std::atomic<std::int64_t> next = 0;
  const auto take_shares = [&](std::int64_t, std::int64_t) {
    while (true) {
      const std::int64_t first = next.fetch_add(share);
      if (first >= count) return;
      work(first, std::min(count, first + share));
    }
  };
  parallel_for(0, std::min(threads, parts_of(count, share)), 1, take_shares);
}

}  // namespace regard
