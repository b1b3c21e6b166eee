#include <algorithm>
#include <optional>
#include <unistd.h>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/decode/translator.h"
#include "regard/formats/attention_map.h"
#include "regard/inspect/attention_maps.h"
#include "regard/metrics/alignment_error.h"
#include "regard/metrics/attention_statistics.h"
#include "regard/tensor/device.h"
#include "regard/tensor/torch.h"
#include "regard/text/words.h"

#include "command.h"
#include "model_folder.h"
#include "text_input.h"
#include "text_output.h"

namespace regard {
namespace {

using Tokens = std::vector<std::int32_t>;
using Lines = std::vector<std::string>;

struct AttendArguments {
  std::string model;
  std::string source;
  std::string target;
  std::string output;
  std::string gold;
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
  throw UserError(str("--output: '", escape_for_message(output), "' is no kind of picture"),
                  "end the name in .html, .svg or .json");
}

/// A sentence and its translation (given, or the model's own).
struct Example {
  Tokens source;
  Tokens target;
};

std::vector<std::string> pieces_of(const Tokenizer& tokenizer, const Tokens& ids) {
  std::vector<std::string> pieces;
  for (const std::int32_t id : ids)
    pieces.push_back(tokenizer.piece(id));
  pieces.emplace_back("</s>");
  return pieces;
}

std::vector<std::int64_t> words_and_mark(const Tokenizer& tokenizer, const Tokens& ids) {
  std::vector<std::int64_t> words = words_of(tokenizer, ids);
  words.push_back(-1);
  return words;
}

/// The lines' subwords, as far as they are looked at.
class Looker {
 public:
  Looker(OpenedModel& model, const AttendArguments& arguments, Logger& logger)
      : model_(model), arguments_(arguments), cut_(logger, "lines that were cut") {
    limit_lengths(options_, model.config.model);
  }

  std::vector<Example> examples(const Lines& sources, const Lines& targets) {
    std::vector<Example> examples(sources.size());
    const std::vector<Tokens> own = targets.empty() ? translate(sources) : std::vector<Tokens>();
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const auto line = static_cast<std::int64_t>(i) + 1;
      examples[i].source = encode(model_.tokenizers.source, sources[i], {arguments_.source, line});
      examples[i].target =
          targets.empty() ? own[i]
                          : encode(model_.tokenizers.target, targets[i], {arguments_.target, line});
    }
    return examples;
  }

  AttentionSentence look(const Example& example, std::int64_t id) {
    AttentionSentence sentence;
    sentence.id = id;
    sentence.source = pieces_of(model_.tokenizers.source, example.source);
    sentence.target = pieces_of(model_.tokenizers.target, example.target);
    sentence.source_words = words_and_mark(model_.tokenizers.source, example.source);
    sentence.target_words = words_and_mark(model_.tokenizers.target, example.target);
    sentence.maps =
        attention_maps(*model_.model, example.source, example.target, model_.header.roles);
    return sentence;
  }

  /// The links read from the cross-attention of an example.
  Links links_of(const Example& example) const {
    // Subwords may be spaces alone, which are no word.
    const bool is_blank = trim(model_.tokenizers.target.decode(example.target)).empty();
    if (example.source.empty() || is_blank) return {};
    AlignmentOptions options;
    options.head = arguments_.head;
    const auto weights = cross_attention({model_.model.get()}, {{example.source, example.target}},
                                         model_.header.roles, options);
    return link_words(weights.front(), words_of(model_.tokenizers.source, example.source),
                      words_of(model_.tokenizers.target, example.target));
  }

 private:
  /// Cut as for translating: maps grow with the square of the length.
  Tokens encode(const Tokenizer& tokenizer, const std::string& line, const SourceSpot& spot) {
    const std::string_view text = cut_for_encoding(line);
    Tokens ids = tokenizer.encode(text);
    const auto longest = static_cast<std::size_t>(options_.max_source_length);
    if (ids.size() > longest || text.size() < line.size())
      cut_.warn(str(to_string(spot), ": the line is too long and was cut"));
    ids.resize(std::min(ids.size(), longest));
    return ids;
  }

  std::vector<Tokens> translate(const Lines& sources) {
    TranslatorOptions options = options_;
    options.decoding = model_.config.decoding;
    Translator translator(model_.tokenizers.source, model_.tokenizers.target, model_.header.roles,
                          options);
    std::vector<Tokens> tokens;
    for (auto& translations : translator.translate_all({model_.model.get()}, {sources}))
      tokens.push_back(std::move(translations.front().tokens));
    return tokens;
  }

  OpenedModel& model_;
  const AttendArguments& arguments_;
  TranslatorOptions options_;
  LimitedWarnings cut_;
};

const AttentionMap& chosen_map(const AttentionSentence& sentence, const std::string& name) {
  std::vector<std::string> names;
  const AttentionMap* chosen = nullptr;
  for (const AttentionMap& map : sentence.maps) {
    names.push_back(map.name);
    // The last one of the cross-attentions, unless a name is given.
    const bool is_usual =
        name.empty() && map.rows != map.columns && !map.name.ends_with(".sharpest_features");
    if (map.name == name || is_usual) chosen = &map;
  }
  if (chosen != nullptr) return *chosen;
  if (names.empty()) {
    throw UserError("the model has no attention to look into",
                    "give a model with attention (see regard info)");
  }
  throw UserError(str("--map: '", escape_for_message(name), "' is no attention of this model"),
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
                    str(lines.size(), " lines, but ", num_sentences, " sentences are looked at"),
                    "give one line of links for each line of the source");
  }
  if (lines.size() > num_lines) {
    throw UserError(SourceSpot{arguments.gold},
                    str(lines.size(), " lines, but ", arguments.source, " has ", num_lines),
                    "give one line of links for each line of the source");
  }
  return parse_gold_file({lines.data(), num_sentences}, arguments.gold);
}

/// The error of the links against gold ones, as a line; adds the gold links to the sentences.
std::string compare_with_gold(const std::vector<GoldLinks>& gold, const Looker& looker,
                              const std::vector<Example>& examples,
                              std::vector<AttentionSentence>& sentences) {
  std::vector<Links> predicted;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    predicted.push_back(looker.links_of(examples[i]));
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

int run(const AttendArguments& arguments) {
  const auto logger = make_logger({});
  const Format format = format_of(arguments.output);
  OpenedModel model = open_model(arguments.model, parse_device(arguments.device));
  const std::int64_t count =
      format == Format::svg ? std::max(arguments.line, std::int64_t{1}) : arguments.lines;
  Lines sources = read_lines(arguments.source, InvalidUtf8::replace);
  Lines targets =
      arguments.target.empty() ? Lines() : read_lines(arguments.target, InvalidUtf8::replace);
  if (sources.empty() ||
      (format == Format::svg && static_cast<std::int64_t>(sources.size()) < arguments.line)) {
    throw UserError(SourceSpot{arguments.source},
                    str("has ", sources.size(), " lines, too few to look at"),
                    "give a source with the wanted line");
  }
  if (!arguments.target.empty() && targets.size() != sources.size()) {
    throw UserError(SourceSpot{arguments.target},
                    str(targets.size(), " lines, but ", arguments.source, " has ", sources.size()),
                    "re-align the pair");
  }
  const std::size_t num_lines = sources.size();
  if (count > 0) sources.resize(std::min(num_lines, static_cast<std::size_t>(count)));
  targets.resize(std::min(targets.size(), sources.size()));
  const std::vector<GoldLinks> gold = read_gold(arguments, sources.size(), num_lines);
  std::vector<std::filesystem::path> inputs = files_of(model);
  inputs.insert(inputs.end(), {arguments.source, arguments.target, arguments.gold});
  TextOutput output(arguments.output, inputs);
  Looker looker(model, arguments, *logger);
  // Told by an empty sentence, before any time goes into the others.
  asked_map(looker.look({}, 0), arguments);
  const std::vector<Example> examples = looker.examples(sources, targets);
  std::vector<AttentionSentence> sentences;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    sentences.push_back(looker.look(examples[i], static_cast<std::int64_t>(i)));
    if (logger->shows_status()) logger->status(str("looked at ", i + 1, " of ", examples.size()));
  }
  logger->status("");
  const std::string statistics = statistics_line(sentences, arguments);
  const std::string error =
      arguments.gold.empty() ? "" : compare_with_gold(gold, looker, examples, sentences);
  output.write(render(sentences, arguments, model, error.empty() ? statistics : error));
  output.commit();
  logger->info(statistics);
  if (!error.empty()) logger->info(error);
  return 0;
}

}  // namespace

Command add_attend_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "attend", "Look into the attention of a model: a page, a picture or numbers.");
  auto a = std::make_shared<AttendArguments>();
  command->add_option("model", a->model, "A model directory, or a checkpoint inside one.")
      ->required()
      ->type_name("MODEL");
  command->add_option("--source", a->source, "Source text, one sentence a line.")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("--target", a->target,
                   "Translations the model is made to say; its own if not given.")
      ->type_name("FILE");
  command
      ->add_option("--output", a->output,
                   "NAME.html = a page to look around in, NAME.svg = one map as a picture, "
                   "NAME.json or nothing = numbers, a line for each sentence.")
      ->type_name("FILE");
  command
      ->add_option("--gold", a->gold,
                   "True word links, a line for each sentence (0-0 1-2, possible ones 1?2): gives "
                   "the alignment error rate.")
      ->type_name("FILE");
  command
      ->add_option("--map", a->map,
                   "The attention of the picture and the statistics, such as "
                   "encoder.0.self_attention; the decoder's last cross-attention if not given.")
      ->type_name("NAME");
  command->add_option("--head", a->head, "Its head, counted from 0; the mean of all if not given.")
      ->check(CLI::Range(0, 1023));
  command->add_option("--line", a->line, "The line of the picture, counted from 1.")
      ->check(CLI::Range(1, 1000000000))
      ->capture_default_str();
  command->add_option("--lines", a->lines, "Only the first so many lines of the text; 0 = all.")
      ->check(CLI::Range(0, 1000000000))
      ->capture_default_str();
  command->add_option("--device", a->device, field_doc("device"))->capture_default_str();
  return {command, [a](CommandContext&) { return run(*a); }};
}

}  // namespace regard
