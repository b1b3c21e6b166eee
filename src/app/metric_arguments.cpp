#include "metric_arguments.h"

#include "regard/core/strings.h"

namespace regard {
namespace {

void add_bleu_options(cli::Command& command, MetricArguments& arguments) {
  command
      .option("--tokenize", arguments.tokenize,
              "Tokenizer for BLEU: 13a, intl, char, zh, none, ja-mecab, ko-mecab, flores101, "
              "flores200, spBLEU-1K, or spm:FILE with a SentencePiece model. Default: by MODEL's "
              "target language, else 13a.")
      .called("NAME")
      .hinting({"13a", "intl", "char", "zh", "none", "ja-mecab", "ko-mecab", "flores101",
                "flores200", "spBLEU-1K"});
  command.option("--smooth", arguments.smooth, "Smoothing of BLEU: exp, floor, add-k or none.")
      .called("METHOD")
      .hinting({"exp", "floor", "add-k", "none"});
  command
      .option("--smooth-value", arguments.smooth_value,
              "Value for smoothing floor (default 0.1) or add-k (default 1).")
      .otherwise("");
  command.flag("--lowercase", arguments.is_lowercased, "Ignore case in BLEU and chrF.");
}

void add_chrf_options(cli::Command& command, ChrfOptions& chrf) {
  command.option("--chrf-char-order", chrf.character_order, "Maximum character n-gram order.",
                 config::between(0, 100));
  command.option("--chrf-word-order", chrf.word_order,
                 "Maximum word n-gram order in chrf; chrf++ is chrf with 2.",
                 config::between(0, 100));
  command.option("--chrf-beta", chrf.beta, "How many times as important recall is as precision.",
                 config::between(1, 1000));
  command.flag("--chrf-whitespace", chrf.has_white_space,
               "Count white space among the characters of chrF.");
  command.flag("--chrf-eps-smoothing", chrf.has_epsilon,
               "Average the F-scores of all orders, as chrF++.py does.");
}

void add_ter_options(cli::Command& command, TerOptions& ter) {
  command.flag("--ter-case-sensitive", ter.is_case_sensitive, "Case-sensitive TER.");
  command.flag("--ter-normalized", ter.is_normalized,
               "Tercom's normalization for TER, which splits off punctuation.");
  command.flag("--ter-no-punct", ter.has_no_punctuation, "TER without punctuation.");
  command.flag("--ter-asian-support", ter.has_asian_support,
               "With the two above: also Chinese and Japanese characters and punctuation.");
}

}  // namespace

void add_metric_options(cli::Command& command, MetricArguments& arguments) {
  command.heading_of_options = "Metrics";
  command
      .option("--metrics", arguments.metrics,
              "bleu, chrf, chrf++, ter; of answers accuracy, macro_f1, span_f1 and others; "
              "separated by commas.")
      .called("NAMES")
      .hinting(metric_names());
  add_bleu_options(command, arguments);
  add_chrf_options(command, arguments.chrf);
  add_ter_options(command, arguments.ter);
}

MetricOptions metric_options(const MetricArguments& arguments) {
  MetricOptions options;
  options.bleu.smoothing = parse_bleu_smoothing(arguments.smooth);
  options.bleu.smooth_value = arguments.smooth_value;
  options.bleu.is_lowercased = arguments.is_lowercased;
  options.chrf = arguments.chrf;
  options.chrf.is_lowercased = arguments.is_lowercased;
  options.ter = arguments.ter;
  for (const std::string& name : metric_names(arguments))
    make_metric(name, options);
  return options;
}

std::vector<std::string> metric_names(const MetricArguments& arguments) {
  return split(arguments.metrics, ',');
}

}  // namespace regard
