#include "regard/layers/layer_options.h"

#include <gtest/gtest.h>

namespace regard {
namespace {

TEST(ResolveNorm, ASublayerOverridesItsBlocksUnlessItInherits) {
  for (const NormPlacement blocks : config::enum_table<NormPlacement>().values) {
    EXPECT_EQ(resolve(SublayerNorm::inherit, blocks), blocks);
    EXPECT_EQ(resolve(SublayerNorm::pre, blocks), NormPlacement::pre);
    EXPECT_EQ(resolve(SublayerNorm::post, blocks), NormPlacement::post);
    EXPECT_EQ(resolve(SublayerNorm::none, blocks), NormPlacement::none);
  }
}

}  // namespace
}  // namespace regard
