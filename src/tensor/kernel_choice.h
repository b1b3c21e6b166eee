#pragma once

#include "regard/tensor/packed_matrix.h"

#include "kernels/product_kernels.h"

namespace regard {

/// Of this CPU.
const kernels::ProductKernels& best_kernels();

/// Throws c10::Error when the CPU lacks it.
kernels::ProductKernels kernels_for(ProductKernel kernel);

}  // namespace regard
