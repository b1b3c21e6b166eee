#include "weight_packer.h"

#include <stdexcept>

#include "regard/core/strings.h"

namespace regard {
namespace {

std::span<const float> values_of(const WeightView& view) {
  std::int64_t count = view.data == nullptr ? 0 : 1;
  for (const std::int64_t size : view.shape)
    count *= size;
  return {view.data, static_cast<std::size_t>(count)};
}

MatrixView whole_matrix(const WeightView& view) {
  if (view.shape.size() != 2) throw std::invalid_argument("a weight that is not a matrix");
  return MatrixView::of(view.data, view.shape[0], view.shape[1]);
}

}  // namespace

WeightPacker WeightPacker::below(const std::string& name) const {
  return {weights_, str(prefix_, name, "."), type_};
}

WeightView WeightPacker::shared(const std::string& name) const {
  const auto found = weights_.find(prefix_ + name);
  return found == weights_.end() ? WeightView{} : found->second;
}

WeightView WeightPacker::needed(const std::string& name) const {
  WeightView found = shared(name);
  if (found.data == nullptr) throw std::out_of_range(str("no weight ", prefix_, name));
  return found;
}

PackedMatrix WeightPacker::matrix_of(const WeightView& weight, const WeightView& bias) const {
  return {whole_matrix(weight), values_of(bias), type_};
}

PackedMatrix WeightPacker::matrix(const std::string& name) const {
  return matrix_of(needed(name + ".weight"), shared(name + ".bias"));
}

PackedMatrix WeightPacker::rows(const std::string& name, std::int64_t first,
                                std::int64_t count) const {
  MatrixView part = whole_matrix(needed(name + ".weight"));
  part.data += first * part.row_stride;
  part.rows = count;
  const std::span<const float> bias = values_of(shared(name + ".bias"));
  return {part,
          bias.empty()
              ? bias
              : bias.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)),
          type_};
}

PackedNorm WeightPacker::norm(const std::string& name) const {
  const auto copy = [&](const std::string& part) {
    const WeightView view = needed(name + part);
    const std::span<const float> values = values_of(view);
    return std::vector<float>(values.begin(), values.end());
  };
  return {copy(".weight"), copy(".bias")};
}

}  // namespace regard
