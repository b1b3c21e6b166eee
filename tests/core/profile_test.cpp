#include "regard/core/profile.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/files.h"

#include "core/file_support.h"

namespace regard {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

TEST(Profile, PartsStandBelowTheirWholeLargestFirst) {
  Profile profile;
  const auto start = Profile::Clock::now();
  profile.add("update", start, start + milliseconds(80));
  profile.add("update/forward", start, start + milliseconds(20));
  profile.add("update/backward", start + milliseconds(20), start + milliseconds(70));
  profile.add("waiting", start, start + milliseconds(20));
  const std::string table = profile.table();
  const std::size_t update = table.find("update ");
  const std::size_t backward = table.find("  backward ");
  const std::size_t forward = table.find("  forward ");
  const std::size_t rest = table.find("  (rest)");
  const std::size_t waiting = table.find("waiting");
  ASSERT_NE(waiting, std::string::npos) << table;
  EXPECT_LT(update, backward);
  EXPECT_LT(backward, forward);
  EXPECT_LT(forward, rest);
  EXPECT_LT(rest, waiting);
  EXPECT_THAT(table, HasSubstr("0.080 s"));
  EXPECT_THAT(table, HasSubstr("0.010 s"));  // the rest
}

TEST(Profile, TraceHoldsEachSpan) {
  test::TemporaryFolder folder;
  Profile profile;
  {
    const ProfileSpan outer(&profile, "outer");
    const ProfileSpan inner(&profile, "inner");
  }
  profile.write_trace(folder.path() / "trace.json");
  const std::string text = read_file(folder.path() / "trace.json");
  EXPECT_THAT(text, HasSubstr("\"traceEvents\""));
  EXPECT_THAT(text, HasSubstr("\"name\": \"outer/inner\""));
  EXPECT_THAT(text, HasSubstr("\"ph\": \"X\""));
}

TEST(Profile, SpansOfAnotherThreadAreNoParts) {
  int settled = 0;
  Profile profile([&settled] { ++settled; });
  {
    const ProfileSpan outer(&profile, "outer");
    std::thread([&profile] { const ProfileSpan span(&profile, "elsewhere"); }).join();
    { const ProfileSpan first(&profile, "part"); }
    const ProfileSpan second(&profile, "part");
  }
  { const ProfileSpan next(&profile, "next"); }
  EXPECT_EQ(settled, 10);  // both ends of five spans
  const std::string table = profile.table();
  EXPECT_THAT(table, HasSubstr("\nelsewhere "));
  EXPECT_THAT(table, HasSubstr("\n  part "));
  EXPECT_THAT(table, HasSubstr("\nnext "));
}

TEST(Profile, ASpanNeedsNoProfile) {
  EXPECT_NO_THROW({ const ProfileSpan span(nullptr, "nothing"); });
}

TEST(ResidentBytes, GrowWithWhatIsTouched) {
  constexpr std::size_t kTouched = std::size_t{64} << 20;
  const std::int64_t before = resident_bytes();
  const std::vector<char> touched(kTouched, 'x');
  EXPECT_GT(resident_bytes() - before, static_cast<std::int64_t>(kTouched / 2));
  EXPECT_EQ(touched.back(), 'x');
}

}  // namespace
}  // namespace regard
