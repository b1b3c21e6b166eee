#include "regard/config/overrides.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/config/reader.h"
#include "regard/core/error.h"

#include "config/example_options.h"
#include "core/file_support.h"

namespace regard::config {
namespace {

using example::Options;
using ::testing::StartsWith;

Document small() {
  return parse_yaml("output: run\ndata: {train: [{source: a}]}\nseed: 2\n", "a.yaml");
}

Options read_with(const Overrides& overrides) {
  Document document = small();
  overrides.apply(document);
  return read<Options>(document);
}

TEST(Overrides, OfAnOptionAndOfSetGiveTheSame) {
  Overrides of_option;
  of_option.add("training.schedule.peak", "0.5", {"--peak"});
  EXPECT_EQ(read_with(of_option).training.schedule.peak, 0.5);
  EXPECT_EQ(read_with({{"training.schedule.peak=0.5"}}).training.schedule.peak, 0.5);
}

TEST(Overrides, LaterOnesWin) {
  Overrides overrides({"seed=3"});
  EXPECT_EQ(read_with(overrides).seed, 3);
  overrides.add("seed", "4", {"--seed"});
  EXPECT_EQ(read_with(overrides).seed, 4);
  overrides.add("seed=5");
  EXPECT_EQ(read_with(overrides).seed, 5);
}

TEST(Overrides, AreTheFirstThingInTheirErrors) {
  Overrides of_option;
  of_option.add("training.schedule.peak", "7", {"--peak"});
  EXPECT_THAT(test::error_of<UserError>([&] { read_with(of_option); }),
              StartsWith("--peak: training.schedule.peak: 7.0 is out of range"));
  EXPECT_THAT(test::error_of<UserError>([] { read_with({{"training.schedule.peak=7"}}); }),
              StartsWith("--set training.schedule.peak=7: training.schedule.peak: 7.0 is out of"));
}

TEST(Overrides, AreFoundByKeyAndPlace) {
  Overrides overrides({"seed=3"});
  overrides.add("model.dim", "8", {"--dim"});
  overrides.add("model.dim", "16", {"--dim"});
  ASSERT_NE(overrides.find("model.dim"), nullptr);
  EXPECT_EQ(*overrides.find("model.dim"), "16");
  EXPECT_EQ(overrides.find("model.heads"), nullptr);
  EXPECT_TRUE(overrides.has_place("--dim"));
  EXPECT_TRUE(overrides.has_place("--set seed=3"));
  EXPECT_FALSE(overrides.has_place("--set"));
}

}  // namespace
}  // namespace regard::config
