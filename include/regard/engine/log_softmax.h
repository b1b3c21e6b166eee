#pragma once

#include <cstdint>

namespace regard {

/// Turns logits [rows, classes] into log-probabilities, in place. Divides the work among
/// compute_threads().
void log_softmax_rows(float* values, std::int64_t rows, std::int64_t classes);

}  // namespace regard
