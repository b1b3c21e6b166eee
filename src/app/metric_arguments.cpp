#include "metric_arguments.h"

#include "regard/core/strings.h"

namespace regard {
namespace {

void add_bleu_options(cli::Command& command, MetricArguments& arguments) {
  command
      .option("--tokenize", arguments.tokenize,
              "Tokenizer of BLEU: 13a, intl, char, zh, none, ja-mecab, ko-mecab, flores101, "
              "flores200, spBLEU-1K, or spm:FILE with a SentencePiece model. By default that of "
              "MODEL's target language, else 13a.")
      .called("NAME")
      .hinting({"13a", "intl", "char", "zh", "none", "ja-mecab", "ko-mecab", "flores101",
                "flores200", "spBLEU-1K"});
  command.option("--smooth", arguments.smooth, "Smoothing of BLEU: exp, floor, add-k or none.")
      .called("METHOD")
      .hinting({"exp", "floor", "add-k", "none"});
  command
      .option("--smooth-value", arguments.smooth_value,
              "Value of the smoothing floor (0.1 by default) or add-k (1).")
      .otherwise("");
  command.flag("--lowercase", arguments.is_lowercased, "Ignore case in BLEU and chrF.");
}

void add_chrf_options(cli::Command& command, ChrfOptions& chrf) {
  command.option("--chrf-char-order", chrf.character_order, "Longest n-grams of characters.",
                 config::between(0, 100));
  command.option("--chrf-word-order", chrf.word_order,
                 "Longest n-grams of words in chrf; chrf++ is chrf with 2.",
                 config::between(0, 100));
  command.option("--chrf-beta", chrf.beta, "Recall counts so many times as much as precision.",
                 config::between(1, 1000));
  command.flag("--chrf-whitespace", chrf.has_white_space,
               "Count white space among the characters of chrF.");
  command.flag("--chrf-eps-smoothing", chrf.has_epsilon,
               "The mean of the F-scores of all orders, as chrF++.py has it.");
}

void add_ter_options(cli::Command& command, TerOptions& ter) {
  command.flag("--ter-case-sensitive", ter.is_case_sensitive, "TER minds case.");
  command.flag("--ter-normalized", ter.is_normalized,
               "TER splits off punctuation, as Tercom does when asked to.");
  command.flag("--ter-no-punct", ter.has_no_punctuation, "TER leaves out punctuation.");
  command.flag("--ter-asian-support", ter.has_asian_support,
               "With the two above: characters and punctuation of Chinese and Japanese too.");
}

}  // namespace

void add_metric_options(cli::Command& command, MetricArguments& arguments) {
  command.heading_of_options = "Metrics";
  command.option("--metrics", arguments.metrics, "bleu, chrf, chrf++, ter; separated by commas.")
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
