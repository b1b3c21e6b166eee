#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "regard/core/error.h"
#include "regard/serve/backend.h"

namespace regard {

/// Translates "abc" to "<abc>" (alternative k to "<abc>k"), as slowly as a test wants. "bad" makes
/// a batch fail.
class FakeBackend : public TranslationBackend {
 public:
  std::vector<ServedDirection> served = {
      {"de", "en", "first"}, {"en", "de", "second"}, {"de", "fr", "third"}};
  std::chrono::milliseconds per_batch{0};
  std::chrono::microseconds per_sentence{0};

  const std::vector<ServedDirection>& directions() const override { return served; }
  void check(std::size_t, const SentenceOptions& options) const override {
    if (options.length_penalty == "wrong") throw UserError("length_penalty: wrong is none");
  }
  std::vector<ModelState> models() const override { return {{"first", true}, {"second", false}}; }

  std::vector<SentenceResult> translate(std::size_t direction,
                                        std::span<const std::string> sentences,
                                        const SentenceOptions& options,
                                        const StopFlag& stop) const override {
    note(direction, sentences, options);
    const auto until =
        std::chrono::steady_clock::now() + per_batch + per_sentence * sentences.size();
    while (std::chrono::steady_clock::now() < until) {
      if (stop.is_requested()) {
        ++num_stopped;
        return {};
      }
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    wait_at_gate();
    std::vector<SentenceResult> results;
    for (const std::string& sentence : sentences) {
      if (sentence == "bad") throw RunError("a bad sentence");
      results.push_back(result_of(sentence, options));
    }
    return results;
  }

  /// From here on batches wait until open_gate().
  void close_gate() const {
    const std::scoped_lock lock(mutex_);
    is_closed_ = true;
  }
  void open_gate() const {
    const std::scoped_lock lock(mutex_);
    is_closed_ = false;
    opened_.notify_all();
  }
  /// Batches that were begun.
  std::vector<std::vector<std::string>> batches() const {
    const std::scoped_lock lock(mutex_);
    return batches_;
  }
  SentenceOptions last_options() const {
    const std::scoped_lock lock(mutex_);
    return last_options_;
  }

  mutable std::atomic<int> num_stopped = 0;

 private:
  static SentenceResult result_of(const std::string& sentence, const SentenceOptions& options) {
    SentenceResult result;
    for (std::int64_t i = 0; i < options.num_best; ++i) {
      SentenceTranslation best{"<" + sentence + ">" + (i == 0 ? "" : std::to_string(i))};
      best.score = -0.5 - static_cast<double>(i);
      best.log_probability = -2.0 - static_cast<double>(i);
      if (options.has_links) best.links = {{0, 0}};
      if (options.has_word_scores) best.word_scores = {-1.5, -0.5};
      result.best.push_back(std::move(best));
    }
    result.was_cut = sentence.size() > 1000;
    result.target_tokens = 3;
    return result;
  }
  void note(std::size_t, std::span<const std::string> sentences,
            const SentenceOptions& options) const {
    const std::scoped_lock lock(mutex_);
    batches_.emplace_back(sentences.begin(), sentences.end());
    last_options_ = options;
  }
  void wait_at_gate() const {
    std::unique_lock lock(mutex_);
    opened_.wait(lock, [this] { return !is_closed_; });
  }

  mutable std::mutex mutex_;
  mutable std::condition_variable opened_;
  mutable bool is_closed_ = false;
  mutable std::vector<std::vector<std::string>> batches_;
  mutable SentenceOptions last_options_;
};

/// Waits for what another thread does; false after ten seconds.
inline bool wait_for(const std::function<bool()>& holds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace regard
