#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "regard/core/utf8.h"

#include "info_text.h"

namespace regard {
namespace {

using OrderedJson = nlohmann::ordered_json;

/// JSON is UTF-8; paths need not be.
std::string safe(const std::string& text) {
  return replace_invalid_utf8(text);
}

OrderedJson to_json(const std::vector<TensorFact>& facts) {
  OrderedJson tensors = OrderedJson::array();
  for (const TensorFact& tensor : facts)
    tensors.push_back({{"name", tensor.name}, {"shape", tensor.shape}});
  return tensors;
}

OrderedJson to_json(const std::vector<TrainingText>& texts) {
  OrderedJson items = OrderedJson::array();
  for (const TrainingText& text : texts) {
    OrderedJson item = {{"source", safe(text.source)}, {"target", safe(text.target)}};
    item["pairs"] = text.pairs > 0 ? OrderedJson(text.pairs) : OrderedJson();
    items.push_back(std::move(item));
  }
  return items;
}

OrderedJson to_json(const std::vector<PrecisionBytes>& precisions) {
  OrderedJson memory = OrderedJson::object();
  for (const PrecisionBytes& precision : precisions)
    memory[precision.name] = precision.bytes;
  return memory;
}

OrderedJson to_json(const std::vector<NextCommand>& commands) {
  OrderedJson next = OrderedJson::array();
  for (const NextCommand& command : commands)
    next.push_back({{"what", command.what}, {"command", safe(command.command)}});
  return next;
}

OrderedJson best_of(const Config& config, const ModelFacts& facts) {
  if (!facts.best) return {};
  return {{"metric", config.validation.stop.metric},
          {"value", facts.best->value},
          {"update", facts.best->update}};
}

}  // namespace

std::string info_json(const TaskFiles& opened, const ModelFacts& facts) {
  OrderedJson labels = OrderedJson::array();
  for (const std::string& label : opened.labels.names())
    labels.push_back(safe(label));
  OrderedJson texts = to_json(facts.training_texts);
  for (OrderedJson& text : texts) {
    text["file"] = text["source"];
    text["examples"] = text["pairs"];
    for (const char* key : {"source", "target", "pairs"})
      text.erase(key);
  }
  const OrderedJson json = {
      {"model", safe(opened.weights.string())},
      {"update", opened.header.update},
      {"task", opened.config.task},
      {"labels", labels},
      {"parameters", facts.parameters},
      {"vocabulary", opened.tokenizers.source.size()},
      {"vocabulary_type", facts.vocabulary_type},
      {"program", facts.program},
      {"best", best_of(opened.config, facts)},
      {"training_texts", texts},
      {"updates", facts.state ? OrderedJson(facts.state->update) : OrderedJson()},
      {"seconds", facts.state ? OrderedJson(facts.state->seconds) : OrderedJson()},
      {"weight_bytes", facts.weight_bytes},
      {"folder_bytes", facts.folder_bytes},
      {"next", to_json(facts.next)},
      {"tensors", to_json(facts.tensors)}};
  return json.dump(2) + "\n";
}

std::string info_json(const ModelFiles& opened, const ModelFacts& facts) {
  const OrderedJson json = {
      {"model", safe(opened.weights.string())},
      {"update", opened.header.update},
      {"source", opened.config.data.source},
      {"target", opened.config.data.target},
      {"parameters", facts.parameters},
      {"source_vocabulary", opened.tokenizers.source.size()},
      {"target_vocabulary", opened.tokenizers.target.size()},
      {"is_shared", opened.tokenizers.is_shared},
      {"vocabulary_type", facts.vocabulary_type},
      {"program", facts.program},
      {"best", best_of(opened.config, facts)},
      {"training_texts", to_json(facts.training_texts)},
      {"updates", facts.state ? OrderedJson(facts.state->update) : OrderedJson()},
      {"target_tokens", facts.state ? OrderedJson(facts.state->target_tokens) : OrderedJson()},
      {"seconds", facts.state ? OrderedJson(facts.state->seconds) : OrderedJson()},
      {"weight_bytes", facts.weight_bytes},
      {"folder_bytes", facts.folder_bytes},
      {"translating_bytes", to_json(facts.translating)},
      {"next", to_json(facts.next)},
      {"tensors", to_json(facts.tensors)}};
  return json.dump(2) + "\n";
}

}  // namespace regard
