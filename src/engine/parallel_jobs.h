#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace regard {

/// Does job(0) to job(jobs - 1), each once, on `workers` threads that share the CPU threads
/// of LibTorch evenly; with one worker on the calling thread, with all of them. A job that returns
/// false ends the work, and then so does this function. The first exception of a job passes on,
/// when all workers have stopped.
bool run_jobs(std::size_t jobs, std::int64_t workers, const std::function<bool(std::size_t)>& job,
              const std::function<void(int)>& use_threads);

}  // namespace regard
