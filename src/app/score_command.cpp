#include <algorithm>
#include <cmath>
#include <numeric>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/decode/length_penalty.h"
#include "regard/tensor/device.h"
#include "regard/text/words.h"

#include "command.h"
#include "key_options.h"
#include "pair_scores.h"
#include "text_output.h"

namespace regard {
namespace {

struct ScoreArguments : ScoreInputs, DetailArguments {
  std::string model;
  std::string output;
  std::string length_penalty = "none";
  std::string device = "auto";
  bool is_normalized = false;
  bool is_reranked = false;
};

/// How scores are divided by lengths.
LengthPenalty penalty_of(const ScoreArguments& arguments) {
  return parse_length_penalty(arguments.is_normalized ? "average:1.0" : arguments.length_penalty);
}

void check_arguments(const ScoreArguments& arguments) {
  penalty_of(arguments);
  check_details(arguments, arguments.output);
  if (arguments.target.empty() == arguments.n_best.empty()) {
    throw UserError("score: give either --target FILE or --n-best FILE", "see regard score --help");
  }
  if (arguments.is_reranked && arguments.n_best.empty())
    throw UserError("--rerank requires an n-best list", "add --n-best FILE");
  if (arguments.source == "-" && arguments.translations() == "-") {
    throw UserError("--source and the translations cannot both be standard input",
                    "give a file for one of them");
  }
}

/// Sum and number of tokens of all pairs.
double perplexity_of(const std::vector<PairScore>& scores, std::size_t tokens) {
  double sum = 0;
  for (const PairScore& score : scores)
    sum += score.log_probability;
  return std::exp(-sum / static_cast<double>(tokens));
}

void require_numbers(const std::vector<PairScore>& scores) {
  if (std::all_of(scores.begin(), scores.end(),
                  [](const PairScore& score) { return std::isfinite(score.log_probability); }))
    return;
  throw RunError("scoring failed: the model produced non-finite scores",
                 "use another model or checkpoint");
}

/// The scored pairs as lines.
class Results {
 public:
  Results(const ScoreArguments& arguments, const TokenizerPair& tokenizers, const ScoreTexts& texts,
          const EncodedTexts& encoded, const std::vector<PairScore>& scores)
      : arguments_(arguments),
        tokenizers_(tokenizers),
        texts_(texts),
        encoded_(encoded),
        scores_(scores),
        penalty_(penalty_of(arguments)) {}

  void write(TextOutput& output, DetailOutputs& details) const {
    for (const std::size_t i : order()) {
      output.write(line_of(i) + "\n");
      if (details.links) details.links->write(to_pharaoh(scores_[i].links) + "\n");
      if (details.pieces) {
        details.pieces->write(
            str(pieces_text(tokenizers_.source, encoded_.sources[texts_.source_of[i]]), "\t",
                pieces_text(tokenizers_.target, encoded_.targets[i]), "\n"));
      }
    }
  }

 private:
  double score(std::size_t i) const {
    return penalty_.apply(scores_[i].log_probability, std::ssize(encoded_.targets[i]) + 1);
  }

  /// As given, or the best translation of each sentence first.
  std::vector<std::size_t> order() const {
    std::vector<std::size_t> order(texts_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (arguments_.is_reranked) {
      std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        if (texts_.source_of[a] != texts_.source_of[b])
          return texts_.source_of[a] < texts_.source_of[b];
        return score(a) > score(b);
      });
    }
    return order;
  }

  std::string parts_of(std::size_t i) const {
    const std::vector<double>& parts = scores_[i].token_scores;
    if (arguments_.score_unit() == ScoreUnit::piece) return piece_scores(parts);
    const std::string& line = texts_.targets[i];
    std::vector<std::int64_t> words = words_of_text(tokenizers_.target, cut_for_encoding(line));
    words.resize(encoded_.targets[i].size());
    return word_scores(parts, words, count_words(line));
  }

  std::string line_of(std::size_t i) const {
    const ScoreUnit unit = arguments_.score_unit();
    const std::string parts = unit == ScoreUnit::none ? "" : parts_of(i);
    const std::string text = format_fixed(score(i), 6);
    if (texts_.entries.empty()) return unit == ScoreUnit::none ? text : str(text, "\t", parts);
    NBestEntry entry = texts_.entries[i];
    entry.features += str(entry.features.empty() ? "" : " ", free_feature(entry.features), "= ",
                          format_fixed(scores_[i].log_probability, 6), feature_of(unit, parts));
    return to_line(entry, text);
  }

  const ScoreArguments& arguments_;
  const TokenizerPair& tokenizers_;
  const ScoreTexts& texts_;
  const EncodedTexts& encoded_;
  const std::vector<PairScore>& scores_;
  LengthPenalty penalty_;
};

int run(const ScoreArguments& arguments) {
  const auto logger = make_logger({});
  check_arguments(arguments);
  OpenedModel model = open_model(arguments.model, parse_device(arguments.device));
  ScoreTexts texts = read_score_texts(arguments, *logger);
  const bool needs_lines = !arguments.alignments.empty() || arguments.has_word_scores;
  const EncodedTexts encoded = encode_texts(model, arguments, texts, needs_lines, *logger);
  std::vector<std::filesystem::path> inputs = files_of(model);
  inputs.insert(inputs.end(), {arguments.source, arguments.translations()});
  TextOutput output(arguments.output, inputs);
  DetailOutputs details(arguments, inputs);
  const std::vector<PairScore> scores = score_pairs(model, texts, encoded, arguments);
  require_numbers(scores);
  Results(arguments, model.tokenizers, texts, encoded, scores).write(output, details);
  output.commit();
  details.commit();
  std::size_t tokens = 0;
  for (const auto& target : encoded.targets)
    tokens += target.size() + 1;
  logger->info(str("perplexity ", format_fixed(perplexity_of(scores, tokens), 4), " over ",
                   with_thousands(static_cast<std::int64_t>(tokens)), " subwords of ",
                   scores.size(), " pairs"));
  return 0;
}

void add_options(cli::Command& command, ScoreArguments& a) {
  add_model(command, a.model);
  command.option("--source", a.source, "Source text; - = standard input.").file().required();
  command.option("--target", a.target, "Its translation, line by line; - = standard input.").file();
  command
      .option("--n-best", a.n_best,
              "Instead of --target: an n-best list in Moses format. It is written back with this "
              "model's log-probability as an additional feature and as score.")
      .file();
  command.option("--output", a.output, "Standard output if not given.").file();
  add_value_like_key(command, "--length-penalty", "decoding.length_penalty", a.length_penalty)
      .called("none|average:A|gnmt:A");
  command
      .flag("--normalize", a.is_normalized,
            "Divide by the number of subwords; same as --length-penalty average:1.0.")
      .excludes("--length-penalty");
  command.flag("--rerank", a.is_reranked,
               "Sort the translations of each sentence in the n-best list by the new score.");
  command.heading_of_options = "Details";
  add_detail_options(command, a);
  command.heading_of_options = "Machine";
  add_device(command, a.device);
}

}  // namespace

Command add_score_command(cli::Command& program) {
  cli::Command& command =
      program.add_command("score", "Score given translations: one log-probability per pair.");
  auto a = std::make_shared<ScoreArguments>();
  add_options(command, *a);
  return {&command, [a](CommandContext&) { return run(*a); }};
}

}  // namespace regard
