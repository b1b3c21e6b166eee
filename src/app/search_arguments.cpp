#include "search_arguments.h"

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/tensor/device.h"
#include "regard/tensor/torch.h"

#include "key_options.h"

namespace regard {
namespace {

/// A number and nothing else, before its type and range are looked at.
bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789.eE-") == std::string::npos;
}

/// The value of decoding.max_length for "100" (subwords) or "2.0x+10" (times the source, plus).
std::string max_length_as_yaml(const std::string& text) {
  const std::size_t times = text.find('x');
  const std::string factor = times == std::string::npos ? "0.0" : text.substr(0, times);
  std::string plus = times == std::string::npos ? text : text.substr(times + 1);
  if (times != std::string::npos && plus.starts_with('+')) plus.erase(0, 1);
  if (!is_number(factor) || !is_number(plus)) {
    throw UserError(str("--max-length: '", escape_for_message(text), "' is not a length"),
                    "use a number of subwords, or FACTORx+PLUS such as 2.0x+10");
  }
  return str("{factor: ", factor, ", plus: ", plus, "}");
}

void add_max_length(cli::Command& command, config::Overrides& overrides) {
  const MaxLengthOptions usual = DecodingOptions().max_length;
  cli::Option option;
  option.name = "--max-length";
  option.text = "Longest translation: subwords, or FACTORx+PLUS times those of the source.";
  option.take = [&overrides](const std::string& value) {
    overrides.add("decoding.max_length", max_length_as_yaml(value), {"--max-length"});
  };
  command.add(std::move(option))
      .called("N|FACTORx+PLUS")
      .otherwise(
          str("default: the model's, else ", format_fixed(usual.factor, 1), "x+", usual.plus));
}

}  // namespace

void check_search(const SearchArguments& arguments) {
  check_overrides(arguments.overrides);
  const std::string* beam_size = arguments.overrides.find("decoding.beam_size");
  if (arguments.sample) {
    parse_draw_options(*arguments.sample);
    if (beam_size != nullptr && *beam_size != "1") {
      throw UserError(str("--sample: sampling has no beam, but --beam-size is ", *beam_size),
                      "remove one of the two; --n-best samples several translations");
    }
  }
  if (arguments.uses_reference && arguments.precision != WeightType::float32) {
    throw UserError(str("--reference: the general operations do not support ",
                        config::word_of(arguments.precision)),
                    "remove --reference or --precision");
  }
}

TranslatorOptions translator_options(const SearchArguments& arguments, std::int64_t num_best,
                                     const std::vector<OpenedModel>& models) {
  TranslatorOptions options;
  options.decoding = models.front().config.decoding;
  options.num_best = num_best;
  options.workers = arguments.workers;
  if (arguments.sample) options.draw = parse_draw_options(*arguments.sample);
  if (num_best > options.decoding.beam_size && !arguments.sample) {
    throw UserError(
        str("--n-best: ", num_best, " is more than the beam size ", options.decoding.beam_size),
        str("use --beam-size ", num_best));
  }
  for (const OpenedModel& model : models)
    limit_lengths(options, model.config.model);
  return options;
}

Models pack_models(std::vector<OpenedModel>& opened, const SearchArguments& arguments,
                   bool keeps_models, Profile* profile) {
  const ProfileSpan span(profile, "packing the weights");
  Models models;
  for (OpenedModel& model : opened) {
    models.push_back(model.model.get());
    if (model.header.source_tokenizer == opened.front().header.source_tokenizer) continue;
    models.back().source =
        std::make_shared<SourceSide>(SourceSide{model.tokenizers.source, model.header.roles});
  }
  if (arguments.uses_reference) return models;
  models = pack(models, arguments.precision);
  if (keeps_models) return models;
  for (std::size_t i = 0; i < models.size(); ++i) {
    if (models[i].fast == nullptr) continue;
    models[i].module = nullptr;
    opened[i].model = nullptr;
  }
  release_memory(at::kCPU);  // what packing took; only models on the CPU are packed
  return models;
}

void add_search_options(cli::Command& command, SearchArguments& a) {
  command.heading_of_options = "Search";
  const auto add = [&](const char* name, const char* key) -> cli::Option& {
    return add_key(command, name, key, a.overrides).otherwise(default_of_model(key));
  };
  add("--beam-size", "decoding.beam_size");
  add("--length-penalty", "decoding.length_penalty").called("none|average:A|gnmt:A");
  add("--stop", "decoding.stop");
  add_max_length(command, a.overrides);
  add("--min-length", "decoding.min_length");
  add("--no-repeat-ngram", "decoding.no_repeat_ngram");
  command
      .option("--sample", a.sample,
              "Sample translations at random instead of searching for the best: temperature=T, "
              "top_k=N, "
              "top_p=P, seed=N, separated by commas.")
      .called("OPTIONS");
}

void add_computing_options(cli::Command& command, SearchArguments& a) {
  command.heading_of_options = "Machine";
  add_key(command, "--batch-tokens", "decoding.batch_tokens", a.overrides)
      .otherwise(default_of_model("decoding.batch_tokens"));
  command.option("--workers", a.workers,
                 "Batches to translate at a time, each on its share of the threads; auto: as many "
                 "as there are threads, if there is enough text.",
                 config::between(1, 1024));
  command.option("--precision", a.precision,
                 "Number type of the weights, on the CPU: float32, 16 bits (half the memory), or "
                 "int8 (a quarter, and faster; scores change in the second digit).");
}

}  // namespace regard
