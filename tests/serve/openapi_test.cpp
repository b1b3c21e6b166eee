#include <set>

#include "serve/service_support.h"

namespace regard {
namespace {

/// As much of JSON Schema as openapi.json uses.
class Schemas {
 public:
  explicit Schemas(const Json& document) : document_(document) {}

  const Json& resolve(const Json& schema) const {
    if (!schema.contains("$ref")) return schema;
    const std::string place = schema["$ref"];
    return document_.at(Json::json_pointer(place.substr(1)));
  }

  bool accepts(const Json& given, const Json& value) const {
    const Json& schema = resolve(given);
    if (schema.contains("oneOf")) {
      std::size_t count = 0;
      for (const Json& each : schema["oneOf"])
        count += accepts(each, value) ? 1U : 0U;
      return count >= 1;
    }
    const std::string type = schema.at("type");
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    if (type == "boolean") return value.is_boolean();
    if (type == "array") {
      return value.is_array() && std::all_of(value.begin(), value.end(), [&](const Json& item) {
               return accepts(schema.at("items"), item);
             });
    }
    return type == "object" && value.is_object() && accepts_object(schema, value);
  }

 private:
  bool accepts_object(const Json& schema, const Json& value) const {
    if (!schema.contains("properties")) return true;
    for (const Json& name : schema.value("required", Json::array())) {
      if (!value.contains(name.get<std::string>())) return false;
    }
    for (const auto& [name, member] : value.items()) {
      if (!schema["properties"].contains(name) || !accepts(schema["properties"][name], member))
        return false;
    }
    return true;
  }

  const Json& document_;
};

class OpenApiTest : public testing::Test {
 protected:
  /// An answer has the form that the document gives for its status.
  void expect_described(const std::string& method, const std::string& path,
                        const HttpResponse& response) {
    const Json& operation = document_.at("paths").at(path).at(method);
    const std::string status = std::to_string(response.status);
    ASSERT_TRUE(operation["responses"].contains(status)) << path << " " << status;
    const Json& described = schemas_.resolve(operation["responses"][status]);
    ASSERT_TRUE(described["content"].contains(response.type)) << path << " " << response.type;
    if (response.type != "application/json") return;
    EXPECT_TRUE(
        schemas_.accepts(described["content"][response.type]["schema"], Json::parse(response.body)))
        << path << "\n"
        << response.body;
    ++num_checked_;
  }
  HttpResponse post(const std::string& path, const Json& body, bool is_accepted = true) {
    const Json& schema =
        document_["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"];
    EXPECT_EQ(schemas_.accepts(schema, body), is_accepted) << path << "\n" << body;
    const HttpResponse response = test_.post(path, body);
    expect_described("post", path, response);
    return response;
  }

  Json document_ = Json::parse(openapi_document());
  Schemas schemas_{document_};
  TestService test_;
  int num_checked_ = 0;
};

TEST_F(OpenApiTest, ReferencesLeadSomewhere) {
  std::size_t count = 0;
  const Json flat = document_.flatten();
  for (const auto& [place, value] : flat.items()) {
    if (!place.ends_with("/$ref")) continue;
    EXPECT_TRUE(document_.contains(Json::json_pointer(value.get<std::string>().substr(1))))
        << value;
    ++count;
  }
  EXPECT_GT(count, 20U);
}

TEST_F(OpenApiTest, EveryPathIsServed) {
  std::set<std::string> paths;
  for (const auto& [path, methods] : document_["paths"].items()) {
    paths.insert(path);
    const HttpResponse response = methods.contains("get") ? test_.get(path) : test_.post(path, {});
    EXPECT_NE(response.status, 404) << path;
    EXPECT_NE(response.status, 405) << path;
    if (methods.contains("get") && path != "/metrics") expect_described("get", path, response);
  }
  EXPECT_EQ(paths.size(), 12U);
  EXPECT_EQ(test_.get("/openapi.json").body, openapi_document());
}

TEST_F(OpenApiTest, AnswersAreAsDescribed) {
  const Json libre = {
      {"q", "Eins. Zwei."}, {"source", "auto"}, {"target", "fr"}, {"alternatives", 2}};
  EXPECT_EQ(post("/translate", libre).status, 200);
  Json list = libre;
  list["q"] = {"a", "b"};
  EXPECT_EQ(post("/translate", list).status, 200);
  EXPECT_EQ(post("/translate", {{"q", "a"}}, false).status, 400);
  EXPECT_EQ(post("/detect", {{"q", "Guten Tag"}}).status, 200);
  EXPECT_EQ(post("/suggest", {{"q", "a"}, {"s", "b"}, {"source", "de"}, {"target", "en"}}).status,
            403);
  const Json own = {{"text", {"Aa. Bb.", std::string(1500, 'x')}},
                    {"source", "auto"},
                    {"target", "fr"},
                    {"split", "sentences"},
                    {"beam_size", 4},
                    {"length_penalty", "none"},
                    {"min_length", 1},
                    {"no_repeat_ngram", 3},
                    {"n_best", 2},
                    {"scores", true},
                    {"word_scores", true},
                    {"alignments", true},
                    {"stream", false},
                    {"api_key", ""}};
  EXPECT_EQ(post("/v1/translate", own).status, 200);
  EXPECT_EQ(post("/v1/translate", {{"text", "a"}, {"target", "en"}, {"other", 1}}, false).status,
            400);
  EXPECT_EQ(num_checked_, 7);
  // Nothing that a request may say is missing from the document.
  EXPECT_EQ(own.size(),
            document_["components"]["schemas"]["TranslateRequest"]["properties"].size());
}

}  // namespace
}  // namespace regard
