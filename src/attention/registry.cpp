#include "regard/attention/strategies.h"
#include "regard/core/error.h"
#include "regard/core/strings.h"

// A strategy is one file in scores/ or aligns/ and one word here. An explicit list keeps the order
// fixed and is safe from linkers that drop self-registering objects of static libraries.
#define REGARD_SCORES(X) X(scaled_dot) X(dot) X(general) X(additive) X(cosine)
#define REGARD_ALIGNS(X) X(softmax) X(local_m) X(local_p) X(hard)

namespace regard::attention {

#define REGARD_DECLARE_SCORE(name) Spec<Score> name##_spec();
#define REGARD_DECLARE_ALIGN(name) Spec<Align> name##_spec();
#define REGARD_LIST(name) name##_spec(),
REGARD_SCORES(REGARD_DECLARE_SCORE)
REGARD_ALIGNS(REGARD_DECLARE_ALIGN)

std::vector<Spec<Score>> score_specs() {
  return {REGARD_SCORES(REGARD_LIST)};
}
std::vector<Spec<Align>> align_specs() {
  return {REGARD_ALIGNS(REGARD_LIST)};
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
          std::int64_t head_dim) {
  for (const auto& spec : specs) {
    if (spec.name == name) return spec.make(options, head_dim);
  }
  throw UserError(str("attention: '", name, "' is not known"),
                  str("use one of ", join(names_of(specs), ", ")));
}

/// Other names for the additive score: Luong et al. 2015, and toolkits.
bool is_alias(const std::string& score) {
  return score == "concat" || score == "mlp";
}

}  // namespace

std::shared_ptr<Score> make_score(const AttentionOptions& options, std::int64_t head_dim) {
  return make(score_specs(), is_alias(options.score) ? "additive" : options.score, options,
              head_dim);
}

std::shared_ptr<Align> make_align(const AttentionOptions& options, std::int64_t head_dim) {
  return make(align_specs(), options.align, options, head_dim);
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

}  // namespace regard
