#include "libre_api.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "regard/core/descriptor.h"
#include "regard/core/strings.h"

#include "directions.h"
#include "http_status.h"
#include "language_detector.h"
#include "translation_call.h"

namespace regard {
namespace {

/// What an answer needs of its request.
struct LibreRequest {
  ChosenDirection direction;
  bool is_list = false;
  std::int64_t alternatives = 0;
};

Json detected_json(const ChosenDirection& direction) {
  return {{"confidence", *direction.confidence}, {"language", direction.source}};
}

Json alternatives_json(const TranslatedText& text, std::int64_t count) {
  Json list = Json::array();
  std::vector<std::string> seen = {text.translation(0)};
  for (std::int64_t rank = 1; rank <= count; ++rank) {
    std::string other = text.translation(static_cast<std::size_t>(rank));
    if (std::find(seen.begin(), seen.end(), other) != seen.end()) continue;
    list.push_back(other);
    seen.push_back(std::move(other));
  }
  return list;
}

Json translate_json(const LibreRequest& request, const std::vector<TranslatedText>& texts) {
  Json translated = Json::array();
  Json alternatives = Json::array();
  Json detected = Json::array();
  for (const TranslatedText& text : texts) {
    translated.push_back(text.translation());
    if (request.alternatives > 0)
      alternatives.push_back(alternatives_json(text, request.alternatives));
    if (request.direction.confidence) detected.push_back(detected_json(request.direction));
  }
  const auto one_or_all = [&](Json& list) { return request.is_list ? list : list.at(0); };
  Json answer;
  if (request.alternatives > 0) answer["alternatives"] = one_or_all(alternatives);
  if (request.direction.confidence)
    answer["detectedLanguage"] = request.is_list ? detected : detected_json(request.direction);
  answer["translatedText"] = request.is_list ? translated : one_or_all(translated);
  return answer;
}

void require_plain(const std::string& format) {
  if (format == "text") return;
  if (format == "html") {
    throw ApiError(
        http_status::kBadRequest,
        "html format is not supported by this server yet; send text with format \"text\"");
  }
  throw ApiError(http_status::kBadRequest,
                 str(quote_for_message(format, 40), " format is not supported"));
}

}  // namespace

void libre_translate(const CallPointer& call) {
  const ServiceOptions& options = call->parts().options;
  const Fields fields = call->fields();
  call->admit(fields.text("api_key", ""));
  TranslationWork work;
  work.texts = fields.texts("q");
  const std::string source = fields.required_text("source");
  const std::string target = fields.required_text("target");
  require_plain(fields.text("format", "text"));
  LibreRequest request;
  request.is_list = fields.is_list("q");
  request.alternatives = fields.integer("alternatives", 0, 0, options.alternatives - 1);
  call->admit_texts(work.texts);
  auto backend = call->parts().backend();
  request.direction = choose_direction(backend->directions(), source, target, work.texts);
  call->note_direction(request.direction.source, target);
  if (request.direction.is_identity) {
    call->reply(translate_json(request, untranslated(work.texts)));
    return;
  }
  work.direction = request.direction.number;
  work.options.num_best = request.alternatives + 1;
  if (work.options.num_best > 1)
    work.options.beam_size = std::max<std::int64_t>(work.options.num_best, 5);
  work.split = options.split;
  work.on_done = [call, request](std::vector<TranslatedText>& texts) {
    call->reply(translate_json(request, texts));
  };
  work.on_failure = [call](const ApiError& error) { call->fail(error); };
  start_translation(call, std::move(backend), std::move(work));
}

void libre_detect(const CallPointer& call) {
  const Fields fields = call->fields();
  call->admit(fields.text("api_key", ""));
  const std::string text = fields.required_text("q");
  call->admit_texts({text});
  Json answer = Json::array();
  const auto languages = source_languages(call->parts().backend()->directions());
  for (const DetectedLanguage& found : detect_language(text, languages))
    answer.push_back({{"confidence", found.confidence}, {"language", found.language}});
  call->reply(answer);
}

void libre_languages(const CallPointer& call) {
  const auto backend = call->parts().backend();
  const auto& directions = backend->directions();
  std::vector<std::string> all = source_languages(directions);
  for (const std::string& target : target_languages(directions)) {
    if (std::find(all.begin(), all.end(), target) == all.end()) all.push_back(target);
  }
  Json answer = Json::array();
  for (const std::string& code : all) {
    answer.push_back({{"code", code},
                      {"name", language_name(code)},
                      {"targets", target_languages(directions, code)}});
    // A language is a target of itself there: nothing is translated.
    answer.back()["targets"].push_back(code);
  }
  call->reply(answer);
}

void libre_settings(const CallPointer& call) {
  const ServiceOptions& options = call->parts().options;
  const auto backend = call->parts().backend();
  const ServedDirection& first = backend->directions().front();
  const auto language = [](const std::string& code) {
    return Json{{"code", code}, {"name", language_name(code)}};
  };
  call->reply(
      {{"apiKeys", !call->parts().keys()->keys.empty()},
       {"charLimit", options.characters > 0 ? options.characters : -1},
       {"filesTranslation", false},
       {"frontendTimeout", 500},
       {"keyRequired", options.requires_key},
       {"language", {{"source", language(first.source)}, {"target", language(first.target)}}},
       {"suggestions", !options.suggestions.empty()},
       {"supportedFilesFormat", Json::array()}});
}

void libre_suggest(const CallPointer& call) {
  constexpr std::int64_t kMostBytes = std::int64_t{64} << 20;  // of the file
  ServiceParts& parts = call->parts();
  const Fields fields = call->fields();
  call->admit(fields.text("api_key", ""));
  if (parts.options.suggestions.empty())
    throw ApiError(http_status::kForbidden, "Suggestions are disabled on this server.");
  Json line;
  std::vector<std::string> texts;
  for (const char* name : {"q", "s", "source", "target"}) {
    texts.push_back(fields.required_text(name));
    line[name] = texts.back();
  }
  call->admit_texts(texts);
  const std::string text = to_text(line) + "\n";
  const std::scoped_lock lock(parts.suggestions);
  const Descriptor file(
      ::open(parts.options.suggestions.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640));
  struct stat facts = {};
  const bool has_room =
      file.is_open() && ::fstat(file.get(), &facts) == 0 && facts.st_size < kMostBytes;
  if (!has_room || ::write(file.get(), text.data(), text.size()) != std::ssize(text)) {
    parts.logger.error(
        str(parts.options.suggestions.string(), ": a suggestion was not written: ",
            has_room || !file.is_open() ? std::strerror(errno) : "64 MiB are there"));
    throw ApiError(http_status::kFailed, "The suggestion could not be stored");
  }
  call->reply({{"success", true}});
}

}  // namespace regard
