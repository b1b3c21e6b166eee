#include "regard/decode/module_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/tiny_model.h"
#include "text/sample_text.h"

namespace regard {
namespace {

using testing::SizeIs;

TEST(ModuleModel, TranslatesAsItsPackedWeightsDo) {
  const Tokenizer tokenizer = test::sample_tokenizer();
  Seq2Seq model = test::tiny_model(150, 3);
  TranslatorOptions options;
  options.decoding.beam_size = 3;
  options.decoding.max_length = {0.5, 4};
  options.decoding.batch_tokens = 100;
  options.num_best = 2;
  options.alignment = AlignmentOptions();
  const std::vector<std::string> lines = test::sample_sentences(12, 5);
  for (const std::int64_t workers : {1, 3}) {
    options.workers = workers;
    const TranslationService translator(tokenizer, tokenizer, TokenRoles{}, options);
    const auto plain = translator.translate_all(module_models({&*model}), {lines});
    const auto packed =
        translator.translate_all(packed_models({&*model}, WeightType::float32), {lines});
    ASSERT_THAT(plain, SizeIs(12));
    ASSERT_THAT(packed, SizeIs(12));
    for (std::size_t i = 0; i < lines.size(); ++i) {
      ASSERT_EQ(packed[i].size(), plain[i].size());
      for (std::size_t k = 0; k < plain[i].size(); ++k) {
        EXPECT_EQ(packed[i][k].text, plain[i][k].text);
        EXPECT_EQ(packed[i][k].links, plain[i][k].links);
        EXPECT_NEAR(packed[i][k].score, plain[i][k].score, 1e-4);
      }
    }
    const auto best = translate_with(translator, *model, lines, nullptr);
    ASSERT_TRUE(best.has_value());
    EXPECT_EQ(*best, best_texts(packed));
  }
}

TEST(ModuleModel, TranslatesNothingAfterAStopRequest) {
  const Tokenizer tokenizer = test::sample_tokenizer();
  Seq2Seq model = test::tiny_model(150, 3);
  StopFlag stop;
  stop.request(2);
  const TranslationService translator(tokenizer, tokenizer, TokenRoles{}, {});
  const std::vector<std::string> lines = {"Hunde", "Ball"};
  EXPECT_FALSE(translate_with(translator, *model, lines, &stop).has_value());
}

TEST(Sequences, AreABatchOfTokensPadded) {
  TokenBatch batch = make_token_batch(test::spans_of({{4, 5, 6}, {7}, {}}), 3, 1);
  const Sequences padded = to_sequences(batch);
  EXPECT_TRUE(at::equal(padded.ids,
                        at::tensor({4, 5, 6, 3, 7, 3, 1, 1, 3, 1, 1, 1}, at::kLong).view({3, 4})));
  EXPECT_TRUE(at::equal(padded.lengths, at::tensor({4, 2, 1}, at::kLong)));
  const TokenBatch back = to_token_batch(padded);
  EXPECT_EQ(back.ids, batch.ids);
  EXPECT_EQ(back.first, batch.first);
}

}  // namespace
}  // namespace regard
