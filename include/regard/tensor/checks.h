#pragma once

#include <initializer_list>

#include <ATen/core/Tensor.h>

namespace regard {

/// Throws c10::Error (a mistake of ours) unless `tensor` has exactly this shape. -1 = any size.
/// `what` names it: "scores [batch, heads, queries, keys]".
void check_shape(const at::Tensor& tensor, std::initializer_list<std::int64_t> shape,
                 const char* what);

}  // namespace regard
