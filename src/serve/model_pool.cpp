#include "regard/serve/model_pool.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace regard {
namespace {

using Time = std::chrono::steady_clock::time_point;

/// A model, in memory or not.
class Slot {
 public:
  explicit Slot(PooledModel model) : model_(std::move(model)) {}

  const PooledModel& model() const { return model_; }

  /// Opens it where it is not there; others who ask meanwhile wait for it.
  std::shared_ptr<const TranslationBackend> get() {
    const std::scoped_lock opening(opening_);
    {
      const std::scoped_lock lock(mutex_);
      used_ = std::chrono::steady_clock::now();
      if (loaded_) return loaded_;
    }
    auto opened = model_.open();
    const std::scoped_lock lock(mutex_);
    used_ = std::chrono::steady_clock::now();
    loaded_ = std::move(opened);
    return loaded_;
  }
  void note_use() {
    const std::scoped_lock lock(mutex_);
    used_ = std::chrono::steady_clock::now();
  }
  bool is_loaded() const {
    const std::scoped_lock lock(mutex_);
    return loaded_ != nullptr;
  }
  /// Who translates with it keeps it until that is done.
  void drop_if_unused_since(Time time) {
    std::shared_ptr<const TranslationBackend> dropped;
    const std::scoped_lock lock(mutex_);
    if (used_ < time) dropped.swap(loaded_);
  }

 private:
  const PooledModel model_;
  std::mutex opening_;
  mutable std::mutex mutex_;
  std::shared_ptr<const TranslationBackend> loaded_;
  Time used_ = {};
};

class ModelPool : public TranslationBackend {
 public:
  ModelPool(std::vector<PooledModel> models, const ModelPoolOptions& options) : options_(options) {
    for (PooledModel& model : models) {
      for (std::size_t i = 0; i < model.directions.size(); ++i) {
        directions_.push_back(model.directions[i]);
        places_.push_back({slots_.size(), i});
      }
      slots_.push_back(std::make_unique<Slot>(std::move(model)));
    }
    for (const auto& slot : slots_) {
      if (!options.is_on_demand) slot->get();
    }
    if (options.idle.count() > 0) cleaner_ = std::thread([this] { drop_idle_models(); });
  }
  ~ModelPool() override {
    if (!cleaner_.joinable()) return;
    {
      const std::scoped_lock lock(mutex_);
      is_ending_ = true;
    }
    ending_.notify_all();
    cleaner_.join();
  }
  ModelPool(const ModelPool&) = delete;
  ModelPool& operator=(const ModelPool&) = delete;

  const std::vector<ServedDirection>& directions() const override { return directions_; }

  /// A model that is not there is opened by the first sentence, not by the thread of the requests;
  /// what it then refuses fails the request.
  void check(std::size_t direction, const SentenceOptions& options) const override {
    const auto [slot, number] = places_[direction];
    if (slots_[slot]->is_loaded()) slots_[slot]->get()->check(number, options);
  }

  std::vector<SentenceResult> translate(std::size_t direction,
                                        std::span<const std::string> sentences,
                                        const SentenceOptions& options,
                                        const StopFlag& stop) const override {
    const auto [slot, number] = places_[direction];
    auto results = slots_[slot]->get()->translate(number, sentences, options, stop);
    slots_[slot]->note_use();
    return results;
  }

  std::vector<ModelState> models() const override {
    std::vector<ModelState> states;
    for (const auto& slot : slots_)
      states.push_back({slot->model().name, slot->is_loaded()});
    return states;
  }

 private:
  void drop_idle_models() {
    std::unique_lock lock(mutex_);
    const auto interval = options_.idle / 4 + std::chrono::milliseconds(1);
    while (!ending_.wait_for(lock, interval, [this] { return is_ending_; })) {
      for (const auto& slot : slots_)
        slot->drop_if_unused_since(std::chrono::steady_clock::now() - options_.idle);
    }
  }

  const ModelPoolOptions options_;
  std::vector<ServedDirection> directions_;
  std::vector<std::pair<std::size_t, std::size_t>> places_;  ///< of directions: slot, number there
  std::vector<std::unique_ptr<Slot>> slots_;
  std::mutex mutex_;
  std::condition_variable ending_;
  bool is_ending_ = false;
  std::thread cleaner_;
};

}  // namespace

std::shared_ptr<const TranslationBackend> make_model_pool(std::vector<PooledModel> models,
                                                          const ModelPoolOptions& options) {
  return std::make_shared<ModelPool>(std::move(models), options);
}

}  // namespace regard
