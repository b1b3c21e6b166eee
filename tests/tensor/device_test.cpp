#include "regard/tensor/device.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/cuda.h>

#include "regard/core/error.h"
#include "regard/core/profile.h"
#include "regard/core/threads.h"
#include "regard/tensor/torch.h"

namespace regard {
namespace {

using testing::HasSubstr;

std::string refusal(const std::string& name) {
  try {
    return "accepted as " + parse_device(name).str();
  } catch (const UserError& error) {
    return error.what();
  }
}

TEST(ParseDevice, KnowsTheProcessor) {
  EXPECT_EQ(parse_device("cpu"), c10::Device(c10::kCPU));
}

TEST(ParseDevice, AutoIsADeviceThatIsThere) {
  EXPECT_EQ(parse_device("auto").is_cuda(), torch::cuda::is_available());
}

TEST(ParseDevice, RefusesOtherWords) {
  for (const char* name : {"", "gpu", "CPU", "cpu:0", "cuda:", "cuda:x", "cuda:1x", "cuda: 1",
                           "cuda:-1", "cuda:99999999999", "cudax"}) {
    EXPECT_THAT(refusal(name), HasSubstr("not a device. Fix: use auto, cpu, cuda or cuda:0"))
        << name;
  }
}

TEST(ParseDevice, RefusesADeviceThatIsNotThere) {
  EXPECT_THAT(refusal("cuda:1000"), HasSubstr("device: cuda:1000: "));
  if (torch::cuda::is_available()) {
    EXPECT_EQ(parse_device("cuda"), c10::Device("cuda:0"));
  } else {
    EXPECT_THAT(refusal("cuda"), HasSubstr("no CUDA device is available. Fix: use cpu or auto"));
  }
}

TEST(SetComputeThreads, ZeroMeansWhatIsChosenFor) {
  const int before = at::get_num_threads();
  set_compute_threads(1);
  EXPECT_EQ(at::get_num_threads(), 1);
  set_compute_threads(0);
  EXPECT_EQ(at::get_num_threads(), choose_threads(0).count);
  at::set_num_threads(before);
}

TEST(PeakResidentBytes, CountsWhatWasTouched) {
  constexpr std::int64_t kMore = std::int64_t{64} << 20;
  const std::int64_t before = peak_resident_bytes();
  const at::Tensor touched = at::ones({(before - resident_bytes() + kMore) / 4});
  EXPECT_GT(peak_resident_bytes() - before, kMore / 2);
}

}  // namespace
}  // namespace regard
