#include "regard/tensor/device.h"

#include <charconv>
#include <fstream>
#include <limits>
#include <malloc.h>
#include <new>
#include <string_view>
#include <sys/resource.h>

#include <c10/core/CachingDeviceAllocator.h>
#include <torch/cuda.h>

#include "regard/core/error.h"
#include "regard/core/profile.h"
#include "regard/core/strings.h"
#include "regard/core/threads.h"
#include "regard/tensor/torch.h"

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
  at::set_num_threads(choose_threads(threads).count);
}

namespace {

constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();

/// The first whole number of a small file; kUnlimited where there is none ("max").
std::int64_t number_in(const char* path, const std::string& after = "") {
  std::ifstream file(path);
  std::string word;
  while (!after.empty() && file >> word && word != after) {
  }
  std::int64_t number = 0;
  return file >> number ? number : kUnlimited;
}

/// What limits of the process leave, in bytes.
std::int64_t process_limit() {
  std::int64_t least = kUnlimited;
  for (const auto resource : {RLIMIT_AS, RLIMIT_DATA}) {
    rlimit limit{};
    if (getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
      least = std::min(least, static_cast<std::int64_t>(limit.rlim_cur));
  }
  return least;
}

std::int64_t processor_memory_limit() {
  const std::int64_t free = number_in("/proc/meminfo", "MemAvailable:");
  std::int64_t least = free == kUnlimited ? kUnlimited : free * 1024 + resident_bytes();
  least = std::min(least, process_limit());
  for (const char* group :
       {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"})
    least = std::min(least, number_in(group));
  return least == kUnlimited ? 0 : least;
}

}  // namespace

std::int64_t peak_bytes(const c10::Device& device) {
  if (device.is_cpu()) return peak_resident_bytes();
  const auto stats = at::getDeviceAllocator(device.type())->getDeviceStats(device.index());
  return stats.reserved_bytes[0].peak;  // of all pools
}

std::int64_t memory_limit(const c10::Device& device) {
  if (device.is_cpu()) return processor_memory_limit();
  auto* allocator = at::getDeviceAllocator(device.type());
  try {
    const auto held = allocator->getDeviceStats(device.index()).reserved_bytes[0].current;
    return static_cast<std::int64_t>(allocator->getMemoryInfo(device.index()).first) + held;
  } catch (const c10::Error&) {
    return 0;  // an older LibTorch does not report it
  }
}

bool is_out_of_memory(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return true;
  if (dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr) return true;
  // The CPU's allocator throws no type of its own.
  const auto* of_torch = dynamic_cast<const c10::Error*>(&error);
  return of_torch != nullptr &&
         std::string_view(of_torch->what_without_backtrace()).find("DefaultCPUAllocator") !=
             std::string_view::npos;
}

void release_memory(const c10::Device& device) {
  if (device.is_cpu()) {
    malloc_trim(0);
  } else {
    at::getDeviceAllocator(device.type())->emptyCache();
  }
}

void wait_for(const c10::Device& device) {
  if (device.is_cuda()) torch::cuda::synchronize(device.index());
}

}  // namespace regard
