#include <algorithm>
#include <filesystem>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/decode/translator.h"
#include "regard/run/model_folder.h"
#include "regard/run/profile_report.h"
#include "regard/tensor/device.h"
#include "regard/tensor/torch.h"

#include "command.h"
#include "key_options.h"
#include "signals.h"
#include "translate_filter.h"

namespace regard {
namespace {

TranslatorOptions options_of(const TranslateArguments& arguments,
                             const std::vector<OpenedModel>& models) {
  TranslatorOptions options =
      translator_options(arguments, std::max<std::int64_t>(1, arguments.num_best), models);
  if (!arguments.alignments.empty())
    options.alignment = alignment_options(arguments, models.front().config);
  options.has_token_scores = arguments.score_unit() != ScoreUnit::none;
  return options;
}

std::vector<OpenedModel> open_profiled(const TranslateArguments& arguments,
                                       const torch::Device& device, Profile* profile) {
  const ProfileSpan span(profile, "opening the model");
  return open_models(arguments.model, device, arguments.overrides);
}

/// Weights of the attention, and scores of parts, are of the subwords of one vocabulary.
void check_details_of_ensemble(const TranslateArguments& arguments,
                               const std::vector<OpenedModel>& opened) {
  const std::pair<const char*, bool> options[] = {{"--alignments", !arguments.alignments.empty()},
                                                  {"--pieces", !arguments.pieces.empty()},
                                                  {"--word-scores", arguments.has_word_scores},
                                                  {"--piece-scores", arguments.has_piece_scores}};
  const auto* given = std::find_if(std::begin(options), std::end(options),
                                   [](const auto& option) { return option.second; });
  if (given == std::end(options)) return;
  for (const OpenedModel& model : opened) {
    if (model.header.source_tokenizer == opened.front().header.source_tokenizer) continue;
    throw UserError(str(given->first, ": ", model.folder.string(),
                        " has a different source vocabulary from the ensemble's first model"),
                    "take them from one of the models");
  }
}

int run(const TranslateArguments& arguments, CommandContext& context) {
  const auto logger = make_logger({});
  check_search(arguments);
  check_details(arguments, arguments.output);
  TranslateInputs texts(arguments, &context.stop);  // what is caught would not end its waiting
  announce_stop("stopping");
  catch_signals();  // a file that is being written must not be left behind half done
  const torch::Device device = parse_device(arguments.device);
  std::optional<Profile> taken;
  Profile* profile = nullptr;
  if (arguments.is_profiled) profile = &taken.emplace([device] { wait_for(device); });
  std::vector<OpenedModel> opened = open_profiled(arguments, device, profile);
  check_details_of_ensemble(arguments, opened);
  const OpenedModel& first = opened.front();
  TranslatorOptions options = options_of(arguments, opened);
  options.profile = profile;
  Translator translator(first.tokenizers.source, first.tokenizers.target, first.header.roles,
                        options);
  Models models = pack_models(opened, arguments, options.alignment.has_value(), profile);
  std::vector<std::filesystem::path> inputs = {arguments.input, arguments.prefix};
  for (const OpenedModel& model : opened) {
    const auto files = files_of(model);
    inputs.insert(inputs.end(), files.begin(), files.end());
  }
  Outputs outputs(arguments, inputs);
  TranslateFilter(std::move(models), translator, texts, arguments, *logger, context.stop, profile)
      .run(outputs);
  if (context.stop.is_requested()) return 128 + context.stop.signal_number();
  outputs.commit();
  if (profile != nullptr) report_profile(*profile, profile_path(arguments.output), *logger);
  return 0;
}

/// What goes in and comes out.
void add_text_options(cli::Command& command, TranslateArguments& a) {
  command
      .argument("MODEL", a.model,
                "A model directory, or a checkpoint inside one; A,B = an ensemble of both.")
      .folder("MODEL")
      .required();
  command.option("--input", a.input, "Text, one sentence per line; standard input if not given.")
      .file();
  command.flag("--strict", a.is_strict, "Treat invalid UTF-8 as an error instead of replacing it.");
  command.heading_of_options = "Output";
  command.option("--output", a.output, "Standard output if not given.").file();
  command.option("--n-best", a.num_best,
                 "Write the N best translations of each line, in Moses format.",
                 config::between(1, 256));
  command.flag("--scores", a.has_scores,
               "Write the score (with length penalty) and a tab before each line.");
  add_detail_options(command, a);
}

}  // namespace

Command add_translate_command(cli::Command& program) {
  cli::Command& command = program.add_command("translate", "Translate text, line by line.");
  auto a = std::make_shared<TranslateArguments>();
  add_text_options(command, *a);
  add_search_options(command, *a);
  command
      .option("--prefix", a->prefix,
              "Forced beginnings of the translations, one per line; blank = none.")
      .file();
  add_computing_options(command, *a);
  command.flag("--reference", a->uses_reference,
               "Compute with LibTorch's general operations instead of packed weights: slower, for "
               "comparison.");
  add_device(command, a->device);
  command.flag("--profile", a->is_profiled,
               "Show where time and memory went, and write it next to the output, or to "
               "regard.profile.json, for ui.perfetto.dev and chrome://tracing.");
  return {&command, [a](CommandContext& context) { return run(*a, context); }};
}

}  // namespace regard
