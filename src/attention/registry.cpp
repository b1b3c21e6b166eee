#include "regard/attention/strategies.h"
#include "regard/core/error.h"
#include "regard/core/strings.h"

// A strategy is one file in scores/, aligns/ or positions/ and one word here. An explicit list
// keeps the order fixed and is safe from linkers that drop self-registering objects of static
// libraries.
#define REGARD_SCORES(X) X(scaled_dot) X(dot) X(general) X(additive) X(cosine) X(location)
#define REGARD_ALIGNS(X) X(softmax) X(local_m) X(local_p) X(hard)
#define REGARD_POSITIONS(X) X(shaw) X(rope) X(alibi)

namespace regard::attention {

#define REGARD_DECLARE_SCORE(name) Spec<Score> name##_spec();
#define REGARD_DECLARE_ALIGN(name) Spec<Align> name##_spec();
#define REGARD_DECLARE_POSITION(name) Spec<RelativePosition> name##_spec();
#define REGARD_LIST(name) name##_spec(),
REGARD_SCORES(REGARD_DECLARE_SCORE)
REGARD_ALIGNS(REGARD_DECLARE_ALIGN)
REGARD_POSITIONS(REGARD_DECLARE_POSITION)

std::vector<Spec<Score>> score_specs() {
  return {REGARD_SCORES(REGARD_LIST)};
}
std::vector<Spec<Align>> align_specs() {
  return {REGARD_ALIGNS(REGARD_LIST)};
}
std::vector<Spec<RelativePosition>> position_specs() {
  return {REGARD_POSITIONS(REGARD_LIST)};
}

namespace {

template <class Specs>
std::vector<std::string> names_of(const Specs& specs) {
  std::vector<std::string> names;
  for (const auto& spec : specs)
    names.push_back(spec.name);
  return names;
}

template <class Specs>
auto make(const Specs& specs, const std::string& name, const AttentionOptions& options,
          const StrategySizes& sizes) {
  for (const auto& spec : specs) {
    if (spec.name == name) return spec.make(options, sizes);
  }
  throw UserError(str("attention: '", name, "' is unknown"),
                  str("use one of ", join(names_of(specs), ", ")));
}

/// Other names for the additive score: Luong et al. 2015, and toolkits.
bool is_alias(const std::string& score) {
  return score == "concat" || score == "mlp";
}

}  // namespace

std::shared_ptr<Score> make_score(const AttentionOptions& options, const StrategySizes& sizes) {
  return make(score_specs(), is_alias(options.score) ? "additive" : options.score, options, sizes);
}

std::shared_ptr<Align> make_align(const AttentionOptions& options, const StrategySizes& sizes) {
  return make(align_specs(), options.align, options, sizes);
}

std::shared_ptr<RelativePosition> make_position(const AttentionOptions& options,
                                                const StrategySizes& sizes) {
  if (options.position == "none") return std::make_shared<RelativePosition>();
  return make(position_specs(), options.position, options, sizes);
}

}  // namespace regard::attention

namespace regard {

std::vector<std::string> score_names() {
  return attention::names_of(attention::score_specs());
}
std::vector<std::string> score_names_and_aliases() {
  std::vector<std::string> names = score_names();
  names.insert(names.end(), {"concat", "mlp"});
  return names;
}
std::vector<std::string> align_names() {
  return attention::names_of(attention::align_specs());
}
std::vector<std::string> position_names() {
  std::vector<std::string> names = attention::names_of(attention::position_specs());
  names.insert(names.begin(), "none");
  return names;
}

}  // namespace regard
