#include <sstream>

#include <nlohmann/json.hpp>

#include "regard/config/emitter.h"
#include "regard/config/fields.h"
#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/core/utf8.h"
#include "regard/tensor/torch.h"

#include "command.h"
#include "model_folder.h"
#include "text_output.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

struct AverageArguments {
  std::string output;
  std::vector<std::string> checkpoints;
};

/// The mean of the weights of several checkpoints of one run, as a model directory.
int average(const AverageArguments& arguments) {
  if (arguments.output.empty())
    throw UserError("OUT: the name is empty", "give the name of a new folder");
  std::error_code none;
  if (fs::exists(arguments.output, none)) {
    throw UserError(SourceSpot{arguments.output}, "the output exists already",
                    "choose another one, or remove it");
  }
  OpenedModel sum = open_model(arguments.checkpoints.front(), torch::kCPU);
  torch::NoGradGuard no_grad;
  NamedTensors means;
  for (const auto& [name, weight] : named_weights(*sum.model)) {
    means.emplace_back(name, weight.detach().to(torch::kDouble));
  }
  for (std::size_t i = 1; i < arguments.checkpoints.size(); ++i) {
    const OpenedModel next = open_model(arguments.checkpoints[i], torch::kCPU);
    if (next.header.source_tokenizer != sum.header.source_tokenizer ||
        next.header.target_tokenizer != sum.header.target_tokenizer) {
      throw UserError(SourceSpot{arguments.checkpoints[i]},
                      "another vocabulary than the first checkpoint's",
                      "average checkpoints of one run");
    }
    const auto changes = config::differences(sum.config.model, next.config.model);
    if (!changes.empty()) {
      throw UserError(
          SourceSpot{arguments.checkpoints[i]},
          str("another architecture than the first checkpoint's: model.", changes.front().path,
              " is ", changes.front().text_b, ", not ", changes.front().text_a),
          "average checkpoints of one run");
    }
    const NamedTensors weights = named_weights(*next.model);
    for (std::size_t k = 0; k < means.size(); ++k) {
      if (k >= weights.size() || weights[k].second.sizes() != means[k].second.sizes()) {
        throw UserError(SourceSpot{arguments.checkpoints[i]},
                        "another architecture than the first checkpoint's",
                        "average checkpoints of one run");
      }
      means[k].second.add_(weights[k].second);
    }
  }
  for (auto& [name, mean] : means) {
    mean = mean.div_(static_cast<double>(arguments.checkpoints.size())).to(torch::kFloat);
  }
  write_folder_atomically(arguments.output, [&](const fs::path& folder) {
    save_weights(folder / "model.safetensors", means, sum.header);
    save_tokenizers(sum.tokenizers, folder);
    write_file_atomically(folder / "config.yaml", config::to_yaml(sum.config));
  });
  return 0;
}

/// "6 blocks of self_attention, ffn".
std::string blocks_text(const BlocksOptions& blocks) {
  std::vector<std::string> kinds;
  for (const SublayerOptions& sublayer : blocks.sublayers)
    kinds.push_back(kind_of(sublayer));
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

std::string info_json(const OpenedModel& opened) {
  nlohmann::ordered_json tensors = nlohmann::ordered_json::array();
  for (const auto& [name, weight] : named_weights(*opened.model))
    tensors.push_back({{"name", name}, {"shape", weight.sizes().vec()}});
  const nlohmann::ordered_json json = {{"model", replace_invalid_utf8(opened.weights.string())},
                                       {"update", opened.header.update},
                                       {"source", opened.config.data.source},
                                       {"target", opened.config.data.target},
                                       {"parameters", opened.model->num_parameters()},
                                       {"source_vocabulary", opened.model->source_vocabulary()},
                                       {"target_vocabulary", opened.model->target_vocabulary()},
                                       {"is_shared", opened.tokenizers.is_shared},
                                       {"tensors", std::move(tensors)}};
  return json.dump(2) + "\n";
}

int info(const std::string& path, bool as_json) {
  const OpenedModel opened = open_model(path, torch::kCPU);
  if (as_json) {
    write_standard_output(info_json(opened));
    return 0;
  }
  const ModelOptions& model = opened.config.model;
  std::ostringstream text;
  text << "model        " << opened.weights.string() << ", update " << opened.header.update << "\n"
       << "languages    " << language_text(opened.config.data.source) << " -> "
       << language_text(opened.config.data.target) << "\n"
       << "parameters   " << with_thousands(opened.model->num_parameters()) << "\n"
       << "width        " << model.dim << "\n"
       << "encoder      " << encoder_text(*model.encoder) << "\n"
       << "decoder      " << decoder_text(*model.decoder) << "\n"
       << "vocabulary   " << opened.model->source_vocabulary() << " source, "
       << opened.model->target_vocabulary() << " target pieces"
       << (opened.tokenizers.is_shared ? " (shared)" : "") << "\n"
       << "tensors\n";
  for (const auto& [name, weight] : named_weights(*opened.model)) {
    text << "  " << name << " " << weight.sizes() << "\n";
  }
  write_standard_output(text.str());
  return 0;
}

}  // namespace

Command add_average_command(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("average", "A model with the mean of the weights of several checkpoints.");
  auto a = std::make_shared<AverageArguments>();
  command->add_option("output", a->output, "The new model directory.")
      ->required()
      ->type_name("OUT");
  command
      ->add_option("checkpoints", a->checkpoints, "Checkpoints (or model directories) of one run.")
      ->required()
      ->type_name("CHECKPOINT");
  return {command, [a](CommandContext&) { return average(*a); }};
}

Command add_info_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand("info", "What a model is made of.");
  struct Arguments {
    std::string model;
    bool as_json = false;
  };
  auto a = std::make_shared<Arguments>();
  command->add_option("model", a->model, "A model directory, or a checkpoint inside one.")
      ->required()
      ->type_name("MODEL");
  command->add_flag("--json", a->as_json, "Write JSON.");
  return {command, [a](CommandContext&) { return info(a->model, a->as_json); }};
}

}  // namespace regard
