#pragma once

#include <string>

#include "regard/run/model_facts.h"

namespace regard {

/// What a model is, for people; with the names and shapes of its weights where asked for.
std::string info_text(const ModelFiles& opened, const ModelFacts& facts, bool has_tensors);
/// The same as JSON, weights included.
std::string info_json(const ModelFiles& opened, const ModelFacts& facts);

/// Both of a model of another task than translation.
std::string info_text(const TaskFiles& opened, const ModelFacts& facts, bool has_tensors);
std::string info_json(const TaskFiles& opened, const ModelFacts& facts);

}  // namespace regard
