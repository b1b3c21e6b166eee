#include "search_arguments.h"

#include <charconv>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/tensor/device.h"
#include "regard/tensor/torch.h"

namespace regard {
namespace {

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

DecodingOptions decoding_of(const SearchArguments& arguments, std::int64_t num_best,
                            const DecodingOptions& trained) {
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
  if (num_best > options.beam_size && !arguments.sample) {
    throw UserError(str("--n-best: ", num_best, " is more than the beam size ", options.beam_size),
                    str("use --beam-size ", num_best));
  }
  return options;
}

}  // namespace

void check_search(const SearchArguments& arguments) {
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
}

TranslatorOptions translator_options(const SearchArguments& arguments, std::int64_t num_best,
                                     const std::vector<OpenedModel>& models) {
  TranslatorOptions options;
  options.decoding = decoding_of(arguments, num_best, models.front().config.decoding);
  options.num_best = num_best;
  options.workers = arguments.workers == "auto" ? 0 : std::stoll(arguments.workers);
  if (arguments.sample) options.draw = parse_draw_options(*arguments.sample);
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
  models = pack(models, *config::from_word<WeightType>(arguments.precision));
  if (keeps_models) return models;
  for (std::size_t i = 0; i < models.size(); ++i) {
    if (models[i].fast == nullptr) continue;
    models[i].module = nullptr;
    opened[i].model = nullptr;
  }
  release_memory(at::kCPU);  // what packing took; only models on the processor are packed
  return models;
}

void add_search_options(CLI::App& command, SearchArguments& a) {
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
}

void add_computing_options(CLI::App& command, SearchArguments& a) {
  command.add_option("--batch-tokens", a.batch_tokens, field_doc("decoding.batch_tokens"))
      ->check(CLI::Range(1, 1 << 30));
  command
      .add_option("--workers", a.workers,
                  "Batches at a time, each on its share of the threads; auto: as many as there are "
                  "threads and enough text.")
      ->type_name("N|auto")
      ->check(CLI::IsMember({"auto"}) | CLI::Range(1, 1024))
      ->capture_default_str();
  command
      .add_option("--precision", a.precision,
                  "Numbers that weights are kept in, on the processor: float32, 16 bits (half the "
                  "memory), or int8 (a quarter, and faster; scores change in the second digit).")
      ->check(CLI::IsMember(config::enum_table<WeightType>().words))
      ->capture_default_str();
}

}  // namespace regard
