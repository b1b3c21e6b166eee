#include <optional>
#include <sstream>

#include <nlohmann/json.hpp>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/core/utf8.h"
#include "regard/layers/sublayer_kind.h"
#include "regard/run/model_facts.h"
#include "regard/run/model_folder.h"
#include "regard/run/suggested_command.h"
#include "regard/tensor/torch.h"

#include "command.h"
#include "key_options.h"
#include "text_output.h"

namespace regard {
namespace {

using OrderedJson = nlohmann::ordered_json;

struct InfoArguments {
  std::string model;
  bool as_json = false;
  bool has_tensors = false;
};

/// "6 blocks of self_attention, ffn".
std::string blocks_text(const BlocksOptions& blocks) {
  std::vector<std::string> kinds;
  for (const SublayerOptions& sublayer : blocks.sublayers)
    kinds.push_back(kind_of(sublayer).name);
  return str(blocks.repeat, blocks.repeat == 1 ? " block of " : " blocks of ", join(kinds, ", "));
}

std::string encoder_text(const EncoderOptions& encoder) {
  std::vector<std::string> branches;
  for (const BlocksOptions& blocks : branches_of(encoder))
    branches.push_back(blocks_text(blocks));
  return join(branches, "  |  ");
}

std::string decoder_text(const DecoderOptions& decoder) {
  if (decoder.kind == DecoderKind::blocks) return blocks_text(*decoder.blocks);
  const std::string cells = str(decoder.layers, " ", config::word_of(decoder.cell),
                                decoder.layers == 1 ? " layer" : " layers");
  if (!decoder.attention) return cells + " without attention";
  return str(cells, " with ", decoder.attention->score, " attention ",
             config::word_of(decoder.attend), " the cell");
}

std::string language_text(const std::string& name) {
  return name.empty() ? "not known" : name;
}

std::string mebibytes(std::int64_t bytes) {
  const double size = static_cast<double>(bytes) / 1048576.0;
  return str(
      size < 10 ? format_fixed(size, 1) : with_thousands(static_cast<std::int64_t>(size + 0.5)),
      " MiB");
}

std::string pairs_text(std::int64_t pairs) {
  return pairs > 0 ? str(", ", with_thousands(pairs), pairs == 1 ? " pair" : " pairs") : "";
}

/// One line of the report.
std::string row(std::string_view name, const std::string& value) {
  constexpr std::size_t kNames = 13;
  return str(name, std::string(kNames - name.size(), ' '), value, "\n");
}

std::string training_rows(const OpenedModel& opened, const ModelFacts& facts) {
  std::string text;
  std::string_view name = "trained on";
  for (const TrainingText& corpus : facts.training_texts) {
    text += row(name, str(corpus.source, " and ", corpus.target, pairs_text(corpus.pairs)));
    name = "";
  }
  if (facts.state) {
    const TrainingState& state = *facts.state;
    text +=
        row(name, str(with_thousands(state.update), state.update == 1 ? " update, " : " updates, ",
                      with_thousands(state.target_tokens), " target tokens, ",
                      format_duration(state.seconds)));
  }
  if (facts.best) {
    const std::string& metric = opened.config.validation.stop.metric;
    const bool is_this = facts.best->update == opened.header.update;
    text += row("score", str(metric, " ", format_fixed(facts.best->value, 2), " at update ",
                             facts.best->update, ", the best on the validation text",
                             is_this ? "" : " (of another checkpoint)"));
  }
  return text;
}

std::string memory_text(const ModelFacts& facts) {
  std::vector<std::string> parts;
  for (const PrecisionBytes& precision : facts.translating)
    parts.push_back(str(precision.name, " ", mebibytes(precision.bytes)));
  return join(parts, ", ") + " of weights";
}

std::string info_text(const OpenedModel& opened, const InfoArguments& arguments) {
  const ModelFacts facts = facts_of(opened, arguments.model);
  const ModelOptions& model = opened.config.model;
  const std::string vocabulary_kind =
      str(facts.vocabulary_type, facts.vocabulary_type.empty() ? "" : ", ",
          opened.tokenizers.is_shared ? "shared" : "one for each side");
  std::ostringstream text;
  text << row("model", str(opened.weights.string(), ", update ", opened.header.update,
                           facts.program.empty() ? "" : ", written by regard " + facts.program))
       << row("languages", str(language_text(opened.config.data.source), " -> ",
                               language_text(opened.config.data.target)))
       << training_rows(opened, facts)
       << row("parameters", with_thousands(opened.model->num_parameters()))
       << row("width", std::to_string(model.dim)) << row("encoder", encoder_text(*model.encoder))
       << row("decoder", decoder_text(*model.decoder))
       << row("vocabulary",
              str(opened.model->source_vocabulary(), " source, ", opened.model->target_vocabulary(),
                  " target pieces (", vocabulary_kind, ")"))
       << row("on disk", str(mebibytes(facts.weight_bytes), " of weights, ",
                             mebibytes(facts.folder_bytes), " in ", opened.folder.string()))
       << row("memory", memory_text(facts) + " while translating");
  for (std::size_t i = 0; i < facts.next.size(); ++i)
    text << row(i == 0 ? "next" : "", str(facts.next[i].what, ":  ", facts.next[i].command));
  if (!arguments.has_tensors) return text.str();
  text << "tensors\n";
  for (const auto& [name, weight] : named_weights(*opened.model))
    text << "  " << name << " " << weight.sizes() << "\n";
  return text.str();
}

std::string info_json(const OpenedModel& opened, const InfoArguments& arguments) {
  const ModelFacts facts = facts_of(opened, arguments.model);
  const auto safe = [](const std::string& text) { return replace_invalid_utf8(text); };
  OrderedJson tensors = OrderedJson::array();
  for (const auto& [name, weight] : named_weights(*opened.model))
    tensors.push_back({{"name", name}, {"shape", weight.sizes().vec()}});
  OrderedJson texts = OrderedJson::array();
  for (const TrainingText& text : facts.training_texts) {
    OrderedJson item = {{"source", safe(text.source)}, {"target", safe(text.target)}};
    item["pairs"] = text.pairs > 0 ? OrderedJson(text.pairs) : OrderedJson();
    texts.push_back(std::move(item));
  }
  OrderedJson memory = OrderedJson::object();
  for (const PrecisionBytes& precision : facts.translating)
    memory[precision.name] = precision.bytes;
  OrderedJson next = OrderedJson::array();
  for (const NextCommand& command : facts.next)
    next.push_back({{"what", command.what}, {"command", safe(command.command)}});
  OrderedJson best;
  if (facts.best) {
    best = {{"metric", opened.config.validation.stop.metric},
            {"value", facts.best->value},
            {"update", facts.best->update}};
  }
  const OrderedJson json = {
      {"model", safe(opened.weights.string())},
      {"update", opened.header.update},
      {"source", opened.config.data.source},
      {"target", opened.config.data.target},
      {"parameters", opened.model->num_parameters()},
      {"source_vocabulary", opened.model->source_vocabulary()},
      {"target_vocabulary", opened.model->target_vocabulary()},
      {"is_shared", opened.tokenizers.is_shared},
      {"vocabulary_type", facts.vocabulary_type},
      {"program", facts.program},
      {"best", best},
      {"training_texts", texts},
      {"updates", facts.state ? OrderedJson(facts.state->update) : OrderedJson()},
      {"target_tokens", facts.state ? OrderedJson(facts.state->target_tokens) : OrderedJson()},
      {"seconds", facts.state ? OrderedJson(facts.state->seconds) : OrderedJson()},
      {"weight_bytes", facts.weight_bytes},
      {"folder_bytes", facts.folder_bytes},
      {"translating_bytes", memory},
      {"next", next},
      {"tensors", std::move(tensors)}};
  return json.dump(2) + "\n";
}

int info(const InfoArguments& arguments) {
  const OpenedModel opened = open_model(arguments.model, torch::kCPU);
  write_standard_output(arguments.as_json ? info_json(opened, arguments)
                                          : info_text(opened, arguments));
  return 0;
}

}  // namespace

Command add_info_command(cli::Command& program) {
  cli::Command& command = program.add_command(
      "info", "Show a model: architecture, score, size, and useful next commands.");
  auto a = std::make_shared<InfoArguments>();
  add_model(command, a->model);
  command.flag("--tensors", a->has_tensors, "List the names and shapes of all weights.");
  command.flag("--json", a->as_json, "Write all of it as JSON, tensors included.");
  return {&command, [a](CommandContext&) { return info(*a); }};
}

}  // namespace regard
