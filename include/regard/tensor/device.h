#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include <c10/core/Device.h>

#include "regard/core/memory.h"

namespace regard {

/// "auto" (CUDA where there is one, else the CPU), "cpu", "cuda" or "cuda:N".
/// Throws UserError for other words and for a device that is not there.
c10::Device parse_device(const std::string& name);

/// Sets the number of threads LibTorch computes with; 0 = what choose_threads() (core/threads.h)
/// finds. More than eight for each CPU are not started.
void set_compute_threads(std::int64_t threads);

/// Memory that tensors of a device have taken at most so far, in bytes: of the CPU, the peak
/// of the whole process.
std::int64_t peak_bytes(const c10::Device& device);
/// Memory that this process can have there at most, what it has included, in bytes; 0 where the
/// system does not report it. Of the CPU: the least of the free memory, a limit of the process and
/// that of its control group.
std::int64_t memory_limit(const c10::Device& device);

/// Whether an exception means out of memory.
bool is_out_of_memory(const std::exception& error);
/// Releases memory that is kept for later tensors.
void release_memory(const c10::Device& device);
/// Waits until a GPU has finished its work; does nothing for a CPU.
void wait_for(const c10::Device& device);

}  // namespace regard
