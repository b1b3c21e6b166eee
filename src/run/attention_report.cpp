#include "regard/run/attention_report.h"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/metrics/attention_statistics.h"
#include "regard/report/attention_map.h"
#include "regard/run/model_folder.h"
#include "regard/run/text_input.h"
#include "regard/run/text_output.h"
#include "regard/tensor/device.h"

#include "attention_looker.h"

namespace regard {
namespace {

using Lines = std::vector<std::string>;

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
const AttentionMap& asked_map(const AttentionSentence& sentence,
                              const AttentionReportOptions& options) {
  const AttentionMap& map = chosen_map(sentence, options.map);
  if (options.head >= map.heads) {
    throw UserError(str("--head: ", options.head, " of ", map.name, " does not exist: it has ",
                        map.heads, " heads"),
                    str("use 0 to ", map.heads - 1));
  }
  return map;
}

AttentionSummary summary_of(const std::vector<AttentionSentence>& sentences,
                            const AttentionReportOptions& options) {
  AttentionSummary summary{"", options.head, 0, 0, 0, sentences.size()};
  for (const AttentionSentence& sentence : sentences) {
    const AttentionMap& map = asked_map(sentence, options);
    const AttentionStatistics statistics =
        attention_statistics(map.head(options.head), map.num_rows, map.num_columns);
    summary.map = map.name;
    summary.normalised_entropy += statistics.normalised_entropy;
    summary.sharpness += statistics.sharpness;
    summary.diagonal_distance += statistics.diagonal_distance;
  }
  const auto count = static_cast<double>(sentences.size());
  summary.normalised_entropy /= count;
  summary.sharpness /= count;
  summary.diagonal_distance /= count;
  return summary;
}

/// The true links of the sentences that are looked at; empty when none are given.
std::vector<GoldLinks> read_gold(const AttentionReportOptions& options, std::size_t num_sentences,
                                 std::size_t num_lines) {
  if (options.gold.empty()) return {};
  const Lines lines = read_lines(options.gold, InvalidUtf8::replace);
  if (lines.size() < num_sentences) {
    throw UserError(SourceSpot{options.gold},
                    str(lines.size(), " lines, but ", num_sentences, " sentences are shown"),
                    "give one line of links per line of the source");
  }
  if (lines.size() > num_lines) {
    throw UserError(SourceSpot{options.gold},
                    str(lines.size(), " lines, but ", options.source, " has ", num_lines),
                    "give one line of links per line of the source");
  }
  return parse_gold_file({lines.data(), num_sentences}, options.gold);
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

/// The error of the links against gold ones; adds the gold links to the sentences.
AlignmentError compare_with_gold(const std::vector<GoldLinks>& gold, const AttentionLooker& looker,
                                 const std::vector<AttendExample>& examples,
                                 std::vector<AttentionSentence>& sentences) {
  std::vector<Links> predicted;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    predicted.push_back(looker.links_of(sentences[i], examples[i]));
    sentences[i].gold = gold[i].possible;
  }
  return alignment_error(predicted, gold);
}

std::string render(const std::vector<AttentionSentence>& sentences,
                   const AttentionReportOptions& options, const OpenedModel& model,
                   const AttentionReport& report) {
  switch (format_of(options.output)) {
    case Format::json: {
      std::string text;
      for (const AttentionSentence& sentence : sentences)
        text += attention_json(sentence) + "\n";
      return text;
    }
    case Format::html:
      return attention_html(
          sentences,
          {model.folder.filename().string(), model.config.data.source, model.config.data.target,
           report.error ? to_text(*report.error) : to_text(report.summary)});
    case Format::svg: {
      const AttentionSentence& sentence = sentences.at(static_cast<std::size_t>(options.line - 1));
      return attention_svg(sentence, chosen_map(sentence, options.map), options.head);
    }
  }
  return "";
}

/// The lines that are looked at, and how many the source has.
std::pair<AttendTexts, std::size_t> read_texts(const AttentionReportOptions& options) {
  const bool is_picture = format_of(options.output) == Format::svg;
  AttendTexts texts{
      read_lines(options.source, InvalidUtf8::replace),
      options.target.empty() ? Lines() : read_lines(options.target, InvalidUtf8::replace),
      options.source, options.target};
  Lines& sources = texts.sources;
  if (sources.empty() || (is_picture && static_cast<std::int64_t>(sources.size()) < options.line)) {
    throw UserError(SourceSpot{options.source},
                    str("has ", sources.size(), " lines, which is too few"),
                    "use a source that has the requested line");
  }
  if (!options.target.empty() && texts.targets.size() != sources.size()) {
    throw UserError(
        SourceSpot{options.target},
        str(texts.targets.size(), " lines, but ", options.source, " has ", sources.size()),
        "re-align the pair");
  }
  const std::size_t num_lines = sources.size();
  const std::int64_t count = is_picture ? std::max(options.line, std::int64_t{1}) : options.lines;
  if (count > 0) sources.resize(std::min(num_lines, static_cast<std::size_t>(count)));
  texts.targets.resize(std::min(texts.targets.size(), sources.size()));
  return {std::move(texts), num_lines};
}

std::vector<AttentionSentence> look_at(const std::vector<AttendExample>& examples,
                                       AttentionLooker& looker, Logger& logger) {
  std::vector<AttentionSentence> sentences;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    sentences.push_back(looker.look(examples[i], static_cast<std::int64_t>(i)));
    if (logger.shows_status()) logger.status(str("processed ", i + 1, " of ", examples.size()));
  }
  logger.status("");
  return sentences;
}

}  // namespace

std::string to_text(const AttentionSummary& summary) {
  const std::string head = summary.head < 0 ? ", mean of its heads" : str(", head ", summary.head);
  return str(summary.map, head, ": entropy ", format_fixed(100.0 * summary.normalised_entropy, 0),
             " % of the largest, sharpest ", format_fixed(summary.sharpness, 2), ", ",
             format_fixed(summary.diagonal_distance, 2), " from the diagonal (means of ",
             summary.num_sentences, " sentences)");
}

std::string to_text(const AlignmentError& error) {
  return str("alignment error rate ", format_fixed(error.error_rate, 4), ", precision ",
             format_fixed(error.precision, 4), ", recall ", format_fixed(error.recall, 4), " over ",
             error.num_sentences, " sentences (links of the mean cross-attention)");
}

AttentionReport report_attention(const AttentionReportOptions& options, Logger& logger) {
  const Format format = format_of(options.output);
  OpenedModel model = open_model(options.model, parse_device(options.device));
  const auto [texts, num_lines] = read_texts(options);
  const std::vector<GoldLinks> gold = read_gold(options, texts.sources.size(), num_lines);
  std::vector<std::filesystem::path> inputs = files_of(model);
  inputs.insert(inputs.end(), {options.source, options.target, options.gold});
  TextOutput output(options.output, inputs);
  AttentionLooker looker(model, {options.unit, options.head}, logger);
  // Told by an empty sentence, before any time goes into the others.
  asked_map(looker.look({}, 0), options);
  const std::vector<AttendExample> examples = looker.examples(texts);
  check_gold(gold, examples, options.gold);
  std::vector<AttentionSentence> sentences = look_at(examples, looker, logger);
  if (format == Format::json) add_links(looker, examples, sentences);
  AttentionReport report{summary_of(sentences, options), {}};
  if (!options.gold.empty()) report.error = compare_with_gold(gold, looker, examples, sentences);
  output.write(render(sentences, options, model, report));
  output.commit();
  return report;
}

}  // namespace regard
