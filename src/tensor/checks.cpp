#include "regard/tensor/checks.h"

#include <c10/util/Exception.h>

namespace regard {

void check_shape(const at::Tensor& tensor, std::initializer_list<std::int64_t> shape,
                 const char* what) {
  TORCH_CHECK(tensor.defined(), what, ": undefined");
  bool is_equal = tensor.dim() == static_cast<std::int64_t>(shape.size());
  std::int64_t axis = 0;
  for (const std::int64_t size : shape) {
    is_equal = is_equal && (size < 0 || tensor.size(axis) == size);
    ++axis;
  }
  TORCH_CHECK(is_equal, what, ": got ", tensor.sizes(), ", expected ", at::IntArrayRef(shape));
}

}  // namespace regard
