#include "search_options.h"

#include "regard/core/error.h"
#include "regard/core/strings.h"

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

void add_search_options(cli::Command& command, SearchSetup& setup) {
  command.heading_of_options = "Search";
  const auto add = [&](const char* name, const char* key) -> cli::Option& {
    return add_key(command, name, key, setup.overrides).otherwise(default_of_model(key));
  };
  add("--beam-size", "decoding.beam_size");
  add("--length-penalty", "decoding.length_penalty").called("none|average:A|gnmt:A");
  add("--stop", "decoding.stop");
  add_max_length(command, setup.overrides);
  add("--min-length", "decoding.min_length");
  add("--no-repeat-ngram", "decoding.no_repeat_ngram");
  command
      .option("--sample", setup.sample,
              "Draw translations at random instead of searching the best: temperature=T, top_k=N, "
              "top_p=P, seed=N, separated by commas.")
      .called("OPTIONS");
}

void add_computing_options(cli::Command& command, SearchSetup& setup) {
  command.heading_of_options = "Machine";
  add_key(command, "--batch-tokens", "decoding.batch_tokens", setup.overrides)
      .otherwise(default_of_model("decoding.batch_tokens"));
  command.option("--workers", setup.workers,
                 "Batches to translate at a time, each on its share of the threads; auto: as many "
                 "as there are threads, if there is enough text.",
                 config::between(1, 1024));
  command.option("--precision", setup.precision,
                 "Number type of the weights, on the CPU: float32, 16 bits (half the memory), or "
                 "int8 (a quarter, and faster; scores change in the second digit).");
}

}  // namespace regard
