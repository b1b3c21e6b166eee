#include "regard/serve/service.h"

#include <fstream>
#include <sstream>
#include <unistd.h>

#include "serve/service_support.h"

namespace regard {
namespace {

using namespace std::chrono_literals;

std::string read_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& name)
      : path(testing::TempDir() + name + std::to_string(::getpid())) {
    std::remove(path.c_str());
  }
  ~TemporaryFile() { std::remove(path.c_str()); }
  std::string path;
};

TEST(LibreApi, TranslatesATextAndKeepsItsWhiteSpace) {
  TestService test;
  const HttpResponse response = test.post(
      "/translate", {{"q", " Eins. Zwei.\n\n\tDrei \r\n"}, {"source", "de"}, {"target", "en"}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.type, "application/json");
  EXPECT_EQ(Json::parse(response.body),
            Json({{"translatedText", " <Eins.> <Zwei.>\n\n\t<Drei> \r\n"}}));
}

TEST(LibreApi, TranslatesListsAndForms) {
  TestService test;
  EXPECT_EQ(
      Json::parse(
          test.post("/translate",
                    {{"q", {"a", "", "b"}}, {"source", "de"}, {"target", "en"}, {"format", "text"}})
              .body),
      Json({{"translatedText", {"<a>", "", "<b>"}}}));
  const HttpResponse form =
      test.ask(TestService::post_request("/translate", "q=Guten+Tag&source=de&target=fr&api_key=",
                                         "application/x-www-form-urlencoded; charset=utf-8"));
  EXPECT_EQ(Json::parse(form.body), Json({{"translatedText", "<Guten Tag>"}}));
}

TEST(LibreApi, DetectsTheSource) {
  TestService test;
  const std::string german = "Das ist ein deutscher Satz über das Wetter und die Katze im Garten.";
  const Json answer = Json::parse(
      test.post("/translate", {{"q", german}, {"source", "auto"}, {"target", "fr"}}).body);
  EXPECT_EQ(answer["translatedText"], "<" + german + ">");
  EXPECT_EQ(answer["detectedLanguage"]["language"], "de");
  EXPECT_GT(answer["detectedLanguage"]["confidence"], 50);
  const Json same = Json::parse(
      test.post("/translate", {{"q", {german}}, {"source", "auto"}, {"target", "de"}}).body);
  EXPECT_EQ(same["translatedText"], Json({german}));
  EXPECT_EQ(same["detectedLanguage"].size(), 1U);
  const Json detected = Json::parse(test.post("/detect", {{"q", german}}).body);
  ASSERT_FALSE(detected.empty());
  EXPECT_EQ(detected[0]["language"], "de");
  const Json lost = Json::parse(test.post("/detect", {{"q", "…"}}).body);
  EXPECT_EQ(lost[0]["confidence"], 0);
}

TEST(LibreApi, GivesAlternatives) {
  TestService test;
  const Json one = Json::parse(
      test.post("/translate",
                {{"q", "Aa. Bb."}, {"source", "de"}, {"target", "en"}, {"alternatives", 2}})
          .body);
  EXPECT_EQ(one["alternatives"], Json({"<Aa.>1 <Bb.>1", "<Aa.>2 <Bb.>2"}));
  EXPECT_EQ(test.backend->last_options().num_best, 3);
  const Json list = Json::parse(
      test.post("/translate",
                {{"q", {"a", "b"}}, {"source", "de"}, {"target", "en"}, {"alternatives", "1"}})
          .body);
  EXPECT_EQ(list["alternatives"], Json({{"<a>1"}, {"<b>1"}}));
}

TEST(LibreApi, SaysWhatItServes) {
  TestService test;
  const Json languages = Json::parse(test.get("/languages").body);
  ASSERT_EQ(languages.size(), 3U);
  EXPECT_EQ(languages[0],
            Json({{"code", "de"}, {"name", "German"}, {"targets", {"en", "fr", "de"}}}));
  EXPECT_EQ(languages[2], Json({{"code", "fr"}, {"name", "French"}, {"targets", {"fr"}}}));
  const Json settings = Json::parse(test.get("/frontend/settings").body);
  EXPECT_EQ(settings["language"]["source"], Json({{"code", "de"}, {"name", "German"}}));
  EXPECT_EQ(settings["charLimit"], 100000);
  EXPECT_EQ(settings["keyRequired"], false);
}

TEST(LibreApi, RefusesWhatIsWrong) {
  TestService test;
  const auto ask = [&](const Json& body) { return test.post("/translate", body); };
  expect_error(ask({{"source", "de"}, {"target", "en"}}), 400, "missing q parameter");
  expect_error(ask({{"q", "a"}, {"target", "en"}}), 400, "missing source parameter");
  expect_error(ask({{"q", "a"}, {"source", "de"}}), 400, "missing target parameter");
  expect_error(ask({{"q", "a"}, {"source", "xx"}, {"target", "en"}}), 400, "'xx' is not supported");
  expect_error(ask({{"q", "a"}, {"source", "de"}, {"target", "xx"}}), 400, "'xx' is not supported");
  expect_error(ask({{"q", "a"}, {"source", "en"}, {"target", "fr"}}), 400,
               "French (fr) is not available as a target language from English (en)");
  expect_error(ask({{"q", "a"}, {"source", "de"}, {"target", "en"}, {"format", "html"}}), 400,
               "html");
  expect_error(ask({{"q", 3}, {"source", "de"}, {"target", "en"}}), 400, "q must be a string");
  expect_error(ask({{"q", "a"}, {"source", "de"}, {"target", "en"}, {"alternatives", 99}}), 400,
               "alternatives must be");
  expect_error(test.ask(TestService::post_request("/translate", "{", "application/json")), 400,
               "not valid JSON");
  expect_error(test.ask(TestService::post_request("/translate", "x", "multipart/form-data")), 415,
               "Content-Type");
  expect_error(ask({{"q", "bad"}, {"source", "de"}, {"target", "en"}}), 500, "failed");
}

TEST(LibreApi, StoresSuggestionsWhereAllowed) {
  TestService off;
  const Json suggestion = {{"q", "Ja\n"}, {"s", "Yes"}, {"source", "de"}, {"target", "en"}};
  expect_error(off.post("/suggest", suggestion), 403, "disabled");
  const TemporaryFile file("suggestions");
  ServiceOptions options;
  options.suggestions = file.path;
  TestService test(options);
  EXPECT_EQ(Json::parse(test.post("/suggest", suggestion).body), Json({{"success", true}}));
  test.post("/suggest", suggestion);
  EXPECT_EQ(read_file(file.path), suggestion.dump() + "\n" + suggestion.dump() + "\n");
}

TEST(V1Api, GivesDetails) {
  TestService test;
  const Json answer = Json::parse(test.post("/v1/translate", {{"text", "A bb. C"},
                                                              {"source", "de"},
                                                              {"target", "en"},
                                                              {"n_best", 2},
                                                              {"beam_size", 7},
                                                              {"scores", true},
                                                              {"alignments", true},
                                                              {"word_scores", true}})
                                      .body);
  EXPECT_EQ(answer["model"], "first");
  ASSERT_EQ(answer["translations"].size(), 1U);
  const Json& text = answer["translations"][0];
  EXPECT_EQ(text["text"], "<A bb.> <C>");
  ASSERT_EQ(text["sentences"].size(), 2U);
  EXPECT_EQ(text["sentences"][0]["source"], "A bb.");
  EXPECT_EQ(text["sentences"][0]["translations"],
            Json::parse(R"([{"text":"<A bb.>","score":-0.5,"log_probability":-2.0,"links":[[0,0]],
                             "word_scores":[-1.5,-0.5]},
                            {"text":"<A bb.>1","score":-1.5,"log_probability":-3.0,"links":[[0,0]],
                             "word_scores":[-1.5,-0.5]}])"));
  EXPECT_EQ(test.backend->last_options().beam_size, 7);
}

TEST(V1Api, SplitsAsAsked) {
  TestService test;
  const Json answer = Json::parse(test.post("/v1/translate", {{"text", {"Aa. Bb.\nC.", ""}},
                                                              {"source", "de"},
                                                              {"target", "en"},
                                                              {"split", "lines"}})
                                      .body);
  EXPECT_EQ(answer["translations"][0]["text"], "<Aa. Bb.>\n<C.>");
  EXPECT_EQ(answer["translations"][1]["text"], "");
  EXPECT_FALSE(answer["translations"][0]["sentences"][0]["translations"][0].contains("score"));
  const std::string long_text(1500, 'a');
  const Json cut = Json::parse(
      test.post("/v1/translate", {{"text", long_text}, {"source", "de"}, {"target", "en"}}).body);
  EXPECT_EQ(cut["translations"][0]["sentences"][0]["was_cut"], true);
}

TEST(V1Api, RefusesWhatIsWrong) {
  TestService test;
  const auto ask = [&](Json body) {
    body.update({{"text", "a"}, {"source", "de"}, {"target", "en"}});
    return test.post("/v1/translate", body);
  };
  expect_error(ask({{"beam_sise", 3}}), 400, "did you mean beam_size?");
  expect_error(ask({{"beam_size", 17}}), 400, "beam_size must be a whole number from 1 to 16");
  expect_error(ask({{"length_penalty", "wrong"}}), 400, "length_penalty: wrong is none");
  expect_error(ask({{"split", "words"}}), 400, "split must be sentences or lines");
  EXPECT_EQ(ask({}).status, 200);
}

/// The events of a stream: names and data.
std::vector<std::pair<std::string, Json>> events_of(const std::string& body) {
  std::vector<std::pair<std::string, Json>> events;
  std::istringstream lines(body);
  std::string name, data, blank;
  while (std::getline(lines, name) && std::getline(lines, data) && std::getline(lines, blank)) {
    EXPECT_TRUE(name.starts_with("event: ") && data.starts_with("data: ") && blank.empty());
    events.emplace_back(name.substr(7), Json::parse(data.substr(6)));
  }
  return events;
}

TEST(V1Api, StreamsSentences) {
  TestService test;
  const HttpResponse response = test.post(
      "/v1/translate",
      {{"text", {"Aa. Bb.", "C."}}, {"source", "de"}, {"target", "en"}, {"stream", true}});
  EXPECT_EQ(response.type, "text/event-stream");
  const auto events = events_of(response.body);
  ASSERT_EQ(events.size(), 4U);
  std::vector<std::string> sources;
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(events[i].first, "sentence");
    sources.push_back(events[i].second["source"]);
  }
  EXPECT_EQ(sources, (std::vector<std::string>{"Aa.", "Bb.", "C."}));
  EXPECT_EQ(events[2].second["text"], 1);
  EXPECT_EQ(events[3].first, "done");
  EXPECT_EQ(events[3].second["translations"][0]["text"], "<Aa.> <Bb.>");
  const HttpResponse failed = test.post(
      "/v1/translate", {{"text", "bad"}, {"source", "de"}, {"target", "en"}, {"stream", true}});
  expect_error(failed, 500, "failed");
}

TEST(V1Api, AnswersBatchesLineByLine) {
  TestService test;
  const std::string body = R"({"id":"x","text":"Aa. Bb.","source":"de","target":"en"})"
                           "\n\nnot json\r\n"
                           R"({"text":"b","source":"de","target":"fr","scores":true})"
                           "\n"
                           R"({"id":"y","text":["b"],"source":"de","target":"xx"})"
                           "\n"
                           R"({"id":"z","text":"same","source":"en","target":"en"})";
  const HttpResponse response =
      test.ask(TestService::post_request("/v1/batch", body, "application/x-ndjson"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.type, "application/x-ndjson");
  std::istringstream lines(response.body);
  std::vector<Json> answers;
  for (std::string line; std::getline(lines, line);)
    answers.push_back(Json::parse(line));
  ASSERT_EQ(answers.size(), 5U);
  EXPECT_EQ(answers[0]["id"], "x");
  EXPECT_EQ(answers[0]["translations"][0]["text"], "<Aa.> <Bb.>");
  EXPECT_TRUE(answers[1].contains("error"));
  EXPECT_EQ(answers[2]["translations"][0]["text"], "<b>");
  EXPECT_EQ(answers[2]["translations"][0]["sentences"][0]["translations"][0]["score"], -0.5);
  EXPECT_EQ(answers[3]["id"], "y");
  EXPECT_TRUE(answers[3].contains("error"));
  EXPECT_EQ(answers[4]["translations"][0]["text"], "same");
}

TEST(ServiceTest, LimitsTexts) {
  ServiceOptions options;
  options.characters = 5;
  options.texts = 2;
  TestService test(options);
  const auto ask = [&](const Json& q) {
    return test.post("/translate", {{"q", q}, {"source", "de"}, {"target", "en"}});
  };
  EXPECT_EQ(ask("äöüßé").status, 200);
  expect_error(ask("äöüßéa"), 400, "request (6) exceeds character limit (5)");
  expect_error(ask({"abc", "def"}), 400, "exceeds character limit");
  expect_error(ask({"a", "b", "c"}), 400, "request (3) exceeds text limit (2)");
}

TEST(ServiceTest, KeysHaveTheirOwnLimits) {
  ServiceOptions options;
  options.requires_key = true;
  options.characters = 3;
  options.requests_per_minute = 1;
  options.keys.keys = {{"secret", "one", 3, 10}, {"other", "two", 0, 0}};
  TestService test(options);
  const auto ask = [&](const std::string& key, const std::string& q = "a") {
    return test.post("/translate",
                     {{"q", q}, {"source", "de"}, {"target", "en"}, {"api_key", key}});
  };
  expect_error(ask(""), 403, "API key");
  expect_error(ask("secre"), 403, "Invalid API key");
  EXPECT_EQ(ask("secret", "abcdef").status, 200);
  EXPECT_EQ(ask("secret").status, 200);
  HttpRequest bearer =
      TestService::post_request("/translate", R"({"q":"a","source":"de","target":"en"})");
  bearer.headers["authorization"] = "Bearer secret";
  EXPECT_EQ(test.ask(bearer).status, 200);
  const HttpResponse slow = ask("secret");
  expect_error(slow, 429, "Slowdown");
  EXPECT_EQ(header_of(slow, "Retry-After"), "20");
  expect_error(ask("other", "abcd"), 400, "exceeds character limit (3)");
  expect_error(ask("other"), 429, "Slowdown");
  EXPECT_EQ(test.get("/languages").status, 200);
  test.service.replace_keys({{{"third", "three", 9, 9}}});
  expect_error(ask("secret"), 403, "Invalid API key");
  EXPECT_EQ(ask("third").status, 200);
}

TEST(ServiceTest, PagesOfOthersAreKeptOut) {
  TestService test;
  HttpRequest request =
      TestService::post_request("/translate", R"({"q":"a","source":"de","target":"en"})");
  request.headers["origin"] = "http://localhost:5000";
  EXPECT_EQ(test.ask(request).status, 200);
  for (const char* origin :
       {"https://evil.example", "null", "http://localhost:5001", "localhost:5000"}) {
    request.headers["origin"] = origin;
    expect_error(test.ask(request), 403, "origin");
  }
  ServiceOptions options;
  options.origins = {"https://good.example"};
  TestService open(options);
  request.headers["origin"] = "https://good.example";
  EXPECT_EQ(header_of(open.ask(request), "Access-Control-Allow-Origin"), "https://good.example");
  request.method = "OPTIONS";
  const HttpResponse preflight = open.ask(request);
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(header_of(preflight, "Access-Control-Allow-Methods"), "POST");
}

TEST(ServiceTest, OtherPathsAndMethodsAreRefused) {
  TestService test;
  for (const char* path : {"/", "/translate/", "//translate", "/../etc/passwd", "/Translate", "",
                           "/translate\n", "/v2/translate"})
    expect_error(test.get(path), 404, "no such page");
  const HttpResponse wrong = test.get("/translate");
  expect_error(wrong, 405, "Use POST");
  EXPECT_EQ(header_of(wrong, "Allow"), "POST, OPTIONS");
}

TEST(ServiceTest, SaysBusyWhenTheQueueIsFull) {
  SchedulerOptions scheduling;
  scheduling.queued_sentences = 2;
  TestService test({}, scheduling);
  test.backend->close_gate();
  const Json body = {{"q", "Aa. Bb."}, {"source", "de"}, {"target", "en"}};
  const auto first = test.start(TestService::post_request("/translate", body.dump()));
  const HttpResponse busy = test.post("/translate", body);
  expect_error(busy, 503, "busy");
  EXPECT_GE(std::stoi(header_of(busy, "Retry-After")), 1);
  test.backend->open_gate();
  EXPECT_TRUE(wait_for([&] { return first->has_ended(); }));
  EXPECT_EQ(first->response().status, 200);
}

TEST(ServiceTest, DeadlinesAndClientsThatLeaveEndRequests) {
  ServiceOptions options;
  options.request_time = 50ms;
  TestService test(options);
  test.backend->per_batch = 5s;
  const Json body = {{"q", "a"}, {"source", "de"}, {"target", "en"}};
  const HttpResponse late = test.post("/translate", body);
  expect_error(late, 503, "too long");
  const auto gone = test.start(TestService::post_request("/translate", body.dump()));
  gone->go();
  EXPECT_TRUE(test.service.drain(4s));
  EXPECT_EQ(gone->num_responses(), 0);
}

TEST(ServiceTest, DrainAnswersWhatWasAccepted) {
  TestService test;
  test.backend->per_batch = 100ms;
  const Json body = {{"q", "a"}, {"source", "de"}, {"target", "en"}};
  const auto accepted = test.start(TestService::post_request("/translate", body.dump()));
  EXPECT_EQ(test.get("/ready").status, 200);
  EXPECT_TRUE(test.service.drain(5s));
  ASSERT_TRUE(accepted->has_ended());
  EXPECT_EQ(accepted->response().status, 200);
  expect_error(test.post("/translate", body), 503, "shutting down");
  EXPECT_EQ(test.get("/ready").status, 503);
  EXPECT_EQ(test.get("/health").status, 200);
}

TEST(ServiceTest, RequestsKeepTheBackendTheyWereAcceptedWith) {
  TestService test;
  test.backend->close_gate();
  const Json body = {{"q", "a"}, {"source", "de"}, {"target", "en"}};
  const auto before = test.start(TestService::post_request("/translate", body.dump()));
  const auto other = std::make_shared<FakeBackend>();
  other->served = {{"de", "it", "new"}};
  test.service.replace_backend(other);
  const std::weak_ptr<FakeBackend> old = std::exchange(test.backend, nullptr);
  old.lock()->open_gate();
  EXPECT_TRUE(wait_for([&] { return before->has_ended(); }));
  EXPECT_EQ(before->response().status, 200);
  expect_error(test.post("/translate", body), 400, "'en' is not supported");
  EXPECT_TRUE(wait_for([&] { return old.expired(); }));
}

TEST(ServiceTest, CountsForPrometheus) {
  ServiceOptions options;
  options.metrics_token = "token";
  TestService test(options);
  test.post("/translate", {{"q", "Aa. Bä."}, {"source", "de"}, {"target", "en"}});
  test.get("/nothing");
  expect_error(test.get("/metrics"), 403, "token");
  HttpRequest request = TestService::get_request("/metrics");
  request.headers["authorization"] = "Bearer token";
  const std::string text = test.ask(request).body;
  for (const char* line :
       {"regard_requests_total{path=\"/translate\",status=\"200\"} 1\n",
        "regard_requests_total{path=\"other\",status=\"404\"} 1\n", "regard_characters_total 7\n",
        "regard_sentences_total 2\n", "regard_batch_sentences_bucket{le=\"2\"} 1\n",
        "regard_request_seconds_count{path=\"/translate\"} 1\n",
        "regard_model_loaded{model=\"second\"} 0\n", "# TYPE regard_batch_seconds histogram\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
}

TEST(ServiceTest, LogsWithoutTextsUnlessAsked) {
  const TemporaryFile file("access");
  for (const bool logs_texts : {false, true}) {
    ServiceOptions options;
    options.access_log = file.path;
    options.logs_texts = logs_texts;
    TestService test(options);
    test.post("/translate", {{"q", "Geheim."}, {"source", "de"}, {"target", "en"}});
  }
  std::ifstream lines(file.path);
  std::string first, second;
  ASSERT_TRUE(std::getline(lines, first) && std::getline(lines, second));
  EXPECT_EQ(first.find("Geheim"), std::string::npos);
  const Json line = Json::parse(second);
  EXPECT_EQ(line["texts"], Json({"Geheim."}));
  EXPECT_EQ(line["path"], "/translate");
  EXPECT_EQ(line["status"], 200);
  EXPECT_EQ(line["direction"], "de-en");
  EXPECT_EQ(line["characters"], 7);
  EXPECT_EQ(line["sentences"], 1);
}

}  // namespace
}  // namespace regard
