#pragma once

#include "regard/engine/packed_matrix.h"
#include "regard/engine/product_kernels.h"

namespace regard {

/// Of this CPU.
const kernels::ProductKernels& best_kernels();

/// Throws std::invalid_argument when the CPU lacks it.
kernels::ProductKernels kernels_for(ProductKernel kernel);

}  // namespace regard
