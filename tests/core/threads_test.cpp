#include "regard/core/threads.h"

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sched.h>
#include <thread>

#include <gtest/gtest.h>

#include "core/environment_variable.h"
#include "file_support.h"

namespace regard {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

TEST(ProcessorQuota, IsTheLeastOfAGroupAndThoseAboveIt) {
  const TemporaryFolder groups;
  write(groups / "cpu.max", "max 100000\n");
  write(groups / "a/cpu.max", "150000 100000\n");
  write(groups / "a/b/cpu.max", "400000 100000\n");
  EXPECT_DOUBLE_EQ(processor_quota(groups.path(), "0::/a/b\n"), 1.5);
  EXPECT_DOUBLE_EQ(processor_quota(groups.path(), "0::/a\n"), 1.5);
  EXPECT_TRUE(std::isinf(processor_quota(groups.path(), "0::/\n")));
}

TEST(ProcessorQuota, SeesTheRootOfAContainer) {
  const TemporaryFolder groups;  // the path outside of the container is not there inside
  write(groups / "cpu.max", "50000 100000\n");
  EXPECT_DOUBLE_EQ(processor_quota(groups.path(), "0::/docker/1234\n"), 0.5);
}

TEST(ProcessorQuota, KnowsVersionOne) {
  const TemporaryFolder groups;
  write(groups / "cpu,cpuacct/job/cpu.cfs_quota_us", "300000\n");
  write(groups / "cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
  write(groups / "cpu,cpuacct/free/cpu.cfs_quota_us", "-1\n");
  write(groups / "cpu,cpuacct/free/cpu.cfs_period_us", "100000\n");
  const std::string others = "5:memory:/job\n";
  EXPECT_DOUBLE_EQ(processor_quota(groups.path(), others + "4:cpu,cpuacct:/job\n"), 3.0);
  EXPECT_TRUE(std::isinf(processor_quota(groups.path(), others + "4:cpu,cpuacct:/free\n")));
}

TEST(ProcessorQuota, IsInfiniteWithoutControlGroups) {
  const TemporaryFolder groups;
  EXPECT_TRUE(std::isinf(processor_quota(groups.path(), "")));
  EXPECT_TRUE(std::isinf(processor_quota(groups / "none", "0::/a\nno group\n")));
}

TEST(UsableProcessors, FollowsTheAffinity) {
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof(before), &before), 0);
  int first = 0;
  while (!CPU_ISSET(first, &before))
    ++first;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
  EXPECT_EQ(usable_processors(), 1);
  ASSERT_EQ(sched_setaffinity(0, sizeof(before), &before), 0);
  EXPECT_GE(usable_processors(), 1);
  EXPECT_LE(usable_processors(), CPU_COUNT(&before));
}

TEST(ChooseThreads, TakesTheGivenNumberFirst) {
  const test::EnvironmentVariable openmp("OMP_NUM_THREADS", "1");
  const ThreadChoice choice = choose_threads(3);
  EXPECT_EQ(choice.count, 3);
  EXPECT_EQ(choice.reason, "--threads");
  EXPECT_TRUE(choice.is_given);
}

TEST(ChooseThreads, StartsNoThousandsOfThreads) {
  EXPECT_EQ(choose_threads(4096).count,
            std::min(4096, 8 * static_cast<int>(std::thread::hardware_concurrency())));
}

TEST(ChooseThreads, FollowsOpenMpsVariables) {
  const test::EnvironmentVariable none("OMP_THREAD_LIMIT", nullptr);
  {
    const test::EnvironmentVariable openmp("OMP_NUM_THREADS", "3,2");
    const ThreadChoice choice = choose_threads(0);
    EXPECT_EQ(choice.count, 3);
    EXPECT_EQ(choice.reason, "OMP_NUM_THREADS");
    EXPECT_FALSE(choice.is_given);
    const test::EnvironmentVariable limit("OMP_THREAD_LIMIT", "2");
    EXPECT_EQ(choose_threads(0).count, 2);
  }
  for (const char* no_count : {"", "many", "0", "-2", "2 "}) {
    const test::EnvironmentVariable openmp("OMP_NUM_THREADS", no_count);
    EXPECT_EQ(choose_threads(0).count, usable_processors()) << no_count;
  }
}

TEST(ChooseThreads, TakesAllProcessorsOtherwise) {
  const test::EnvironmentVariable openmp("OMP_NUM_THREADS", nullptr);
  const test::EnvironmentVariable limit("OMP_THREAD_LIMIT", nullptr);
  const ThreadChoice choice = choose_threads(0);
  EXPECT_EQ(choice.count, usable_processors());
  EXPECT_EQ(choice.reason.substr(choice.reason.find(' '), 4), " CPU");
}

}  // namespace
}  // namespace regard
