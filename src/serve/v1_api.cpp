#include "v1_api.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>
#include <utility>

#include "regard/core/strings.h"

#include "directions.h"
#include "http_status.h"
#include "translation_call.h"

namespace regard {
namespace {

const std::vector<std::string> kKnownFields = {
    "text",           "source",      "target",     "split",      "beam_size",
    "length_penalty", "n_best",      "min_length", "alignments", "no_repeat_ngram",
    "scores",         "word_scores", "stream",     "api_key"};

/// What an answer needs of its request.
struct V1Request {
  ChosenDirection direction;
  std::string model;
  bool is_list = false;
  bool is_stream = false;
  bool has_scores = false;
  SentenceOptions options;
};

Json sentence_json(const V1Request& request, const TranslatedText& text, std::size_t part) {
  const SentenceResult& result = text.results[part];
  Json best = Json::array();
  for (const SentenceTranslation& each : result.best) {
    Json entry = {{"text", each.text}};
    if (request.has_scores) {
      entry["score"] = each.score;
      entry["log_probability"] = each.log_probability;
    }
    if (request.options.has_links) entry["links"] = each.links;
    if (request.options.has_word_scores) entry["word_scores"] = each.word_scores;
    best.push_back(std::move(entry));
  }
  Json sentence = {{"source", text.sentence(part)}, {"translations", std::move(best)}};
  if (result.was_cut) sentence["was_cut"] = true;
  return sentence;
}

Json answer_json(const V1Request& request, const std::vector<TranslatedText>& texts) {
  Json answer = {{"source", request.direction.source},
                 {"target", request.direction.target},
                 {"model", request.model}};
  if (request.direction.confidence) answer["confidence"] = *request.direction.confidence;
  Json list = Json::array();
  for (const TranslatedText& text : texts) {
    Json sentences = Json::array();
    for (std::size_t part = 0; part < text.parts.size(); ++part)
      sentences.push_back(sentence_json(request, text, part));
    list.push_back({{"text", text.translation()}, {"sentences", std::move(sentences)}});
  }
  answer["translations"] = std::move(list);
  return answer;
}

SplitRule split_of(const Fields& fields, SplitRule fallback) {
  const std::string word = fields.text("split", "");
  if (word.empty()) return fallback;
  if (word == "lines") return SplitRule::lines;
  if (word == "sentences") return SplitRule::sentences;
  throw ApiError(http_status::kBadRequest, "Invalid request: split must be sentences or lines");
}

SentenceOptions options_of(const Fields& fields, const ServiceOptions& limits) {
  constexpr std::int64_t kMostSubwords = 100000;
  SentenceOptions options;
  options.num_best = fields.integer("n_best", 1, 1, limits.alternatives);
  options.beam_size = fields.integer("beam_size", 0, 1, limits.beam_size);
  options.length_penalty = fields.text("length_penalty", "");
  options.min_length = fields.integer("min_length", -1, 0, kMostSubwords);
  options.no_repeat_ngram = fields.integer("no_repeat_ngram", -1, 0, 1000);
  options.has_links = fields.flag("alignments", false);
  options.has_word_scores = fields.flag("word_scores", false);
  if (options.beam_size == 0 && options.num_best > 1)
    options.beam_size = std::max<std::int64_t>(options.num_best, 5);
  return options;
}

/// The part of a request that both functions read.
V1Request read_request(const Fields& fields, const TranslationBackend& backend,
                       const ServiceOptions& limits, TranslationWork& work) {
  fields.require_known(kKnownFields);
  V1Request request;
  work.texts = fields.texts("text");
  work.split = split_of(fields, limits.split);
  work.options = options_of(fields, limits);
  request.direction = choose_direction(backend.directions(), fields.text("source", "auto"),
                                       fields.required_text("target"), work.texts);
  work.direction = request.direction.number;
  request.model =
      request.direction.is_identity ? "" : backend.directions()[request.direction.number].model;
  request.is_list = fields.is_list("text");
  request.is_stream = fields.flag("stream", false);
  request.has_scores = fields.flag("scores", false);
  request.options = work.options;
  return request;
}

/// Server-sent events. The response begins with the first of them, so that what fails before has a
/// status of its own.
struct EventStream {
  CallPointer call;
  bool has_begun = false;

  void send(const char* name, const Json& data) {
    if (!std::exchange(has_begun, true)) call->begin_stream({200, "text/event-stream", ""});
    call->send(str("event: ", name, "\ndata: ", to_text(data), "\n\n"));
  }
};

void answer_by_events(const CallPointer& call, TranslationWork& work, const V1Request& request) {
  const auto events = std::make_shared<EventStream>(EventStream{call});
  work.on_part = [events, request](std::size_t text, const TranslatedText& translated,
                                   std::size_t part) {
    Json data = {{"text", text}, {"sentence", part}};
    data.update(sentence_json(request, translated, part));
    events->send("sentence", data);
  };
  work.on_done = [events, request](std::vector<TranslatedText>& texts) {
    events->send("done", answer_json(request, texts));
    events->call->end_stream();
  };
  work.on_failure = [events](const ApiError& error) {
    if (!events->has_begun) return events->call->fail(error);
    events->send("error", {{"error", error.what()}});
    events->call->end_stream();
  };
}

/// The lines of a batch, and what they are answered with.
struct BatchState {
  CallPointer call;
  std::mutex mutex;
  std::vector<Json> answers;
  std::size_t num_open = 0;  ///< lines without an answer, and one more until all were read

  void answer(std::size_t line, Json json) {
    const std::scoped_lock lock(mutex);
    Json& place = answers[line];
    for (auto& [name, value] : json.items())
      place[name] = std::move(value);
    finish_one();
  }
  void close() {
    const std::scoped_lock lock(mutex);
    finish_one();
  }

 private:
  void finish_one() {
    if (--num_open > 0) return;
    std::string text;
    for (const Json& each : answers)
      text += to_text(each) + "\n";
    call->respond({http_status::kOk, "application/x-ndjson", std::move(text)});
  }
};

/// Lines that are translated the same way: one job, so that a batch takes its turns as one request.
struct BatchGroup {
  TranslationWork work;
  std::vector<V1Request> requests;
  std::vector<std::size_t> lines;
};
using GroupKey = std::tuple<std::size_t, SplitRule, SentenceOptions>;

/// Adds a line to its group, or answers it.
void read_line(const std::string& text, std::size_t line, const TranslationBackend& backend,
               BatchState& state, std::map<GroupKey, BatchGroup>& groups) {
  try {
    Fields fields = Fields::from_json(text);
    if (fields.has("id")) state.answers[line]["id"] = fields.take_text("id");
    TranslationWork work;
    V1Request request = read_request(fields, backend, state.call->parts().options, work);
    if (work.texts.size() != 1)
      throw ApiError(http_status::kBadRequest, "Invalid request: text must be a string in a batch");
    state.call->admit_texts(work.texts);
    if (request.direction.is_identity)
      return state.answer(line, answer_json(request, untranslated(work.texts)));
    BatchGroup& group = groups[{work.direction, work.split, work.options}];
    std::vector<std::string> texts = std::move(group.work.texts);
    texts.push_back(std::move(work.texts.front()));
    work.texts = std::move(texts);
    group.work = std::move(work);
    group.requests.push_back(std::move(request));
    group.lines.push_back(line);
  } catch (const ApiError& error) {
    state.answer(line, {{"error", error.what()}});
  }
}

void start_group(const std::shared_ptr<BatchState>& state,
                 std::shared_ptr<const TranslationBackend> backend, BatchGroup group) {
  const std::vector<std::size_t> lines = group.lines;
  const auto fail_all = [state, lines](const ApiError& error) {
    for (const std::size_t line : lines)
      state->answer(line, {{"error", error.what()}});
  };
  group.work.on_done = [state, lines,
                        requests = std::move(group.requests)](std::vector<TranslatedText>& texts) {
    for (std::size_t i = 0; i < lines.size(); ++i)
      state->answer(lines[i], answer_json(requests[i], {std::move(texts[i])}));
  };
  group.work.on_failure = fail_all;
  try {
    start_translation(state->call, std::move(backend), std::move(group.work));
  } catch (const ApiError& error) {
    fail_all(error);
  }
}

}  // namespace

void v1_translate(const CallPointer& call) {
  const Fields fields = Fields::from_json(call->request().body);
  call->admit(fields.text("api_key", ""));
  auto backend = call->parts().backend();
  TranslationWork work;
  const V1Request request = read_request(fields, *backend, call->parts().options, work);
  call->admit_texts(work.texts);
  call->note_direction(request.direction.source, request.direction.target);
  if (request.is_stream) {
    answer_by_events(call, work, request);
  } else {
    work.on_done = [call, request](std::vector<TranslatedText>& texts) {
      call->reply(answer_json(request, texts));
    };
    work.on_failure = [call](const ApiError& error) { call->fail(error); };
  }
  if (request.direction.is_identity) {
    std::vector<TranslatedText> texts = untranslated(work.texts);
    return work.on_done(texts);
  }
  start_translation(call, std::move(backend), std::move(work));
}

void v1_batch(const CallPointer& call) {
  call->admit("");
  const auto backend = call->parts().backend();
  std::vector<std::string> lines = split(call->request().body, '\n');
  std::erase_if(lines, [](const std::string& line) { return trim(line).empty(); });
  const std::int64_t most = call->parts().options.texts;
  if (most > 0 && std::ssize(lines) > most) {
    throw ApiError(http_status::kBadRequest, str("Invalid request: request (", lines.size(),
                                                 ") exceeds text limit (", most, ")"));
  }
  const auto state = std::make_shared<BatchState>();
  state->call = call;
  state->answers.assign(lines.size(), Json::object());
  state->num_open = lines.size() + 1;
  std::map<GroupKey, BatchGroup> groups;
  for (std::size_t line = 0; line < lines.size(); ++line)
    read_line(lines[line], line, *backend, *state, groups);
  for (auto& [key, group] : groups)
    start_group(state, backend, std::move(group));
  state->close();
}

}  // namespace regard
