#include "regard/align/aligner.h"

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/align/symmetrize.h"
#include "regard/core/error.h"

#include "align/sample_pairs.h"
#include "core/file_support.h"

namespace regard {
namespace {

namespace fs = std::filesystem;
using test::house_and_book;
using test::pairs_of;
using test::quickstart_pairs;
using test::slurp;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

void run_passes(Aligner& aligner, int count = 1000) {
  for (int i = 0; i < count && aligner.num_passes_done() < aligner.num_passes(); ++i)
    ASSERT_TRUE(aligner.run_pass(nullptr, {}));
}

void spoil(const fs::path& path, std::size_t at, std::size_t size) {
  std::string bytes = slurp(path);
  bytes.at(at) = static_cast<char>(bytes.at(at) ^ 1);
  bytes.resize(size);
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string refusal(const fs::path& path, const AlignOptions& options = {}) {
  const ParallelText text = house_and_book();
  Aligner aligner(text, options);
  try {
    aligner.restore(path);
  } catch (const UserError& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(Aligner, LinksTheWordsOfTheTextbookExample) {
  const ParallelText text = house_and_book();
  Aligner aligner(text, {});
  run_passes(aligner);
  const auto links = aligner.links(0, 3);
  ASSERT_EQ(links.size(), 3U);
  for (const DirectedLinks& each : links) {
    EXPECT_THAT(each.forward, ElementsAre(Pair(0, 0), Pair(1, 1)));
    EXPECT_EQ(each.reverse, each.forward);
  }
}

TEST(Aligner, GivesEmptyLinesNoLinks) {
  const ParallelText text = pairs_of("das Haus\n\ndas\n", "the house\nwhat\n\n");
  Aligner aligner(text, {});
  run_passes(aligner);
  const auto links = aligner.links(0, 3);
  EXPECT_FALSE(links[0].forward.empty());
  EXPECT_TRUE(links[1].forward.empty() && links[1].reverse.empty());
  EXPECT_TRUE(links[2].forward.empty() && links[2].reverse.empty());
}

TEST(Aligner, LearnsTheSameWithAnyNumberOfThreads) {
  const TemporaryFolder folder;
  const ParallelText text = quickstart_pairs();
  std::vector<std::string> states;
  for (const int threads : {1, 2, 5}) {
    AlignOptions options;
    options.num_threads = threads;
    Aligner aligner(text, options);
    run_passes(aligner);
    aligner.save(folder / "state");
    states.push_back(slurp(folder / "state"));
    EXPECT_GT(aligner.forward_entropy(), 0);
    EXPECT_LT(aligner.forward_entropy(), 8);
  }
  ASSERT_GT(states[0].size(), 100000U);
  EXPECT_EQ(states[1], states[0]);
  EXPECT_EQ(states[2], states[0]);
}

TEST(Aligner, ResumesAsIfItHadNotBeenInterrupted) {
  const TemporaryFolder folder;
  const ParallelText text = quickstart_pairs();
  Aligner whole(text, {});
  run_passes(whole);
  whole.save(folder / "whole");
  for (const int before : {1, 4, 7}) {
    Aligner first(text, {});
    run_passes(first, before);
    first.save(folder / "part");
    Aligner second(text, {});
    ASSERT_TRUE(second.restore(folder / "part"));
    EXPECT_EQ(second.num_passes_done(), before);
    run_passes(second);
    second.save(folder / "part");
    EXPECT_EQ(slurp(folder / "part"), slurp(folder / "whole"));
  }
}

TEST(Aligner, StopsWithinAPass) {
  const ParallelText text = quickstart_pairs();
  Aligner aligner(text, {});
  StopFlag stop;
  EXPECT_TRUE(aligner.run_pass(&stop, {}));
  int calls = 0;
  const auto request = [&](const AlignProgress& progress) {
    EXPECT_EQ(progress.pass, 2);
    EXPECT_EQ(progress.num_pairs, 500);
    ++calls;
    stop.request(SIGTERM);
  };
  EXPECT_FALSE(aligner.run_pass(&stop, request));
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(aligner.num_passes_done(), 1);
}

TEST(Aligner, RefusesAStateThatIsNotItsOwn) {
  const TemporaryFolder folder;
  const ParallelText text = house_and_book();
  Aligner aligner(text, {});
  EXPECT_FALSE(aligner.restore(folder / "state"));
  run_passes(aligner);
  aligner.save(folder / "state");
  EXPECT_TRUE(aligner.restore(folder / "state"));
  AlignOptions others;
  others.hmm_passes = 9;
  EXPECT_THAT(refusal(folder / "state", others),
              HasSubstr("was made from another text or with other options"));
  AlignOptions threads;
  threads.num_threads = 2;
  EXPECT_EQ(refusal(folder / "state", threads), "nothing was refused");
}

TEST(Aligner, RefusesADamagedState) {
  const TemporaryFolder folder;
  const ParallelText text = house_and_book();
  Aligner aligner(text, {});
  run_passes(aligner);
  const fs::path path = folder / "state";
  aligner.save(path);
  const std::size_t size = slurp(path).size();
  for (const std::size_t at : {std::size_t{100}, size / 2, size - 1}) {
    aligner.save(path);
    spoil(path, at, size);
    EXPECT_THAT(refusal(path), HasSubstr("is damaged")) << at;
  }
  aligner.save(path);
  spoil(path, 100, size - 5);
  EXPECT_THAT(refusal(path), HasSubstr("is cut"));
  aligner.save(path);
  spoil(path, 0, size);
  EXPECT_THAT(refusal(path), HasSubstr("is no state of an alignment"));
}

TEST(Aligner, RefusesOptionsOutsideTheirRanges) {
  const ParallelText text = house_and_book();
  AlignOptions none;
  none.lexical_passes = none.diagonal_passes = none.hmm_passes = 0;
  EXPECT_THROW(Aligner(text, none), UserError);
  AlignOptions certain;
  certain.null = 1;
  EXPECT_THROW(Aligner(text, certain), UserError);
}

}  // namespace
}  // namespace regard
