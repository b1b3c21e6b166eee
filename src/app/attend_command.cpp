#include <algorithm>
#include <optional>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/metrics/alignment_error.h"
#include "regard/metrics/attention_statistics.h"
#include "regard/report/attention_map.h"
#include "regard/run/model_folder.h"
#include "regard/run/text_input.h"
#include "regard/tensor/device.h"

#include "attention_looker.h"
#include "command.h"
#include "key_options.h"
#include "text_output.h"

namespace regard {
namespace {

using Lines = std::vector<std::string>;

struct AttendArguments {
  std::string model;
  std::string source;
  std::string target;
  std::string output;
  std::string gold;
  AlignmentUnit unit = AlignmentUnit::word;
  std::string map;
  std::int64_t head = -1;
  std::int64_t line = 1;
  std::int64_t lines = 50;
  std::string device = "auto";
};

enum class Format { json, html, svg };

Format format_of(const std::string& output) {
  if (output.empty() || output == "-" || output.ends_with(".json")) return Format::json;
  if (output.ends_with(".html")) return Format::html;
  if (output.ends_with(".svg")) return Format::svg;
  throw UserError(
      str("--output: '", escape_for_message(output), "' is not a supported output format"),
      "end the name in .html, .svg or .json");
}

const AttentionMap& chosen_map(const AttentionSentence& sentence, const std::string& name) {
  std::vector<std::string> names;
  const AttentionMap* chosen = nullptr;
  for (const AttentionMap& map : sentence.maps) {
    names.push_back(map.name);
    // The last one of the cross-attentions, unless a name is given.
    const bool is_usual = name.empty() && is_cross(map);
    if (map.name == name || is_usual) chosen = &map;
  }
  if (chosen != nullptr) return *chosen;
  if (names.empty()) {
    throw UserError("the model has no attention to show",
                    "use a model with attention (see regard info)");
  }
  throw UserError(str("--map: '", escape_for_message(name), "' is not an attention of this model"),
                  str("use one of ", join(names, ", ")));
}

/// The chosen attention of a sentence, which has the asked for head.
const AttentionMap& asked_map(const AttentionSentence& sentence, const AttendArguments& arguments) {
  const AttentionMap& map = chosen_map(sentence, arguments.map);
  if (arguments.head >= map.heads) {
    throw UserError(str("--head: ", arguments.head, " of ", map.name, " does not exist: it has ",
                        map.heads, " heads"),
                    str("use 0 to ", map.heads - 1));
  }
  return map;
}

std::string statistics_line(const std::vector<AttentionSentence>& sentences,
                            const AttendArguments& arguments) {
  double entropy = 0;
  double sharpness = 0;
  double distance = 0;
  double count = 0;
  std::string name;
  for (const AttentionSentence& sentence : sentences) {
    const AttentionMap& map = asked_map(sentence, arguments);
    const AttentionStatistics statistics =
        attention_statistics(map.head(arguments.head), map.num_rows, map.num_columns);
    name = map.name;
    entropy += statistics.normalised_entropy;
    sharpness += statistics.sharpness;
    distance += statistics.diagonal_distance;
    count += 1;
  }
  if (count == 0) return "";
  return str(name, arguments.head < 0 ? ", mean of its heads" : str(", head ", arguments.head),
             ": entropy ", format_fixed(100.0 * entropy / count, 0), " % of the largest, sharpest ",
             format_fixed(sharpness / count, 2), ", ", format_fixed(distance / count, 2),
             " from the diagonal (means of ", sentences.size(), " sentences)");
}

/// The true links of the sentences that are looked at; empty when none are given.
std::vector<GoldLinks> read_gold(const AttendArguments& arguments, std::size_t num_sentences,
                                 std::size_t num_lines) {
  if (arguments.gold.empty()) return {};
  const Lines lines = read_lines(arguments.gold, InvalidUtf8::replace);
  if (lines.size() < num_sentences) {
    throw UserError(SourceSpot{arguments.gold},
                    str(lines.size(), " lines, but ", num_sentences, " sentences are shown"),
                    "give one line of links per line of the source");
  }
  if (lines.size() > num_lines) {
    throw UserError(SourceSpot{arguments.gold},
                    str(lines.size(), " lines, but ", arguments.source, " has ", num_lines),
                    "give one line of links per line of the source");
  }
  return parse_gold_file({lines.data(), num_sentences}, arguments.gold);
}

/// Gold links that the texts have no words for were made for other texts.
void check_gold(const std::vector<GoldLinks>& gold, const std::vector<AttendExample>& examples,
                const std::string& file) {
  for (std::size_t i = 0; i < gold.size(); ++i)
    check_links(gold[i].possible, examples[i].count(), {file, static_cast<std::int64_t>(i) + 1});
}

/// The links of each sentence, where the model has attention between the texts.
void add_links(const AttentionLooker& looker, const std::vector<AttendExample>& examples,
               std::vector<AttentionSentence>& sentences) {
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const auto& maps = sentences[i].maps;
    if (std::any_of(maps.begin(), maps.end(), is_cross))
      sentences[i].links = looker.links_of(sentences[i], examples[i]);
  }
}

/// The error of the links against gold ones, as a line; adds the gold links to the sentences.
std::string compare_with_gold(const std::vector<GoldLinks>& gold, const AttentionLooker& looker,
                              const std::vector<AttendExample>& examples,
                              std::vector<AttentionSentence>& sentences) {
  std::vector<Links> predicted;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    predicted.push_back(looker.links_of(sentences[i], examples[i]));
    sentences[i].gold = gold[i].possible;
  }
  const AlignmentError error = alignment_error(predicted, gold);
  return str("alignment error rate ", format_fixed(error.error_rate, 4), ", precision ",
             format_fixed(error.precision, 4), ", recall ", format_fixed(error.recall, 4), " over ",
             error.num_sentences, " sentences (links of the mean cross-attention)");
}

std::string render(const std::vector<AttentionSentence>& sentences,
                   const AttendArguments& arguments, const OpenedModel& model,
                   const std::string& summary) {
  switch (format_of(arguments.output)) {
    case Format::json: {
      std::string text;
      for (const AttentionSentence& sentence : sentences)
        text += attention_json(sentence) + "\n";
      return text;
    }
    case Format::html:
      return attention_html(sentences, {model.folder.filename().string(), model.config.data.source,
                                        model.config.data.target, summary});
    case Format::svg: {
      const AttentionSentence& sentence =
          sentences.at(static_cast<std::size_t>(arguments.line - 1));
      return attention_svg(sentence, chosen_map(sentence, arguments.map), arguments.head);
    }
  }
  return "";
}

/// The lines that are looked at, and how many the source has.
std::pair<AttendTexts, std::size_t> read_texts(const AttendArguments& arguments) {
  const bool is_picture = format_of(arguments.output) == Format::svg;
  AttendTexts texts{
      read_lines(arguments.source, InvalidUtf8::replace),
      arguments.target.empty() ? Lines() : read_lines(arguments.target, InvalidUtf8::replace),
      arguments.source, arguments.target};
  Lines& sources = texts.sources;
  if (sources.empty() ||
      (is_picture && static_cast<std::int64_t>(sources.size()) < arguments.line)) {
    throw UserError(SourceSpot{arguments.source},
                    str("has ", sources.size(), " lines, which is too few"),
                    "use a source that has the requested line");
  }
  if (!arguments.target.empty() && texts.targets.size() != sources.size()) {
    throw UserError(
        SourceSpot{arguments.target},
        str(texts.targets.size(), " lines, but ", arguments.source, " has ", sources.size()),
        "re-align the pair");
  }
  const std::size_t num_lines = sources.size();
  const std::int64_t count =
      is_picture ? std::max(arguments.line, std::int64_t{1}) : arguments.lines;
  if (count > 0) sources.resize(std::min(num_lines, static_cast<std::size_t>(count)));
  texts.targets.resize(std::min(texts.targets.size(), sources.size()));
  return {std::move(texts), num_lines};
}

int run(const AttendArguments& arguments) {
  const auto logger = make_logger({});
  const Format format = format_of(arguments.output);
  OpenedModel model = open_model(arguments.model, parse_device(arguments.device));
  const auto [texts, num_lines] = read_texts(arguments);
  const std::vector<GoldLinks> gold = read_gold(arguments, texts.sources.size(), num_lines);
  std::vector<std::filesystem::path> inputs = files_of(model);
  inputs.insert(inputs.end(), {arguments.source, arguments.target, arguments.gold});
  TextOutput output(arguments.output, inputs);
  AttentionLooker looker(model, {arguments.unit, arguments.head}, *logger);
  // Told by an empty sentence, before any time goes into the others.
  asked_map(looker.look({}, 0), arguments);
  const std::vector<AttendExample> examples = looker.examples(texts);
  check_gold(gold, examples, arguments.gold);
  std::vector<AttentionSentence> sentences;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    sentences.push_back(looker.look(examples[i], static_cast<std::int64_t>(i)));
    if (logger->shows_status()) logger->status(str("processed ", i + 1, " of ", examples.size()));
  }
  logger->status("");
  if (format == Format::json) add_links(looker, examples, sentences);
  const std::string statistics = statistics_line(sentences, arguments);
  const std::string error =
      arguments.gold.empty() ? "" : compare_with_gold(gold, looker, examples, sentences);
  output.write(render(sentences, arguments, model, error.empty() ? statistics : error));
  output.commit();
  logger->info(statistics);
  if (!error.empty()) logger->info(error);
  return 0;
}

void add_options(cli::Command& command, AttendArguments& a) {
  add_model(command, a.model);
  command.option("--source", a.source, "Source text, one sentence per line.").file().required();
  command.option("--target", a.target, "Translations to force; the model's own if not given.")
      .file();
  command
      .option("--output", a.output,
              "NAME.html = an interactive page, NAME.svg = a picture of one map, NAME.json or "
              "nothing = numbers, one line per sentence.")
      .file();
  command
      .option("--gold", a.gold,
              "Gold word links, one line per sentence (0-0 1-2, possible ones 1?2): reports the "
              "alignment error rate.")
      .file();
  command.option("--alignment-unit", a.unit,
                 "Unit of links and pictures: word = the words of the text as given, separated by "
                 "white space; piece = the subwords of the vocabulary.");
  command
      .option("--map", a.map,
              "The attention of the picture and the statistics, such as encoder.0.self_attention; "
              "the decoder's last cross-attention if not given.")
      .called("NAME");
  command.option("--head", a.head, "Its head, numbered from 0; the mean of all if not given.",
                 config::between(0, 1023));
  command.option("--line", a.line, "The line to show in the picture, numbered from 1.",
                 config::between(1, 1000000000));
  command.option("--lines", a.lines, "Use only the first N lines of the text; 0 = all.",
                 config::between(0, 1000000000));
  add_device(command, a.device);
}

}  // namespace

Command add_attend_command(cli::Command& program) {
  cli::Command& command = program.add_command(
      "attend", "Show the attention of a model: as a page, a picture or numbers.");
  auto a = std::make_shared<AttendArguments>();
  add_options(command, *a);
  return {&command, [a](CommandContext&) { return run(*a); }};
}

}  // namespace regard
