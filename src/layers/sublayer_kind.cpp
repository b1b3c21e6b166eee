#include "regard/layers/sublayer_kind.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "regard/core/strings.h"

#include "layers/kinds/kinds.h"

namespace regard {

const std::vector<SublayerKind>& sublayer_kinds() {
  static const std::vector<SublayerKind> all = {
#define REGARD_SUBLAYER(name) kinds::name(),
#include "layers/sublayers.def"
#undef REGARD_SUBLAYER
  };
  return all;
}

const SublayerKind& kind_of(const SublayerOptions& options) {
  const auto& all = sublayer_kinds();
  const auto found = std::find_if(
      all.begin(), all.end(), [&](const SublayerKind& kind) { return kind.is_chosen(options); });
  if (found == all.end()) throw std::logic_error("a sublayer without a kind");
  return *found;
}

std::vector<std::string> sublayer_names(const std::vector<SublayerOptions>& sublayers) {
  std::vector<std::string> names;
  std::map<std::string, int> seen;
  for (const SublayerOptions& options : sublayers) {
    const std::string& kind = kind_of(options).name;
    const int count = ++seen[kind];
    names.push_back(count == 1 ? kind : str(kind, "_", count));
  }
  return names;
}

}  // namespace regard
