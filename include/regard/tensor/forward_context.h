#pragma once

#include <string>

#include "regard/core/profile.h"
#include "regard/core/random.h"

namespace regard {

/// What a forward pass needs in addition to its inputs. Modules hold no mode and no random state:
/// dropout happens exactly when `dropout` is set, and draws from it, so a pass is repeatable from
/// the stream's seed alone.
struct ForwardContext {
  RandomStream* dropout = nullptr;  ///< null: evaluation, nothing is dropped
  Profile* profile = nullptr;       ///< null: times are not taken
  bool recomputes = false;  ///< blocks keep only their input; recomputed in the backward pass
  /// Where weights of attentions are asked for: of the one of this name alone, so that the others
  /// take the fused kernel; null: of all.
  const std::string* only_recorded = nullptr;

  bool is_training() const { return dropout != nullptr; }
};

}  // namespace regard
