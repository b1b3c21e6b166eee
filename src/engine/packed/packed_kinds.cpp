#include "packed_kinds.h"

#include <algorithm>
#include <stdexcept>

#include "regard/core/strings.h"
#include "regard/engine/packed_transformer.h"

namespace regard {

const std::vector<PackedKind>& packed_kinds() {
  static const std::vector<PackedKind> all = {
#define REGARD_PACKED(name) packed_forms::name(),
#include "packed_kinds.def"
#undef REGARD_PACKED
  };
  return all;
}

const PackedKind& packed_kind(const std::string& name) {
  const auto& all = packed_kinds();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const PackedKind& kind) { return kind.name == name; });
  if (found == all.end()) throw std::out_of_range(str(name, " has no packed form"));
  return *found;
}

std::vector<std::string> PackedTransformer::kinds() {
  std::vector<std::string> names;
  for (const PackedKind& kind : packed_kinds())
    names.push_back(kind.name);
  return names;
}

}  // namespace regard
