#include "regard/config/emitter.h"
#include "regard/config/fields.h"
#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/run_layout.h"
#include "regard/core/strings.h"
#include "regard/run/task_model.h"
#include "regard/tensor/torch.h"

#include "command.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

struct AverageArguments {
  std::string output;
  std::vector<std::string> checkpoints;
};

/// The mean of the weights of several checkpoints of one run, as a model directory.
int average(const AverageArguments& arguments) {
  if (arguments.output.empty()) throw UserError("OUT: the name is empty", "name a new folder");
  std::error_code none;
  if (fs::exists(arguments.output, none)) {
    throw UserError(SourceSpot{arguments.output}, "the output already exists",
                    "choose another one, or remove it");
  }
  const OpenedNetwork sum = open_network(arguments.checkpoints.front(), torch::kCPU);
  torch::NoGradGuard no_grad;
  NamedTensors means;
  for (const auto& [name, weight] : named_weights(*sum.network)) {
    means.emplace_back(name, weight.detach().to(torch::kDouble));
  }
  for (std::size_t i = 1; i < arguments.checkpoints.size(); ++i) {
    const OpenedNetwork next = open_network(arguments.checkpoints[i], torch::kCPU);
    if (next.header.source_tokenizer != sum.header.source_tokenizer ||
        next.header.target_tokenizer != sum.header.target_tokenizer) {
      throw UserError(SourceSpot{arguments.checkpoints[i]},
                      "the vocabulary differs from the first checkpoint's",
                      "average checkpoints of one run");
    }
    if (next.config.task != sum.config.task || next.header.labels != sum.header.labels) {
      throw UserError(SourceSpot{arguments.checkpoints[i]},
                      "the task or its labels differ from the first checkpoint's",
                      "average checkpoints of one run");
    }
    const auto changes = config::differences(sum.config.model, next.config.model);
    if (!changes.empty()) {
      throw UserError(
          SourceSpot{arguments.checkpoints[i]},
          str("the architecture differs from the first checkpoint's: model.", changes.front().path,
              " is ", changes.front().text_b, ", not ", changes.front().text_a),
          "average checkpoints of one run");
    }
    const NamedTensors weights = named_weights(*next.network);
    for (std::size_t k = 0; k < means.size(); ++k) {
      if (k >= weights.size() || weights[k].second.sizes() != means[k].second.sizes()) {
        throw UserError(SourceSpot{arguments.checkpoints[i]},
                        "the architecture differs from the first checkpoint's",
                        "average checkpoints of one run");
      }
      means[k].second.add_(weights[k].second);
    }
  }
  for (auto& [name, mean] : means) {
    mean = mean.div_(static_cast<double>(arguments.checkpoints.size())).to(torch::kFloat);
  }
  write_folder_atomically(arguments.output, [&](const fs::path& folder) {
    save_weights(folder / run_layout::kWeights, means, sum.header);
    save_tokenizers(sum.tokenizers, folder);
    write_file_atomically(folder / run_layout::kConfig, config_text(sum.config));
    if (sum.header.labels != 0) save_labels(sum.labels, folder);
  });
  return 0;
}

}  // namespace

Command add_average_command(cli::Command& program) {
  cli::Command& command =
      program.add_command("average", "Average the weights of several checkpoints.");
  auto a = std::make_shared<AverageArguments>();
  command.argument("OUT", a->output, "The new model directory.").folder("OUT").required();
  command.argument("CHECKPOINT", a->checkpoints, "Checkpoints (or model directories) of one run.")
      .folder("CHECKPOINT")
      .required();
  return {&command, [a](CommandContext&) { return average(*a); }};
}

}  // namespace regard
