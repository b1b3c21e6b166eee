#include "regard/serve/model_pool.h"

#include <gtest/gtest.h>

#include "serve/fake_backend.h"

namespace regard {
namespace {

using namespace std::chrono_literals;

/// How often models were opened, and those that are still there.
struct Openings {
  std::atomic<int> count = 0;
  std::weak_ptr<FakeBackend> last;

  PooledModel model(const std::string& name, std::vector<ServedDirection> directions) {
    return {name, directions, [this, directions] {
              ++count;
              auto made = std::make_shared<FakeBackend>();
              made->served = directions;
              last = made;
              return made;
            }};
  }
};

std::string translate(const TranslationBackend& backend, std::size_t direction,
                      const std::string& text) {
  const StopFlag stop;
  const auto results = backend.translate(direction, {&text, 1}, {}, stop);
  return results.size() == 1 ? results[0].best.at(0).text : "";
}

TEST(ModelPoolTest, HasTheDirectionsOfAll) {
  Openings openings;
  const auto pool = make_model_pool({openings.model("a", {{"de", "en", "a"}, {"de", "fr", "a"}}),
                                     openings.model("b", {{"en", "de", "b"}})},
                                    {});
  EXPECT_EQ(openings.count, 2);
  ASSERT_EQ(pool->directions().size(), 3U);
  EXPECT_EQ(pool->directions()[2].model, "b");
  EXPECT_EQ(translate(*pool, 2, "x"), "<x>");
  EXPECT_TRUE(pool->models().at(1).is_loaded);
}

TEST(ModelPoolTest, OpensOnDemandAndDropsWhenIdle) {
  Openings openings;
  const auto pool = make_model_pool({openings.model("a", {{"de", "en", "a"}})},
                                    {.is_on_demand = true, .idle = 50ms});
  EXPECT_EQ(openings.count, 0);
  EXPECT_FALSE(pool->models().at(0).is_loaded);
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 8; ++i)
      clients.emplace_back([&] { EXPECT_EQ(translate(*pool, 0, "x"), "<x>"); });
  }
  EXPECT_GE(openings.count, 1);
  EXPECT_TRUE(wait_for([&] { return openings.last.expired(); }));
  EXPECT_FALSE(pool->models().at(0).is_loaded);
  const int before = openings.count;
  EXPECT_EQ(translate(*pool, 0, "x"), "<x>");
  EXPECT_EQ(openings.count, before + 1);
}

TEST(ModelPoolTest, SaysWhyAModelIsNotOpened) {
  int count = 0;
  PooledModel broken{"a", {{"de", "en", "a"}}, [&]() -> std::shared_ptr<const TranslationBackend> {
                       ++count;
                       throw UserError("no such model");
                     }};
  EXPECT_THROW(make_model_pool({broken}, {}), UserError);
  const auto pool = make_model_pool({broken}, {.is_on_demand = true});
  EXPECT_THROW(translate(*pool, 0, "x"), UserError);
  EXPECT_THROW(translate(*pool, 0, "x"), UserError);
  EXPECT_EQ(count, 3);
}

TEST(PivotTest, TranslatesTwice) {
  const auto backend = std::make_shared<FakeBackend>();
  backend->served = {{"de", "en", "a"},
                     {"en", "fr", "b"},
                     {"en", "de", "c"},
                     {"it", "en", "d"},
                     {"it", "fr", "e"}};
  const auto pivots = with_pivots(backend, {"en"});
  const auto& directions = pivots->directions();
  ASSERT_EQ(directions.size(), 7U);
  EXPECT_EQ(directions[5].source + "-" + directions[5].target, "de-fr");
  EXPECT_EQ(directions[5].model, "a + b");
  EXPECT_EQ(directions[6].source + "-" + directions[6].target, "it-de");
  EXPECT_EQ(translate(*pivots, 5, "x"), "<<x>>");
  EXPECT_EQ(translate(*pivots, 0, "x"), "<x>");
  SentenceOptions links;
  links.has_links = true;
  EXPECT_THROW(pivots->check(5, links), UserError);
  pivots->check(0, links);
  EXPECT_EQ(with_pivots(backend, {}), backend);
}

}  // namespace
}  // namespace regard
