#include "layers/sublayer_functions.h"

#include <stdexcept>

#include "regard/layers/sublayer_kind.h"
#include "regard/tensor/torch.h"

// Pairs the kinds of sublayers.def with what makes their functions.

namespace regard {

#define REGARD_SUBLAYER(name)                                                                 \
  std::unique_ptr<SublayerFunction> make_##name(const SublayerOptions&, const SublayerSizes&, \
                                                const std::string&);
#include "layers/sublayers.def"
#undef REGARD_SUBLAYER

std::unique_ptr<SublayerFunction> make_function(const SublayerOptions& options,
                                                const SublayerSizes& sizes,
                                                const std::string& name) {
  const std::string& kind = kind_of(options).name;
#define REGARD_SUBLAYER(word) \
  if (kind == #word) return make_##word(options, sizes, name);
#include "layers/sublayers.def"
#undef REGARD_SUBLAYER
  throw std::logic_error(kind + " has facts, but nothing makes it");
}

bool AttentionFunction::is_recorded(const BlockInput& input) const {
  const std::string* only = input.forward.only_recorded;
  return input.records != nullptr && (only == nullptr || *only == name_);
}

void AttentionFunction::record(const BlockInput& input, const AttentionResult& result) const {
  if (!is_recorded(input)) return;
  const bool is_by_feature = attention_->options().granularity == Granularity::feature;
  input.records->push_back({name_, result.weights, result.extras, is_by_feature});
}

}  // namespace regard
