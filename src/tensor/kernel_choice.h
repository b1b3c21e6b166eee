#pragma once

#include "regard/tensor/packed_matrix.h"

#include "kernels/product_kernels.h"

namespace regard {

/// Of this processor.
const kernels::ProductKernels& best_kernels();

/// Throws c10::Error when the processor lacks it.
kernels::ProductKernels kernels_for(ProductKernel kernel);

}  // namespace regard
