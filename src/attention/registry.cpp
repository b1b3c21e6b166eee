#include <stdexcept>

#include "regard/attention/facts.h"
#include "regard/attention/strategies.h"
#include "regard/core/strings.h"

// Pairs the names of strategies.def with what makes the strategies.

namespace regard::attention {

#define REGARD_SCORE(name, ...) \
  std::shared_ptr<Score> make_##name(const AttentionOptions&, const StrategySizes&);
#define REGARD_ALIGN(name, ...) \
  std::shared_ptr<Align> make_##name(const AttentionOptions&, const StrategySizes&);
#define REGARD_POSITION(name, ...) \
  std::shared_ptr<RelativePosition> make_##name(const AttentionOptions&, const StrategySizes&);
#include "attention/strategies.def"
#undef REGARD_SCORE
#undef REGARD_ALIGN
#undef REGARD_POSITION

std::vector<Spec<Score>> score_specs() {
  return {
#define REGARD_SCORE(name, ...) {#name, make_##name},
#include "attention/strategies.def"
#undef REGARD_SCORE
  };
}

std::vector<Spec<Align>> align_specs() {
  return {
#define REGARD_ALIGN(name, ...) {#name, make_##name},
#include "attention/strategies.def"
#undef REGARD_ALIGN
  };
}

std::vector<Spec<RelativePosition>> position_specs() {
  return {
#define REGARD_POSITION(name, ...) {#name, make_##name},
#include "attention/strategies.def"
#undef REGARD_POSITION
  };
}

namespace {

template <class Specs>
auto make(const Specs& specs, const std::string& name, const AttentionOptions& options,
          const StrategySizes& sizes) {
  for (const auto& spec : specs) {
    if (spec.name == name) return spec.make(options, sizes);
  }
  throw std::logic_error(str(name, " has facts, but nothing makes it"));
}

}  // namespace

std::shared_ptr<Score> make_score(const AttentionOptions& options, const StrategySizes& sizes) {
  return make(score_specs(), facts_of_score(options.score).name, options, sizes);
}

std::shared_ptr<Align> make_align(const AttentionOptions& options, const StrategySizes& sizes) {
  return make(align_specs(), facts_of_align(options.align).name, options, sizes);
}

std::shared_ptr<RelativePosition> make_position(const AttentionOptions& options,
                                                const StrategySizes& sizes) {
  if (options.position == "none") return std::make_shared<RelativePosition>();
  return make(position_specs(), facts_of_position(options.position).name, options, sizes);
}

}  // namespace regard::attention
