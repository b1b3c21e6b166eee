#include <array>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "regard/config/emitter.h"
#include "regard/config/fields.h"
#include "regard/config/reader.h"
#include "regard/core/random.h"

#include "config/example_options.h"

namespace regard::config {
namespace {

using example::Options;

constexpr std::string_view kSeed = R"(output: runs/a   # comment
seed: 3
data:
  train:
    - {source: a.en, weight: 0.5, tag: ">>de<<"}
    - source: 'b.en'
  max_length: 100
model: {dim: 64, heads: 8, norm: post, kernels: [1, 3],
  attention: {heads: 2, clip: 5.0}, levels: [{heads: 1}, {}]}
training:
  schedule:
    type: constant
    peak: 1e-3
  metrics: [bleu, chrf]
  is_quiet: true
  max_updates: 10
  clip_norm: none
)";

constexpr std::array<std::string_view, 34> kTokens = {
    "\n",    "\n  ", "\n    ", ": ",    "- ",      "? ",           "[",           "]",    "{",
    "}",     ",",    "&a ",    "*a",    "!!str ",  "!x ",          "|\n",         ">-\n", "---\n",
    "...\n", "\"",   "'",      "\\x",   "\\u2028", "<<: ",         "%YAML 1.2\n", "#",    "\t",
    "\r\n",  "~",    "010",    "1e999", ".nan",    "\xEF\xBB\xBF", "\xF0\x9F"};

std::string mutate(std::string text, RandomStream& random) {
  for (std::uint64_t edits = 1 + random.below(6); edits > 0; --edits) {
    const std::size_t at = random.below(text.size() + 1);
    switch (random.below(5)) {
      case 0:
        text.insert(at, kTokens[random.below(kTokens.size())]);
        break;
      case 1:
        text.erase(at, random.below(12));
        break;
      case 2:
        if (at < text.size()) text[at] = static_cast<char>(random.below(256));
        break;
      case 3:
        text.insert(at, text.substr(random.below(text.size() + 1), random.below(60)));
        break;
      default:
        text.resize(at);
    }
  }
  return text;
}

enum class Outcome { value, user_error };

/// Reads a text all the way; a value must survive being written and read.
Outcome outcome_of(const std::string& text, const std::string& assignment) {
  try {
    Document document = parse_yaml(text, "fuzz.yaml");
    if (!assignment.empty()) document.set(assignment);
    const Options options = read<Options>(document);
    EXPECT_FALSE(show(options, document).empty());
    const Options again = read<Options>(parse_yaml(to_yaml(options), "again.yaml"));
    EXPECT_TRUE(differences(options, again).empty()) << text;
    return Outcome::value;
  } catch (const UserError& error) {
    EXPECT_FALSE(error.problems().empty());
    for (const Problem& problem : error.problems()) {
      EXPECT_FALSE(problem.spot.name.empty()) << text;
      EXPECT_FALSE(problem.what.empty()) << text;
    }
    return Outcome::user_error;
  }
}

TEST(ConfigFuzz, EveryMutationEndsInAValueOrAUserError) {
  RandomStream random(20240607);
  int num_values = 0;
  int num_errors = 0;
  for (int i = 0; i < 5000; ++i) {
    const std::string text = mutate(std::string(kSeed), random);
    (outcome_of(text, "") == Outcome::value ? num_values : num_errors) += 1;
  }
  EXPECT_GT(num_values, 100);
  EXPECT_GT(num_errors, 1000);
}

TEST(ConfigFuzz, EveryOverrideEndsInAValueOrAUserError) {
  RandomStream random(7);
  int num_values = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::string assignment = mutate("data.train[0].weight=0.25", random);
    num_values += outcome_of(std::string(kSeed), assignment) == Outcome::value ? 1 : 0;
  }
  EXPECT_GT(num_values, 50);
}

TEST(ConfigFuzz, SoupsOfTokensEndInAUserErrorOrAValue) {
  RandomStream random(11);
  int num_errors = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    for (std::uint64_t tokens = 1 + random.below(40); tokens > 0; --tokens) {
      text += kTokens[random.below(kTokens.size())];
      if (random.below(3) == 0) text += "a";
    }
    num_errors += outcome_of(text, "") == Outcome::user_error ? 1 : 0;
  }
  EXPECT_EQ(num_errors, 3000) << "no soup holds the required key";
}

/// Inputs that make careless parsers slow or deep; each is near the largest size.
TEST(ConfigFuzz, LongRepetitionsEndInAUserError) {
  for (const std::string_view token :
       {"[",   "{",    "- ", "? ",  "a: ", "{a: ", "[[],",   "\"",    "'",     "!", "&a ",
        "*a ", "\n- ", "#",  "|\n", "a\n", "\t",   "a: 1\n", "- a\n", "---\n", ",", "a: [\n"}) {
    std::string text;
    while (text.size() < 200000)
      text += token;
    EXPECT_EQ(outcome_of(text, ""), Outcome::user_error) << token;
  }
}

}  // namespace
}  // namespace regard::config
