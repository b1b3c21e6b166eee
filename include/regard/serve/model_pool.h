#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "regard/serve/backend.h"

namespace regard {

/// A model that is opened when it is needed.
struct PooledModel {
  std::string name;
  std::vector<ServedDirection> directions;  ///< those that it will have, in that order
  /// Throws what keeps it from being opened.
  std::function<std::shared_ptr<const TranslationBackend>()> open;
};

struct ModelPoolOptions {
  bool is_on_demand = false;  ///< opens a model for its first request; otherwise all at once
  std::chrono::milliseconds idle{0};  ///< drops a model that nobody asked for so long; 0 = never
};

/// Several models as one backend, whose directions are all of theirs. Of two models with the same
/// direction the first is asked. Throws what opening throws.
std::shared_ptr<const TranslationBackend> make_model_pool(std::vector<PooledModel> models,
                                                          const ModelPoolOptions& options);

/// A backend with more directions: from every source to every target that it reaches through one of
/// `languages` and not directly. Such a sentence is translated twice, the best translation of the
/// first pass being the source of the second; it has neither links nor scores of words. The same
/// backend where `languages` are empty.
std::shared_ptr<const TranslationBackend> with_pivots(
    std::shared_ptr<const TranslationBackend> backend, const std::vector<std::string>& languages);

}  // namespace regard
