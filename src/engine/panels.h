#pragma once

#include <cstdint>

#include "regard/engine/buffer.h"
#include "regard/engine/packed_matrix.h"

namespace regard {

/// The layout that the kernels stream through: a matrix [rows, columns] of any strides -> [panels,
/// columns, width], where a panel holds `width` neighbouring rows, side by side. What is missing of
/// the last panel is 0. Divides the work among compute_threads().
FloatBuffer panels_of(const MatrixView& matrix, std::int64_t width);

}  // namespace regard
