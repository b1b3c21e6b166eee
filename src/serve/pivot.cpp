#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/serve/model_pool.h"

namespace regard {
namespace {

class PivotBackend : public TranslationBackend {
 public:
  PivotBackend(std::shared_ptr<const TranslationBackend> backend,
               const std::vector<std::string>& languages)
      : backend_(std::move(backend)), directions_(backend_->directions()) {
    for (const std::string& language : languages)
      add_pivots(language);
  }

  const std::vector<ServedDirection>& directions() const override { return directions_; }

  void check(std::size_t direction, const SentenceOptions& options) const override {
    if (!is_pivot(direction)) return backend_->check(direction, options);
    if (options.has_links || options.has_word_scores) {
      throw UserError(str("alignments and word_scores: ", directions_[direction].source, " to ",
                          directions_[direction].target,
                          " is translated through another language and has none"));
    }
    for (const std::size_t step : steps_of(direction))
      backend_->check(step, options);
  }

  std::vector<SentenceResult> translate(std::size_t direction,
                                        std::span<const std::string> sentences,
                                        const SentenceOptions& options,
                                        const StopFlag& stop) const override {
    if (!is_pivot(direction)) return backend_->translate(direction, sentences, options, stop);
    const auto [first, second] = steps_of(direction);
    SentenceOptions single = options;
    single.num_best = 1;
    const auto between = backend_->translate(first, sentences, single, stop);
    if (between.size() != sentences.size()) return {};
    std::vector<std::string> texts;
    for (const SentenceResult& result : between)
      texts.push_back(result.best.empty() ? "" : result.best.front().text);
    auto results = backend_->translate(second, texts, options, stop);
    for (std::size_t i = 0; i < results.size(); ++i) {
      results[i].was_cut = results[i].was_cut || between[i].was_cut;
      results[i].target_tokens += between[i].target_tokens;
    }
    return results;
  }

  std::vector<ModelState> models() const override { return backend_->models(); }

 private:
  using Steps = std::array<std::size_t, 2>;

  bool is_pivot(std::size_t direction) const { return direction >= backend_->directions().size(); }
  Steps steps_of(std::size_t direction) const {
    return steps_[direction - backend_->directions().size()];
  }

  std::optional<std::size_t> find(const std::string& source, const std::string& target) const {
    const auto found =
        std::find_if(directions_.begin(), directions_.end(), [&](const ServedDirection& each) {
          return each.source == source && each.target == target;
        });
    if (found == directions_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - directions_.begin());
  }

  void add_pivots(const std::string& language) {
    const auto& direct = backend_->directions();
    for (std::size_t first = 0; first < direct.size(); ++first) {
      if (direct[first].target != language) continue;
      for (std::size_t second = 0; second < direct.size(); ++second) {
        const std::string& source = direct[first].source;
        const std::string& target = direct[second].target;
        if (direct[second].source != language || source == target || find(source, target)) continue;
        directions_.push_back(
            {source, target, str(direct[first].model, " + ", direct[second].model)});
        steps_.push_back({first, second});
      }
    }
  }

  const std::shared_ptr<const TranslationBackend> backend_;
  std::vector<ServedDirection> directions_;
  std::vector<Steps> steps_;  ///< of the directions behind those of the backend
};

}  // namespace

std::shared_ptr<const TranslationBackend> with_pivots(
    std::shared_ptr<const TranslationBackend> backend, const std::vector<std::string>& languages) {
  if (languages.empty()) return backend;
  return std::make_shared<PivotBackend>(std::move(backend), languages);
}

}  // namespace regard
