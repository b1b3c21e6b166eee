#include "regard/train/training_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"

namespace regard {
namespace {

using testing::HasSubstr;

TrainingState full_state() {
  TrainingState state;
  state.update = 1500;
  state.refused = 1503;
  state.reductions = 2;
  state.stalled_rate = 1;
  state.validated_at = 0.7;
  state.position = {2, 17};
  state.target_tokens = 5'000'000'000;
  state.seconds = 0.1 + 0.2;  // has no short decimal form
  state.stalled = 4;
  state.best = {{1200, 31.000000000000004}, {900, -0.5}};
  state.start = 0.1 + 0.7;
  state.threads = 2;
  state.batch_tokens = 4000;
  state.texts = {{{UINT64_MAX, 2, 3}, {4, 5, 6}}, {{7, 8, 9}}};
  state.is_validation_due = true;
  state.finished = "1500 \"updates\"\n\u00e4";
  return state;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("no " + from + " in " + text);
  return text.replace(at, from.size(), to);
}

std::string message_of(const std::string& text) {
  try {
    training_state_from_json(text, "checkpoints/update-1/state.json");
  } catch (const UserError& error) {
    return error.what();
  }
  return "nothing thrown";
}

TEST(TrainingState, SurvivesJsonExactly) {
  EXPECT_EQ(training_state_from_json(to_json(full_state()), "x"), full_state());
  EXPECT_EQ(training_state_from_json(to_json(TrainingState{}), "x"), TrainingState{});
}

TEST(TrainingState, WritesEveryMember) {
  const TrainingState empty;
  TrainingState read = training_state_from_json(to_json(full_state()), "x");
  EXPECT_NE(read.update, empty.update);
  EXPECT_NE(read.refused, empty.refused);
  EXPECT_NE(read.reductions, empty.reductions);
  EXPECT_NE(read.stalled_rate, empty.stalled_rate);
  EXPECT_NE(read.validated_at, empty.validated_at);
  EXPECT_FALSE(read.position == empty.position);
  EXPECT_NE(read.target_tokens, empty.target_tokens);
  EXPECT_NE(read.seconds, empty.seconds);
  EXPECT_NE(read.stalled, empty.stalled);
  EXPECT_EQ(read.best.size(), 2U);
  EXPECT_NE(read.start, empty.start);
  EXPECT_NE(read.threads, empty.threads);
  EXPECT_NE(read.batch_tokens, empty.batch_tokens);
  EXPECT_EQ(read.texts.training.size(), 2U);
  EXPECT_EQ(read.texts.validation.size(), 1U);
  EXPECT_TRUE(read.is_validation_due);
  EXPECT_NE(read.finished, empty.finished);
}

TEST(TrainingState, RefusesWhatIsNotItsJson) {
  const std::string good = to_json(full_state());
  const std::string wrong[] = {"",
                               "{",
                               "[]",
                               good.substr(0, good.size() / 2),
                               replaced(good, "\"refused\"", "\"refuzed\""),
                               replaced(good, "1503", "\"1503\""),
                               replaced(good, "1503", "null"),
                               replaced(good, "\"best\": [", "\"best\": [7, ")};
  for (const std::string& text : wrong) {
    EXPECT_THAT(message_of(text), HasSubstr("checkpoints/update-1/state.json")) << text;
  }
}

TEST(TrainingState, NamesAVersionItDoesNotKnow) {
  const std::string text = replaced(to_json(full_state()), "\"version\": 2", "\"version\": 1");
  EXPECT_THAT(message_of(text), HasSubstr("unsupported version 1 (this program supports 2)"));
}

}  // namespace
}  // namespace regard
