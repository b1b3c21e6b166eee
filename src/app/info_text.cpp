#include "info_text.h"

#include <sstream>
#include <vector>

#include "regard/core/strings.h"
#include "regard/layers/sublayer_kind.h"
#include "regard/run/task_labels.h"

namespace regard {
namespace {

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

std::string pairs_text(std::int64_t pairs, bool are_examples) {
  if (pairs == 0) return "";
  return str(", ", with_thousands(pairs), are_examples ? " example" : " pair",
             pairs == 1 ? "" : "s");
}

/// One line of the report.
std::string row(std::string_view name, const std::string& value) {
  constexpr std::size_t kNames = 13;
  return str(name, std::string(kNames - name.size(), ' '), value, "\n");
}

/// What a model of `update` was trained on, and how well it does; losses are divided by `unit`.
std::string training_rows(const Config& config, std::int64_t update, const std::string& unit,
                          const ModelFacts& facts) {
  std::string text;
  std::string_view name = "trained on";
  for (const TrainingText& corpus : facts.training_texts) {
    const std::string files =
        corpus.target.empty() ? corpus.source : str(corpus.source, " and ", corpus.target);
    text += row(name, str(files, pairs_text(corpus.pairs, corpus.target.empty())));
    name = "";
  }
  if (facts.state) {
    const TrainingState& state = *facts.state;
    text +=
        row(name, str(with_thousands(state.update), state.update == 1 ? " update, " : " updates, ",
                      with_thousands(state.target_tokens), " ", unit, ", ",
                      format_duration(state.seconds)));
  }
  if (facts.best) {
    const std::string& metric = config.validation.stop.metric;
    const bool is_this = facts.best->update == update;
    text += row("score", str(metric, " ", format_fixed(facts.best->value, 2), " at update ",
                             facts.best->update, ", the best on the validation text",
                             is_this ? "" : " (of another checkpoint)"));
  }
  return text;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::vector<std::string> sizes;
  for (const std::int64_t size : shape)
    sizes.push_back(std::to_string(size));
  return str("[", join(sizes, ", "), "]");
}

std::string memory_text(const ModelFacts& facts) {
  std::vector<std::string> parts;
  for (const PrecisionBytes& precision : facts.translating)
    parts.push_back(str(precision.name, " ", mebibytes(precision.bytes)));
  return join(parts, ", ") + " of weights";
}

std::string next_rows(const ModelFacts& facts) {
  std::string text;
  for (std::size_t i = 0; i < facts.next.size(); ++i)
    text += row(i == 0 ? "next" : "", str(facts.next[i].what, ":  ", facts.next[i].command));
  return text;
}

std::string tensor_rows(const ModelFacts& facts) {
  std::string text = "tensors\n";
  for (const TensorFact& tensor : facts.tensors)
    text += str("  ", tensor.name, " ", shape_text(tensor.shape), "\n");
  return text;
}

}  // namespace

std::string info_text(const ModelFiles& opened, const ModelFacts& facts, bool has_tensors) {
  const ModelOptions& model = opened.config.model;
  const std::string vocabulary_kind =
      str(facts.vocabulary_type, facts.vocabulary_type.empty() ? "" : ", ",
          opened.tokenizers.is_shared ? "shared" : "one for each side");
  std::ostringstream text;
  text << row("model", str(opened.weights.string(), ", update ", opened.header.update,
                           facts.program.empty() ? "" : ", written by regard " + facts.program))
       << row("languages", str(language_text(opened.config.data.source), " -> ",
                               language_text(opened.config.data.target)))
       << training_rows(opened.config, opened.header.update, "target tokens", facts)
       << row("parameters", with_thousands(facts.parameters))
       << row("width", std::to_string(model.dim)) << row("encoder", encoder_text(*model.encoder))
       << row("decoder", decoder_text(*model.decoder))
       << row("vocabulary",
              str(opened.tokenizers.source.size(), " source, ", opened.tokenizers.target.size(),
                  " target pieces (", vocabulary_kind, ")"))
       << row("on disk", str(mebibytes(facts.weight_bytes), " of weights, ",
                             mebibytes(facts.folder_bytes), " in ", opened.folder.string()))
       << row("memory", memory_text(facts) + " while translating");
  text << next_rows(facts) << (has_tensors ? tensor_rows(facts) : "");
  return text.str();
}

std::string info_text(const TaskFiles& opened, const ModelFacts& facts, bool has_tensors) {
  const ModelOptions& model = opened.config.model;
  std::ostringstream text;
  text << row("model", str(opened.weights.string(), ", update ", opened.header.update,
                           facts.program.empty() ? "" : ", written by regard " + facts.program))
       << row("task", str(opened.config.task, ": ", task_spec(opened.config.task).summary));
  if (!opened.labels.names().empty()) text << row("labels", labels_text(opened.labels));
  text << training_rows(opened.config, opened.header.update, opened.unit, facts)
       << row("parameters", with_thousands(facts.parameters))
       << row("width", std::to_string(model.dim)) << row("encoder", encoder_text(*model.encoder))
       << row("vocabulary", str(opened.tokenizers.source.size(), " pieces",
                                facts.vocabulary_type.empty() ? "" : " (", facts.vocabulary_type,
                                facts.vocabulary_type.empty() ? "" : ")"))
       << row("on disk", str(mebibytes(facts.weight_bytes), " of weights, ",
                             mebibytes(facts.folder_bytes), " in ", opened.folder.string()))
       << next_rows(facts) << (has_tensors ? tensor_rows(facts) : "");
  return text.str();
}

}  // namespace regard
