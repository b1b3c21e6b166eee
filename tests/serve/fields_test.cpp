#include "serve/fields.h"

#include <gtest/gtest.h>

#include "regard/config/document.h"
#include "regard/config/reader.h"
#include "regard/serve/api_keys.h"

#include "serve/api_error.h"
#include "serve/rate_limiter.h"

namespace regard {
namespace {

std::string refusal_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const ApiError& error) {
    EXPECT_EQ(error.status(), 400);
    return error.what();
  }
  return "";
}

TEST(FieldsTest, ReadsObjectsOfScalarsAndLists) {
  const Fields fields = Fields::from_json(
      R"({"q": ["a", "b"], "n": 3, "flag": true, "none": null, "text": "\u00e9\n", "x": 1.5})");
  EXPECT_EQ(fields.texts("q"), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(fields.is_list("q"));
  EXPECT_EQ(fields.integer("n", 0, 0, 9), 3);
  EXPECT_TRUE(fields.flag("flag", false));
  EXPECT_FALSE(fields.has("none"));
  EXPECT_EQ(fields.text("text", ""), "é\n");
  EXPECT_EQ(fields.texts("text"), std::vector<std::string>{"é\n"});
  EXPECT_EQ(fields.integer("missing", 7, 0, 9), 7);
}

TEST(FieldsTest, RefusesOtherJson) {
  const std::vector<std::string> texts = {
      "",
      "{",
      "[]",
      "1",
      "null",
      "\"q\"",
      "{\"q\":{}}",
      "{\"q\":[[]]}",
      "{\"q\":[1]}",
      "{\"q\":[null]}",
      "{\"q\":1,\"q\":2}",
      "{\"q\":1} x",
      "{\"q\":\"\xff\"}",
      "{\"q\":\"\\ud800\"}",
      std::string("{\"q\":\"a\0b\"}", 11),
      "{\"q\":18446744073709551615}",
      "{'q':1}",
      "{\"q\":\"a\nb\"}",
      std::string(100000, '['),
      "{\"q\":" + std::string(100000, '[') + std::string(100000, ']') + "}"};
  for (const std::string& text : texts) {
    const std::string why = refusal_of([&] { Fields::from_json(text); });
    EXPECT_TRUE(why.starts_with("Invalid request: ")) << text.substr(0, 40) << ": " << why;
    EXPECT_LT(why.size(), 500U);
  }
  std::string many = "{";
  for (int i = 0; i < 1000; ++i)
    many += "\"k" + std::to_string(i) + "\":1,";
  EXPECT_NE(refusal_of([&] { Fields::from_json(many + "\"z\":1}"); }), "");
}

TEST(FieldsTest, ReadsForms) {
  const Fields fields = Fields::from_form("q=Guten+Tag%21&source=de&&x&alternatives=2&q=twice");
  EXPECT_EQ(fields.text("q", ""), "Guten Tag!");
  EXPECT_EQ(fields.text("x", "other"), "");
  EXPECT_EQ(fields.integer("alternatives", 0, 0, 5), 2);
  for (const char* text : {"q=%", "q=%4", "q=%zz", "q=%ff", "q=%C3", "%80=1"})
    EXPECT_NE(refusal_of([&] { Fields::from_form(text); }), "") << text;
}

TEST(FieldsTest, SaysWhatIsWrong) {
  const Fields fields =
      Fields::from_json(R"({"n": 30, "t": 1, "l": [], "beam_sise": 3, "s": "x"})");
  EXPECT_EQ(refusal_of([&] { fields.required_text("q"); }), "Invalid request: missing q parameter");
  EXPECT_EQ(refusal_of([&] { fields.integer("n", 0, 1, 16); }),
            "Invalid request: n must be a whole number from 1 to 16");
  EXPECT_EQ(refusal_of([&] { fields.integer("s", 0, 1, 16); }),
            "Invalid request: s must be a whole number from 1 to 16");
  EXPECT_EQ(refusal_of([&] { fields.text("t", ""); }), "Invalid request: t must be a string");
  EXPECT_EQ(refusal_of([&] { fields.flag("s", false); }),
            "Invalid request: s must be true or false");
  EXPECT_EQ(refusal_of([&] {
              fields.require_known({"n", "t", "l", "s", "beam_size"});
            }),
            "Invalid request: unknown field 'beam_sise'; did you mean beam_size?");
}

TEST(RateLimiterTest, LetsThroughWhatAMinuteAllows) {
  RateLimiter limiter;
  RateLimiter::Time now{};
  for (int i = 0; i < 60; ++i)
    EXPECT_EQ(limiter.take("a", 60, now).count(), 0) << i;
  EXPECT_EQ(limiter.take("a", 60, now).count(), 1);
  EXPECT_EQ(limiter.take("b", 60, now).count(), 0);
  EXPECT_EQ(limiter.take("a", 60, now + std::chrono::milliseconds(1100)).count(), 0);
  EXPECT_EQ(limiter.take("a", 60, now + std::chrono::milliseconds(1200)).count(), 1);
  EXPECT_EQ(limiter.take("c", 0, now).count(), 0);
  for (int i = 0; i < 50000; ++i)
    limiter.take("x" + std::to_string(i), 1, now);
  EXPECT_LE(limiter.size(), 20000U);
  EXPECT_EQ(limiter.take("new", 1, now + std::chrono::minutes(5)).count(), 0);
}

TEST(ApiKeysTest, AreFoundByTheirWholeSecret) {
  const auto keys = config::read<ApiKeys>(config::parse_yaml(
      "keys:\n  - {key: abcabc, name: one, requests_per_minute: 5}\n  - {key: x, name: two}\n",
      "k"));
  ASSERT_NE(keys.find("abcabc"), nullptr);
  EXPECT_EQ(keys.find("abcabc")->name, "one");
  EXPECT_EQ(keys.find("x")->name, "two");
  for (const char* wrong : {"", "abc", "abcabcabc", "abcabd", "xx"})
    EXPECT_EQ(keys.find(wrong), nullptr) << wrong;
}

TEST(ApiKeysTest, FilesAreChecked) {
  for (const char* text : {"keys: []", "keys: [{key: a}]", "keys: [{key: a, name: b, x: 1}]",
                           "keys: [{key: a, name: b}, {key: a, name: c}]"})
    EXPECT_THROW(config::read<ApiKeys>(config::parse_yaml(text, "k")), UserError) << text;
}

}  // namespace
}  // namespace regard
