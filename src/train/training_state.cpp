#include "regard/train/training_state.h"

#include <nlohmann/json.hpp>

#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

using Json = nlohmann::json;

constexpr int kVersion = 2;

Json to_json(const std::vector<CorpusFingerprint>& texts) {
  Json list = Json::array();
  for (const CorpusFingerprint& text : texts) {
    Json entry = {{"source", text.source}, {"target", text.target}, {"pairs", text.pairs}};
    if (text.links != 0) entry["links"] = text.links;
    list.push_back(std::move(entry));
  }
  return list;
}

/// Runs of older versions have none.
std::vector<CorpusFingerprint> texts_from(const Json& json, const char* key) {
  std::vector<CorpusFingerprint> texts;
  for (const Json& text : json.value(key, Json::array()))
    texts.push_back({text.at("source"), text.at("target"), text.at("pairs"),
                     text.value("links", std::uint64_t{0})});
  return texts;
}

TrainingState from_json(const Json& json) {
  if (json.at("version") != kVersion) {
    throw std::runtime_error(str("unsupported version ", json.at("version").dump(),
                                 " (this program supports ", kVersion, ")"));
  }
  TrainingState state;
  state.update = json.at("update");
  state.refused = json.at("refused");
  state.skipped = json.value("skipped", std::int64_t{0});  // younger than the rest
  state.position = {json.at("epoch"), json.at("batch")};
  state.batch_tokens = json.value("batch_tokens", std::int64_t{0});  // younger than the rest
  state.target_tokens = json.at("target_tokens");
  state.seconds = json.at("seconds");
  state.stalled = json.at("stalled");
  state.reductions = json.at("reductions");
  state.stalled_rate = json.at("stalled_rate");
  state.validated_at = json.at("validated_at");
  state.threads = json.at("threads");
  state.is_validation_due = json.at("is_validation_due");
  state.texts = {texts_from(json, "training_texts"), texts_from(json, "validation_texts")};
  state.finished = json.at("finished");
  for (const Json& item : json.at("best"))
    state.best.push_back({item.at("update"), item.at("value"), item.value("loss", 0.0)});
  if (json.contains("start")) state.start = json.at("start").get<double>();
  return state;
}

}  // namespace

std::string to_json(const TrainingState& state) {
  Json best = Json::array();
  for (const ScoredUpdate& item : state.best)
    best.push_back({{"update", item.update}, {"value", item.value}, {"loss", item.loss}});
  Json json = {{"version", kVersion},
               {"update", state.update},
               {"refused", state.refused},
               {"skipped", state.skipped},
               {"epoch", state.position.epoch},
               {"batch", state.position.batch},
               {"batch_tokens", state.batch_tokens},
               {"target_tokens", state.target_tokens},
               {"seconds", state.seconds},
               {"stalled", state.stalled},
               {"reductions", state.reductions},
               {"stalled_rate", state.stalled_rate},
               {"validated_at", state.validated_at},
               {"best", best},
               {"threads", state.threads},
               {"training_texts", to_json(state.texts.training)},
               {"validation_texts", to_json(state.texts.validation)},
               {"is_validation_due", state.is_validation_due},
               {"finished", state.finished}};
  if (state.start) json["start"] = *state.start;
  return json.dump(2) + "\n";
}

TrainingState training_state_from_json(const std::string& text,
                                       const std::filesystem::path& place) {
  try {
    return from_json(Json::parse(text));
  } catch (const Json::exception&) {
    throw UserError(SourceSpot{place.string()}, "unreadable training state",
                    "remove this checkpoint");
  } catch (const std::exception& error) {
    throw UserError(SourceSpot{place.string()},
                    str("unreadable training state: ", escape_for_message(error.what())),
                    "remove this checkpoint");
  }
}

}  // namespace regard
