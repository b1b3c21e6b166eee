#include <algorithm>
#include <cmath>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/data/batch_planner.h"
#include "regard/tensor/device.h"
#include "regard/tensor/torch.h"
#include "regard/text/line_reader.h"
#include "regard/train/validator.h"

#include "command.h"
#include "model_folder.h"
#include "text_output.h"

namespace regard {
namespace {

struct ScoreArguments {
  std::string model;
  std::string source;
  std::string target;
  std::string output;
  std::string device = "auto";
};

using Tokens = std::vector<std::vector<std::int32_t>>;

/// Subwords of each line of a file. Lines that cannot be read whole are cut and named; `longest`
/// subwords are the most that the model's positions allow, 0 = no such limit.
Tokens encode_file(const std::string& path, const Tokenizer& tokenizer, std::int64_t longest,
                   LimitedWarnings& cut) {
  LineReaderOptions options;
  options.invalid_utf8 = InvalidUtf8::replace;
  LineReader reader(std::filesystem::path(path), options);
  Tokens tokens;
  for (Line line; reader.next(line);) {
    const std::string_view text = cut_for_encoding(line.text);
    std::vector<std::int32_t>& ids = tokens.emplace_back(tokenizer.encode(text));
    const bool is_too_long = longest > 0 && std::ssize(ids) > longest;
    if (is_too_long) ids.resize(static_cast<std::size_t>(longest));
    if (is_too_long || line.was_cut || text.size() < line.text.size())
      cut.warn(str(to_string(SourceSpot{path, line.number}),
                   ": the line is too long and was cut; what is left is scored"));
  }
  return tokens;
}

/// Log-probability of each target given its source, end mark included, natural logarithm.
std::vector<double> score_pairs(OpenedModel& opened, const Tokens& sources, const Tokens& targets) {
  torch::NoGradGuard no_grad;
  std::vector<PairLengths> lengths;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    lengths.push_back({static_cast<std::int32_t>(sources[i].size()),
                       static_cast<std::int32_t>(targets[i].size())});
  }
  const BatchPlan plan = plan_sorted(lengths, opened.config.decoding.batch_tokens);
  std::vector<double> scores(sources.size());
  for (std::int64_t b = 0; b < plan.size(); ++b) {
    std::vector<TokenSpan> source_spans;
    std::vector<TokenSpan> target_spans;
    for (const std::int64_t pair : plan.batch(b)) {
      source_spans.emplace_back(sources[static_cast<std::size_t>(pair)]);
      target_spans.emplace_back(targets[static_cast<std::size_t>(pair)]);
    }
    const std::vector<std::int64_t> pairs(plan.batch(b).begin(), plan.batch(b).end());
    const Batch batch =
        make_batch(source_spans, target_spans, pairs, opened.header.roles.batch_ids())
            .to(opened.model->output_weight().device());
    const TokenStates states = forward_tokens(*opened.model, batch, ForwardContext{});
    const torch::Tensor log_probabilities =
        at::log_softmax(opened.model->logits(states.hidden), -1, torch::kFloat32)
            .gather(1, states.targets.unsqueeze(1))
            .squeeze(1)
            .to(torch::kCPU, torch::kDouble);
    const auto* value = log_probabilities.const_data_ptr<double>();
    for (const std::int64_t pair : pairs) {
      for (std::size_t i = 0; i <= targets[static_cast<std::size_t>(pair)].size(); ++i) {
        scores[static_cast<std::size_t>(pair)] += *value++;
      }
    }
  }
  return scores;
}

void require_numbers(const std::vector<double>& scores) {
  if (std::all_of(scores.begin(), scores.end(), [](double score) { return std::isfinite(score); }))
    return;
  throw RunError("the model's values are not finite: nothing can be scored",
                 "use another model or checkpoint");
}

int run(const ScoreArguments& arguments) {
  const auto logger = make_logger({});
  OpenedModel model = open_model(arguments.model, parse_device(arguments.device));
  const std::int64_t longest = longest_sentence(model.config.model);
  LimitedWarnings cut(*logger, "lines that were cut");
  const Tokens sources = encode_file(arguments.source, model.tokenizers.source, longest, cut);
  const Tokens targets = encode_file(arguments.target, model.tokenizers.target, longest, cut);
  if (sources.size() != targets.size()) {
    throw UserError(SourceSpot{arguments.target},
                    str(targets.size(), " lines, but ", arguments.source, " has ", sources.size()),
                    "re-align the pair");
  }
  if (sources.empty())
    throw UserError(SourceSpot{arguments.source}, "the file is empty", "give at least one line");
  std::vector<std::filesystem::path> inputs = files_of(model);
  inputs.insert(inputs.end(), {arguments.source, arguments.target});
  TextOutput output(arguments.output, inputs);
  double sum = 0;
  std::size_t tokens = 0;
  const std::vector<double> scores = score_pairs(model, sources, targets);
  require_numbers(scores);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    output.write(format_fixed(scores[i], 6) + "\n");
    sum += scores[i];
    tokens += targets[i].size() + 1;
  }
  output.commit();
  logger->info(str("perplexity ", format_fixed(std::exp(-sum / static_cast<double>(tokens)), 4),
                   " over ", with_thousands(static_cast<std::int64_t>(tokens)), " subwords of ",
                   scores.size(), " pairs"));
  return 0;
}

}  // namespace

Command add_score_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "score", "How probable are given translations? One log-probability a pair.");
  auto a = std::make_shared<ScoreArguments>();
  command->add_option("model", a->model, "A model directory, or a checkpoint inside one.")
      ->required()
      ->type_name("MODEL");
  command->add_option("--source", a->source, "Source text.")->required()->type_name("FILE");
  command->add_option("--target", a->target, "Its translation, line by line.")
      ->required()
      ->type_name("FILE");
  command->add_option("--output", a->output, "Standard output if not given.")->type_name("FILE");
  command->add_option("--device", a->device, field_doc("device"))->capture_default_str();
  return {command, [a](CommandContext&) { return run(*a); }};
}

}  // namespace regard
