#include "regard/data/batch_stream.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/strings.h"
#include "regard/data/pair_batches.h"
#include "regard/tensor/torch.h"
#include "regard/text/words.h"

#include "core/file_support.h"
#include "text/sample_text.h"

namespace regard {
namespace {

constexpr std::size_t kPairs = 150;

class BatchStreamFixture : public testing::Test {
 protected:
  static void SetUpTestSuite() { tokenizer_ = new Tokenizer(test::sample_tokenizer()); }
  static void TearDownTestSuite() {
    delete tokenizer_;
    tokenizer_ = nullptr;
  }

  /// With `links`, those are the links of every pair.
  Corpus corpus(bool keeps_text = false, const std::string& links = "") const {
    test::spill(folder_ / "a.en", join(test::sample_sentences(kPairs, 3), "\n") + "\n");
    test::spill(folder_ / "a.de", join(test::sample_sentences(kPairs, 4), "\n") + "\n");
    CorpusLoading loading;
    loading.keep_text = keeps_text;
    CorpusFiles files{folder_ / "a.en", folder_ / "a.de", 1.0, ""};
    if (!links.empty()) {
      files.alignments = folder_ / "a.links";
      test::spill(files.alignments, join(std::vector<std::string>(kPairs, links), "\n") + "\n");
    }
    return Corpus::load({files}, *tokenizer_, *tokenizer_, loading);
  }
  struct Options : BatchStreamOptions {
    SamplingOptions sampling;
  };
  static Options options(std::uint64_t seed = 1) {
    Options options;
    options.plan.batch_tokens = 600;
    options.plan.pool_batches = 3;
    options.seed = seed;
    options.prefetch = 2;
    return options;
  }
  static Options sampling() {
    Options sampled = options();
    sampled.sampling.alpha = 0.3;
    return sampled;
  }
  static std::shared_ptr<const BatchMaker> maker(const Corpus& corpus, const Options& options) {
    return std::make_shared<PairBatches>(corpus, *tokenizer_, *tokenizer_,
                                         PairBatchOptions{BatchIds{}, options.sampling});
  }
  static std::vector<StreamedBatch> read(const Corpus& corpus, const Options& options,
                                         std::size_t count, StreamPosition start = {}) {
    BatchStream stream(maker(corpus, options), options, start);
    std::vector<StreamedBatch> batches;
    for (std::size_t i = 0; i < count; ++i)
      batches.push_back(stream.next());
    return batches;
  }
  /// All batches of the epochs [0, epochs).
  static std::vector<StreamedBatch> read_epochs(const Corpus& corpus, const Options& options,
                                                std::int64_t epochs) {
    BatchStream stream(maker(corpus, options), options);
    std::vector<StreamedBatch> batches;
    do {
      batches.push_back(stream.next());
    } while (batches.back().next.epoch < epochs);
    return batches;
  }

  test::TemporaryFolder folder_;
  static Tokenizer* tokenizer_;
};

Tokenizer* BatchStreamFixture::tokenizer_ = nullptr;

void expect_equal(const StreamedBatch& a, const StreamedBatch& b) {
  ASSERT_GT(a.batch.rows(), 0);
  EXPECT_EQ(a.position, b.position);
  EXPECT_EQ(a.next, b.next);
  EXPECT_EQ(a.batch.pairs, b.batch.pairs);
  EXPECT_TRUE(torch::equal(a.batch.source.ids, b.batch.source.ids));
  EXPECT_TRUE(torch::equal(a.batch.source.lengths, b.batch.source.lengths));
  EXPECT_TRUE(torch::equal(a.batch.target_input.ids, b.batch.target_input.ids));
  EXPECT_TRUE(torch::equal(a.batch.target_input.lengths, b.batch.target_input.lengths));
  EXPECT_TRUE(torch::equal(a.batch.target_output, b.batch.target_output));
}

void expect_equal(const std::vector<StreamedBatch>& a, const std::vector<StreamedBatch>& b) {
  ASSERT_FALSE(a.empty());
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    expect_equal(a[i], b[i]);
}

using Ids = std::vector<std::int64_t>;

/// The pairs of an epoch in the order of reading.
Ids pairs_of(const std::vector<StreamedBatch>& batches, std::int64_t epoch) {
  Ids pairs;
  for (const StreamedBatch& each : batches) {
    if (each.position.epoch != epoch) continue;
    pairs.insert(pairs.end(), each.batch.pairs.begin(), each.batch.pairs.end());
  }
  return pairs;
}

/// The source ids of every pair of an epoch, without padding.
std::map<std::int64_t, Ids> sources_of(const std::vector<StreamedBatch>& batches,
                                       std::int64_t epoch) {
  std::map<std::int64_t, Ids> sources;
  for (const StreamedBatch& each : batches) {
    if (each.position.epoch != epoch) continue;
    for (std::int64_t row = 0; row < each.batch.rows(); ++row) {
      const auto length = each.batch.source.lengths[row].item<std::int64_t>();
      const torch::Tensor ids = each.batch.source.ids[row].narrow(0, 0, length).contiguous();
      const auto* data = ids.const_data_ptr<std::int64_t>();
      sources[each.batch.pairs[static_cast<std::size_t>(row)]] = Ids(data, data + length);
    }
  }
  return sources;
}

using BatchStreamOrder = BatchStreamFixture;
using BatchStreamSampling = BatchStreamFixture;
using BatchStreamThread = BatchStreamFixture;

TEST_F(BatchStreamOrder, GivesTheTokensOfThePairs) {
  const Corpus pairs = corpus();
  const auto batches = read_epochs(pairs, options(), 1);
  ASSERT_GT(batches.size(), 5u);
  for (const auto& [pair, ids] : sources_of(batches, 0)) {
    Ids expected(pairs.source(pair).begin(), pairs.source(pair).end());
    expected.push_back(3);
    ASSERT_EQ(ids, expected);
  }
}

TEST_F(BatchStreamOrder, ShowsEveryPairOnceAnEpochInAnotherOrder) {
  const auto batches = read_epochs(corpus(), options(), 3);
  Ids all(kPairs);
  for (std::size_t i = 0; i < kPairs; ++i)
    all[i] = static_cast<std::int64_t>(i);
  for (std::int64_t epoch = 0; epoch < 3; ++epoch) {
    Ids pairs = pairs_of(batches, epoch);
    std::sort(pairs.begin(), pairs.end());
    EXPECT_EQ(pairs, all) << epoch;
  }
  EXPECT_NE(pairs_of(batches, 0), pairs_of(batches, 1));
}

TEST_F(BatchStreamOrder, IsAFunctionOfTheSeed) {
  const Corpus pairs = corpus();
  expect_equal(read_epochs(pairs, options(5), 2), read_epochs(pairs, options(5), 2));
  EXPECT_NE(pairs_of(read_epochs(pairs, options(5), 1), 0),
            pairs_of(read_epochs(pairs, options(6), 1), 0));
}

TEST_F(BatchStreamOrder, PrefetchingChangesNothing) {
  const Corpus pairs = corpus();
  Options far = options();
  far.prefetch = 50;
  Options near = options();
  near.prefetch = 0;
  expect_equal(read_epochs(pairs, far, 2), read_epochs(pairs, near, 2));
}

TEST_F(BatchStreamOrder, StartingAnywhereEqualsSkippingThere) {
  const Corpus pairs = corpus();
  const auto whole = read_epochs(pairs, options(), 2);
  for (std::size_t skip :
       {1u, 4u, static_cast<unsigned>(whole.size()) / 2, static_cast<unsigned>(whole.size()) - 1}) {
    const std::vector<StreamedBatch> rest(whole.begin() + static_cast<std::ptrdiff_t>(skip),
                                          whole.end());
    expect_equal(read(pairs, options(), rest.size(), whole[skip - 1].next), rest);
  }
}

TEST_F(BatchStreamOrder, PositionsCountBatchesAndGoOnInTheNextEpoch) {
  const auto batches = read_epochs(corpus(), options(), 3);
  StreamPosition expected;
  for (const StreamedBatch& each : batches) {
    ASSERT_EQ(each.position, expected);
    const bool is_same = each.next == StreamPosition{expected.epoch, expected.batch + 1};
    const bool is_new = each.next == StreamPosition{expected.epoch + 1, 0};
    ASSERT_TRUE(is_same || is_new);
    expected = each.next;
  }
  EXPECT_EQ(expected, (StreamPosition{3, 0}));
}

TEST_F(BatchStreamOrder, APositionAfterTheLastBatchIsTheNextEpoch) {
  const Corpus pairs = corpus();
  const auto first = read_epochs(pairs, options(), 1);
  const StreamPosition end{0, static_cast<std::int64_t>(first.size())};
  expect_equal(read(pairs, options(), 3, end), read(pairs, options(), 3, {1, 0}));
}

TEST_F(BatchStreamSampling, IsDeterministicAndStartsAnywhere) {
  const Corpus pairs = corpus(true);
  const auto whole = read_epochs(pairs, sampling(), 2);
  expect_equal(read_epochs(pairs, sampling(), 2), whole);
  const std::vector<StreamedBatch> rest(whole.begin() + 3, whole.end());
  expect_equal(read(pairs, sampling(), rest.size(), whole[2].next), rest);
}

TEST_F(BatchStreamSampling, SegmentsOtherwiseInEveryEpoch) {
  const Corpus pairs = corpus(true);
  // In the same order, so that only the epoch can make the difference.
  Options in_order = sampling();
  in_order.plan.shuffle = false;
  const auto batches = read_epochs(pairs, in_order, 2);
  ASSERT_EQ(pairs_of(batches, 0), pairs_of(batches, 1));
  const auto first = sources_of(batches, 0);
  const auto second = sources_of(batches, 1);
  ASSERT_EQ(first.size(), kPairs);
  ASSERT_EQ(second.size(), kPairs);
  std::size_t changed = 0;
  for (const auto& [pair, ids] : first) {
    changed += ids != second.at(pair) ? 1 : 0;
    const std::vector<std::int32_t> pieces(ids.begin(), ids.end() - 1);
    ASSERT_EQ(tokenizer_->decode(pieces), pairs.source_text(pair));
  }
  EXPECT_GT(changed, kPairs / 2);
}

TEST_F(BatchStreamSampling, TheTwoSidesDrawFromStreamsOfTheirOwn) {
  test::spill(folder_ / "same", join(test::sample_sentences(kPairs, 3), "\n") + "\n");
  CorpusLoading loading;
  loading.keep_text = true;
  const Corpus same = Corpus::load({{folder_ / "same", folder_ / "same", 1.0, ""}}, *tokenizer_,
                                   *tokenizer_, loading);
  const Batch batch = read(same, sampling(), 1).front().batch;
  EXPECT_FALSE(torch::equal(batch.source.ids, batch.target_output));
}

TEST(PairBatches, TheLargestIsFullToTheBudget) {
  const std::vector<PairLengths> lengths = {{3, 9}, {12, 4}, {1, 1}};
  const PairLengths longest = longest_sides(lengths);
  EXPECT_EQ(longest, (PairLengths{12, 9}));
  const Batch batch = largest_pair_batch(longest, 100, BatchIds{});
  EXPECT_EQ(batch.rows(), 7);
  EXPECT_EQ(batch.source_tokens, 7 * 13);
  EXPECT_EQ(batch.target_tokens, 7 * 10);
  EXPECT_EQ(largest_pair_batch(longest, 5, BatchIds{}).rows(), 1);
  EXPECT_EQ(longest_sides(std::vector<PairLengths>{{2000, 10}, {5, 1500}}),
            (PairLengths{2000, 10}));
}

TEST_F(BatchStreamThread, LeavingWhileTheProducerWaitsDoesNotHang) {
  const Corpus pairs = corpus();
  Options narrow = options();
  narrow.prefetch = 1;
  for (int read_first : {0, 1, 5}) {
    auto stream = std::make_unique<BatchStream>(maker(pairs, narrow), narrow);
    for (int i = 0; i < read_first; ++i)
      ASSERT_GT(stream->next().batch.rows(), 0);
    // Time for the queue to fill up, so that the producer waits for room.
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const auto left = std::async(std::launch::async, [&] { stream.reset(); });
    ASSERT_EQ(left.wait_for(std::chrono::seconds(60)), std::future_status::ready);
  }
}

TEST_F(BatchStreamThread, AnErrorReachesTheReader) {
  // Sampling needs the text, which this corpus has not kept.
  BatchStream stream(maker(corpus(false), sampling()), sampling());
  EXPECT_THROW(stream.next(), std::logic_error);
  EXPECT_THROW(stream.next(), std::logic_error);
}

/// For each row the words that the guide joins, as "source-target" in the words of decoded text.
std::vector<std::set<std::string>> guided_words(const Batch& batch, const Tokenizer& tokenizer) {
  const auto words = [&](const Sequences& sequences, std::int64_t row, std::int64_t first) {
    const std::int64_t length = sequences.lengths[row].item<std::int64_t>() - 1;
    std::vector<std::int32_t> ids;
    for (std::int64_t i = 0; i < length; ++i)
      ids.push_back(static_cast<std::int32_t>(sequences.ids[row][first + i].item<std::int64_t>()));
    return words_of_decoded(tokenizer, ids);
  };
  std::vector<std::set<std::string>> found;
  for (std::int64_t row = 0; row < batch.rows(); ++row) {
    const auto sources = words(batch.source, row, 0);
    const auto targets = words(batch.target_input, row, 1);
    std::set<std::string>& links = found.emplace_back();
    for (std::size_t t = 0; t < targets.size(); ++t) {
      for (std::size_t s = 0; s < sources.size(); ++s) {
        const float weight =
            batch.guide[row][static_cast<std::int64_t>(t)][static_cast<std::int64_t>(s)]
                .item<float>();
        if (weight > 0) links.insert(str(sources[s], "-", targets[t]));
      }
    }
  }
  return found;
}

TEST_F(BatchStreamSampling, LinksStayThoseOfTheSameWords) {
  const Corpus plain = corpus(false, "0-1 2-0");
  const Corpus kept = corpus(true, "0-1 2-0");
  for (const auto& batches : {read(plain, options(), 2), read(kept, sampling(), 2)}) {
    ASSERT_EQ(batches.size(), 2U);
    for (const StreamedBatch& streamed : batches) {
      ASSERT_TRUE(streamed.batch.guide.defined());
      ASSERT_GT(streamed.batch.rows(), 0);
      for (const auto& links : guided_words(streamed.batch, *tokenizer_))
        EXPECT_THAT(links, testing::ElementsAre("0-1", "2-0"));
    }
  }
}

}  // namespace
}  // namespace regard
