#include <charconv>
#include <filesystem>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/decode/translator.h"
#include "regard/tensor/device.h"
#include "regard/tensor/torch.h"

#include "command.h"
#include "model_folder.h"
#include "profile_report.h"
#include "signals.h"
#include "translate_filter.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

/// "100" (subwords) or "2.0x+10" (times the source, plus).
MaxLengthOptions parse_max_length(const std::string& text) {
  const auto fail = [&]() -> MaxLengthOptions {
    throw UserError(str("--max-length: '", escape_for_message(text), "' is not a length"),
                    "use a number of subwords, or FACTORx+PLUS such as 2.0x+10");
  };
  MaxLengthOptions options{0.0, 0};
  const char* begin = text.data();
  const char* end = begin + text.size();
  if (const auto times = text.find('x'); times != std::string::npos) {
    const auto [stop, code] = std::from_chars(begin, begin + times, options.factor);
    if (code != std::errc() || stop != begin + times ||
        !(options.factor >= 0 && options.factor <= 100))
      fail();
    begin += times + 1;
    if (begin != end && *begin == '+') ++begin;
  }
  const auto [stop, code] = std::from_chars(begin, end, options.plus);
  if (code != std::errc() || stop != end || options.plus < 1 || options.plus > 100000) fail();
  return options;
}

DecodingOptions decoding_of(const TranslateArguments& arguments, const DecodingOptions& trained) {
  DecodingOptions options = trained;
  if (arguments.beam_size) options.beam_size = *arguments.beam_size;
  if (arguments.length_penalty) options.length_penalty = *arguments.length_penalty;
  if (arguments.stop) options.stop = *config::from_word<StopRule>(*arguments.stop);
  if (arguments.max_length) options.max_length = parse_max_length(*arguments.max_length);
  if (arguments.min_length) options.min_length = *arguments.min_length;
  if (arguments.batch_tokens) options.batch_tokens = *arguments.batch_tokens;
  if (arguments.no_repeat_ngram) options.no_repeat_ngram = *arguments.no_repeat_ngram;
  parse_length_penalty(options.length_penalty);
  if (options.max_length.factor == 0.0 && options.min_length > options.max_length.plus) {
    throw UserError(str("--min-length: ", options.min_length, " is more than --max-length ",
                        options.max_length.plus),
                    "make the longest translation at least as long as the shortest");
  }
  if (arguments.num_best > options.beam_size && !arguments.sample) {
    throw UserError(
        str("--n-best: ", arguments.num_best, " is more than the beam size ", options.beam_size),
        str("use --beam-size ", arguments.num_best));
  }
  return options;
}

TranslatorOptions translator_options(const TranslateArguments& arguments,
                                     const std::vector<OpenedModel>& models) {
  TranslatorOptions options;
  options.decoding = decoding_of(arguments, models.front().config.decoding);
  options.num_best = std::max<std::int64_t>(1, arguments.num_best);
  options.workers = arguments.workers == "auto" ? 0 : std::stoll(arguments.workers);
  if (arguments.sample) options.draw = parse_draw_options(*arguments.sample);
  if (!arguments.alignments.empty())
    options.alignment = AlignmentOptions{arguments.alignment_layer, arguments.alignment_head};
  for (const OpenedModel& model : models)
    limit_lengths(options, model.config.model);
  return options;
}

/// Whether two outputs would replace each other; a device takes what both write.
bool is_same_file(const std::string& one, const std::string& other) {
  std::error_code failed;
  const fs::path path = fs::weakly_canonical(fs::absolute(one, failed), failed);
  if (failed || path != fs::weakly_canonical(fs::absolute(other, failed), failed)) return false;
  return fs::is_regular_file(path, failed) || !fs::exists(path, failed);
}

/// Contradictions that can be told before anything is opened.
void check_arguments(const TranslateArguments& arguments) {
  if (arguments.sample) {
    parse_draw_options(*arguments.sample);
    if (arguments.beam_size && *arguments.beam_size > 1) {
      throw UserError(
          str("--sample: drawing has no beam, but --beam-size is ", *arguments.beam_size),
          "leave one of the two out; --n-best draws several translations");
    }
  }
  if (arguments.uses_reference && arguments.precision != "float32") {
    throw UserError(str("--reference: general operations have no ", arguments.precision),
                    "leave out --reference or --precision");
  }
  if (arguments.alignments.empty() &&
      (arguments.alignment_layer >= 0 || arguments.alignment_head >= 0)) {
    throw UserError("--alignment-layer and --alignment-head: no alignments are written",
                    "add --alignments FILE");
  }
  if (!arguments.output.empty() && !arguments.alignments.empty() &&
      is_same_file(arguments.output, arguments.alignments)) {
    throw UserError(
        str("--alignments: ", escape_for_message(arguments.alignments), " is the file of --output"),
        "choose another file for one of them");
  }
}

std::vector<OpenedModel> open_profiled(const TranslateArguments& arguments,
                                       const torch::Device& device, Profile* profile) {
  const ProfileSpan span(profile, "opening the model");
  return open_models(arguments.model, device);
}

/// What searches ask. A model that was packed is let go, so that its weights are not there twice,
/// unless alignments are wanted, which are read from the model itself.
Models models_of(std::vector<OpenedModel>& opened, const TranslateArguments& arguments,
                 Profile* profile) {
  const ProfileSpan span(profile, "packing the weights");
  Models models;
  for (OpenedModel& model : opened)
    models.push_back(model.model.get());
  if (arguments.uses_reference) return models;
  models = pack(models, *config::from_word<WeightType>(arguments.precision));
  if (!arguments.alignments.empty()) return models;
  for (std::size_t i = 0; i < models.size(); ++i) {
    if (models[i].fast == nullptr) continue;
    models[i].module = nullptr;
    opened[i].model = nullptr;
  }
  release_memory(at::kCPU);  // what packing took; only models on the processor are packed
  return models;
}

int run(const TranslateArguments& arguments, CommandContext& context) {
  const auto logger = make_logger({});
  check_arguments(arguments);
  TranslateInputs texts(arguments, &context.stop);  // what is caught would not end its waiting
  announce_stop("stopping");
  catch_signals();  // a file that is being written must not be left behind half done
  const torch::Device device = parse_device(arguments.device);
  std::optional<Profile> taken;
  Profile* profile = nullptr;
  if (arguments.is_profiled) profile = &taken.emplace([device] { wait_for(device); });
  std::vector<OpenedModel> opened = open_profiled(arguments, device, profile);
  const OpenedModel& first = opened.front();
  TranslatorOptions options = translator_options(arguments, opened);
  options.profile = profile;
  Translator translator(first.tokenizers.source, first.tokenizers.target, first.header.roles,
                        options);
  Models models = models_of(opened, arguments, profile);
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

/// What changes the text of the translations.
void add_search_options(CLI::App& command, TranslateArguments& a) {
  command.add_option("--beam-size", a.beam_size, field_doc("decoding.beam_size"))
      ->check(CLI::Range(1, 256));
  command.add_option("--length-penalty", a.length_penalty, field_doc("decoding.length_penalty"));
  command.add_option("--stop", a.stop, field_doc("decoding.stop"))
      ->check(CLI::IsMember(config::enum_table<StopRule>().words));
  command.add_option(
      "--max-length", a.max_length,
      "Longest translation: subwords, or FACTORx+PLUS times the source, such as 2.0x+10.");
  command.add_option("--min-length", a.min_length, field_doc("decoding.min_length"))
      ->check(CLI::Range(0, 100000));
  command.add_option("--no-repeat-ngram", a.no_repeat_ngram, field_doc("decoding.no_repeat_ngram"))
      ->check(CLI::Range(0, 1000));
  command
      .add_option("--sample", a.sample,
                  "Draw translations at random instead of searching the best: temperature=T, "
                  "top_k=N, top_p=P, seed=N, separated by commas.")
      ->type_name("OPTIONS");
  command
      .add_option("--prefix", a.prefix,
                  "Text that each translation begins with, a line for each line; blank = none.")
      ->type_name("FILE");
}

/// What is written beside the translations.
void add_output_options(CLI::App& command, TranslateArguments& a) {
  command
      .add_option("--n-best", a.num_best,
                  "Write the N best translations of each line, in Moses format.")
      ->check(CLI::Range(1, 256));
  command.add_flag("--scores", a.has_scores,
                   "Write the score (after the length penalty) and a tab before each line.");
  command
      .add_option("--alignments", a.alignments,
                  "Write which words belong together, source-target pairs such as 0-0 1-2, a line "
                  "for each translation (Pharaoh format).")
      ->type_name("FILE");
  command
      .add_option("--alignment-layer", a.alignment_layer,
                  "Decoder block that alignments are read from, counted from 0; all if not given.")
      ->check(CLI::Range(0, 255));
  command
      .add_option("--alignment-head", a.alignment_head,
                  "Its attention head, counted from 0; all if not given.")
      ->check(CLI::Range(0, 1023));
}

}  // namespace

Command add_translate_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand("translate", "Translate text, a line in, a line out.");
  auto a = std::make_shared<TranslateArguments>();
  command
      ->add_option("model", a->model,
                   "A model directory, or a checkpoint inside one; A,B = an ensemble of both.")
      ->required()
      ->type_name("MODEL");
  command
      ->add_option("--input", a->input, "Text, one sentence a line; standard input if not given.")
      ->type_name("FILE");
  command->add_option("--output", a->output, "Standard output if not given.")->type_name("FILE");
  add_search_options(*command, *a);
  add_output_options(*command, *a);
  command->add_option("--batch-tokens", a->batch_tokens, field_doc("decoding.batch_tokens"))
      ->check(CLI::Range(1, 1 << 30));
  command
      ->add_option(
          "--workers", a->workers,
          "Batches at a time, each on its share of the threads; auto: as many as there are "
          "threads and enough text.")
      ->type_name("N|auto")
      ->check(CLI::IsMember({"auto"}) | CLI::Range(1, 1024))
      ->capture_default_str();
  command
      ->add_option("--precision", a->precision,
                   "Numbers that weights are kept in, on the processor: float32, 16 bits (half the "
                   "memory), or int8 (a quarter, and faster; scores change in the second digit).")
      ->check(CLI::IsMember(config::enum_table<WeightType>().words))
      ->capture_default_str();
  command->add_flag("--reference", a->uses_reference,
                    "Compute with LibTorch's general operations instead of packed weights: slower, "
                    "for comparisons.");
  command->add_option("--device", a->device, field_doc("device"))->capture_default_str();
  command->add_flag("--strict", a->is_strict, "Refuse invalid UTF-8 instead of replacing it.");
  command->add_flag("--profile", a->is_profiled,
                    "Show where time and memory went, and write it beside the output, or to "
                    "regard.profile.json, for ui.perfetto.dev and chrome://tracing.");
  return {command, [a](CommandContext& context) { return run(*a, context); }};
}

}  // namespace regard
