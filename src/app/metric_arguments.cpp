#include "metric_arguments.h"

#include "regard/core/strings.h"

namespace regard {
namespace {

void add_bleu_options(CLI::App& command, MetricArguments& arguments) {
  command
      .add_option("--tokenize", arguments.tokenize,
                  "Tokenizer of BLEU: 13a, intl, char, zh, none, ja-mecab, ko-mecab, flores101, "
                  "flores200, spBLEU-1K, or spm:FILE with a SentencePiece model. By default "
                  "that of MODEL's target language, else 13a.")
      ->type_name("NAME");
  command.add_option("--smooth", arguments.smooth, "Smoothing of BLEU: exp, floor, add-k or none.")
      ->capture_default_str();
  command
      .add_option("--smooth-value", arguments.smooth_value,
                  "Value of the smoothing floor (0.1 by default) or add-k (1).")
      ->type_name("NUMBER");
  command.add_flag("--lowercase", arguments.is_lowercased, "Ignore case in BLEU and chrF.");
}

void add_chrf_options(CLI::App& command, ChrfOptions& chrf) {
  command.add_option("--chrf-char-order", chrf.character_order, "Longest n-grams of characters.")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  command
      .add_option("--chrf-word-order", chrf.word_order,
                  "Longest n-grams of words in chrf; chrf++ is chrf with 2.")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  command.add_option("--chrf-beta", chrf.beta, "Recall counts so many times as much as precision.")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command.add_flag("--chrf-whitespace", chrf.has_white_space,
                   "Count white space among the characters of chrF.");
  command.add_flag("--chrf-eps-smoothing", chrf.has_epsilon,
                   "The mean of the F-scores of all orders, as chrF++.py has it.");
}

void add_ter_options(CLI::App& command, TerOptions& ter) {
  command.add_flag("--ter-case-sensitive", ter.is_case_sensitive, "TER minds case.");
  command.add_flag("--ter-normalized", ter.is_normalized,
                   "TER splits off punctuation, as Tercom does when asked to.");
  command.add_flag("--ter-no-punct", ter.has_no_punctuation, "TER leaves out punctuation.");
  command.add_flag("--ter-asian-support", ter.has_asian_support,
                   "With the two above: characters and punctuation of Chinese and Japanese too.");
}

}  // namespace

void add_metric_options(CLI::App& command, MetricArguments& arguments) {
  command
      .add_option("--metrics", arguments.metrics, "bleu, chrf, chrf++, ter; separated by commas.")
      ->capture_default_str();
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
