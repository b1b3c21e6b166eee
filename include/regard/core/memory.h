#pragma once

#include <cstdint>

namespace regard {

/// Keeps freed memory in the process instead of giving it back to the system after every large
/// tensor: page faults otherwise cost more than the arithmetic of the loss (3.8 times, measured).
/// Call once at the start of a program.
void tune_allocator();

/// Peak resident memory of this process in bytes; 0 where the system does not report it.
std::int64_t peak_resident_bytes();

}  // namespace regard
