#include "regard/tensor/device.h"

#include <charconv>
#include <malloc.h>
#include <sys/resource.h>
#include <thread>

#include <torch/torch.h>

#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

[[noreturn]] void fail(const std::string& name, const std::string& why, const std::string& fix) {
  throw UserError(str("device: ", name, ": ", why), fix);
}

c10::Device cuda_device(const std::string& name, std::string_view number) {
  int index = 0;
  const auto [end, code] = std::from_chars(number.data(), number.data() + number.size(), index);
  const bool is_number = code == std::errc() && end == number.data() + number.size() && index >= 0;
  if (!number.empty() && !is_number) {
    fail(name, "not a device", "use auto, cpu, cuda or cuda:0");
  }
  if (!torch::cuda::is_available()) fail(name, "no CUDA device is available", "use cpu or auto");
  const auto count = static_cast<int>(torch::cuda::device_count());
  if (index >= count) fail(name, str("there are ", count, " CUDA devices"), "use a lower number");
  return {c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(index)};
}

}  // namespace

c10::Device parse_device(const std::string& name) {
  if (name == "cpu") return c10::kCPU;
  if (name == "auto") return torch::cuda::is_available() ? c10::Device("cuda:0") : c10::kCPU;
  if (name == "cuda") return cuda_device(name, "");
  if (name.starts_with("cuda:") && name.size() > 5) return cuda_device(name, name.substr(5));
  fail(name, "not a device", "use auto, cpu, cuda or cuda:0");
}

void set_compute_threads(std::int64_t threads) {
  if (threads <= 0) threads = std::max(1U, std::thread::hardware_concurrency());
  at::set_num_threads(static_cast<int>(threads));
}

void tune_allocator() {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
  mallopt(M_ARENA_MAX, 1);  // the arenas of other threads give memory back whatever the threshold
}

std::int64_t peak_resident_bytes() {
  rusage usage{};
  return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss * 1024 : 0;
}

}  // namespace regard
