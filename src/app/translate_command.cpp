#include <charconv>
#include <iomanip>
#include <sstream>
#include <unistd.h>

#include <torch/torch.h>

#include "regard/core/clock.h"
#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/decode/translator.h"
#include "regard/tensor/device.h"
#include "regard/text/line_reader.h"

#include "command.h"
#include "model_folder.h"
#include "text_output.h"

namespace regard {
namespace {

struct TranslateArguments {
  std::string model;
  std::string input;
  std::string output;
  std::optional<std::int64_t> beam_size;
  std::optional<std::string> length_penalty;
  std::optional<std::string> max_length;
  std::optional<std::int64_t> min_length;
  std::optional<std::int64_t> batch_tokens;
  std::int64_t num_best = 0;  // 0 = one translation a line, without Moses columns
  std::int64_t threads = 0;
  std::string device = "auto";
  std::optional<std::int64_t> no_repeat_ngram;
  std::optional<std::string> sample;
  std::string prefix;
  std::string alignments;
  std::int64_t alignment_layer = -1;
  std::int64_t alignment_head = -1;
  bool has_scores = false;
  bool is_strict = false;
};

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

DecodingOptions decoding_of(const TranslateArguments& arguments, const DecodingOptions& trained) {
  DecodingOptions options = trained;
  if (arguments.beam_size) options.beam_size = *arguments.beam_size;
  if (arguments.length_penalty) options.length_penalty = *arguments.length_penalty;
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
  if (arguments.num_best > options.beam_size && !arguments.sample) {
    throw UserError(
        str("--n-best: ", arguments.num_best, " is more than the beam size ", options.beam_size),
        str("use --beam-size ", arguments.num_best));
  }
  return options;
}

std::string score_text(double score) {
  std::ostringstream text;
  text << std::setprecision(6) << score;
  return text.str();
}

/// One line per translation; Moses format for n-best lists: line ||| text ||| features ||| score.
std::string format(const std::vector<Translation>& translations, std::int64_t line,
                   const TranslateArguments& arguments) {
  if (arguments.num_best == 0) {
    const Translation& best = translations.front();
    return (arguments.has_scores ? score_text(best.score) + "\t" : "") + best.text + "\n";
  }
  std::string text;
  for (const Translation& translation : translations) {
    text +=
        str(line, " ||| ", translation.text, " ||| F0= ", score_text(translation.log_probability),
            " ||| ", score_text(translation.score), "\n");
  }
  return text;
}

/// The links of each translation, a line each: as many lines as there are translations.
std::string format_links(const std::vector<Translation>& translations) {
  std::string text;
  for (const Translation& translation : translations)
    text += to_pharaoh(translation.links) + "\n";
  return text;
}

LineReader open_input(const std::string& path, bool is_strict, const StopFlag* stop) {
  LineReaderOptions options;
  options.stop = stop;
  options.invalid_utf8 = is_strict ? InvalidUtf8::error : InvalidUtf8::replace;
  if (path.empty() || path == "-") return LineReader(STDIN_FILENO, "standard input", options);
  return LineReader(std::filesystem::path(path), options);
}

/// Where the translations go, and what goes with them.
struct Outputs {
  TextOutput text;
  std::optional<TextOutput> links;

  Outputs(const TranslateArguments& arguments, const std::vector<std::filesystem::path>& inputs)
      : text(arguments.output, inputs) {
    if (!arguments.alignments.empty()) links.emplace(arguments.alignments, inputs);
  }
  void flush() {
    text.flush();
    if (links) links->flush();
  }
  void commit() {
    text.commit();
    if (links) links->commit();
  }
};

/// Reads, translates and writes pools of lines: large ones from a file, and whatever is there when
/// a program writes line by line and waits for each answer.
class Filter {
 public:
  Filter(Models models, Translator& translator, const TranslateArguments& arguments, Logger& logger,
         const StopFlag& stop)
      : models_(std::move(models)),
        stop_(stop),
        translator_(translator),
        arguments_(arguments),
        logger_(logger) {
    if (!arguments.prefix.empty())
      prefixes_.emplace(open_input(arguments.prefix, arguments.is_strict, &stop_));
  }

  void run(LineReader& reader, Outputs& outputs) {
    while (true) {
      std::vector<std::string> pool;
      Line line;
      while (pool.size() < kPool && (pool.empty() || reader.has_buffered_line())) {
        if (!reader.next(line)) break;
        warn_about(line, reader.name());
        pool.push_back(std::move(line.text));
      }
      if (pool.empty() || stop_.is_requested()) break;
      translate(pool, reader.name(), outputs);
    }
    if (stop_.is_requested()) return;
    Line line;
    if (prefixes_ && prefixes_->next(line))
      fail_of_prefixes("has more lines than there are to translate", first_);
    report();
  }

 private:
  static constexpr std::size_t kPool = 8192;

  void warn_about(const Line& line, const std::string& name) {
    const std::string place = to_string(SourceSpot{name, line.number});
    if (line.invalid_byte != Line::kValid) {
      const std::string what = str("byte ", line.invalid_byte + 1, ": invalid UTF-8");
      if (arguments_.is_strict)
        throw UserError(SourceSpot{name, line.number}, what, "repair the line");
      invalid_.warn(str(place, ": ", what, ", replaced by U+FFFD"));
    }
    if (line.was_cut) cut_.warn(str(place, ": the line is too long and was cut"));
  }

  [[noreturn]] void fail_of_prefixes(const char* what, std::int64_t lines) const {
    throw UserError(SourceSpot{prefixes_->name()}, str(what, " (", lines, ")"),
                    "give one line, which may be blank, for each line of the input");
  }

  /// As many lines of the prefix file, if there is one.
  std::vector<std::string> read_prefixes(std::size_t count) {
    std::vector<std::string> prefixes;
    Line line;
    while (prefixes_ && prefixes.size() < count) {
      if (!prefixes_->next(line))
        fail_of_prefixes("has fewer lines than there are to translate",
                         first_ + static_cast<std::int64_t>(prefixes.size()));
      warn_about(line, prefixes_->name());
      prefixes.push_back(std::move(line.text));
    }
    return prefixes;
  }

  void translate(const std::vector<std::string>& pool, const std::string& name, Outputs& outputs) {
    const std::vector<std::string> prefixes = read_prefixes(pool.size());
    const TranslationRequest request{pool, prefixes, static_cast<std::uint64_t>(first_)};
    const auto results =
        translator_.translate_all(models_, request, &stop_, [&](std::int64_t done) {
          if (logger_.shows_status()) {
            logger_.status(
                str("translated ", with_thousands(first_ + done), " lines, ",
                    format_fixed(static_cast<double>(first_ + done) / watch_.seconds(), 0),
                    " lines/s"));
          }
        });
    for (const std::int64_t line : translator_.cut_lines()) {
      cut_.warn(str(to_string(SourceSpot{name, first_ + line + 1}),
                    ": the line is too long and was cut"));
    }
    for (const auto& translations : results) {
      outputs.text.write(format(translations, first_++, arguments_));
      if (outputs.links) outputs.links->write(format_links(translations));
    }
    logger_.status("");
    outputs.flush();
  }

  void report() {
    if (arguments_.output.empty() && isatty(STDOUT_FILENO) == 0)
      return;  // a filter in a pipe stays silent
    logger_.info(
        str(with_thousands(first_), " lines in ", format_fixed(watch_.seconds(), 1), " s"));
  }

  Models models_;
  const StopFlag& stop_;
  Translator& translator_;
  const TranslateArguments& arguments_;
  Logger& logger_;
  std::optional<LineReader> prefixes_;
  LimitedWarnings invalid_{logger_, "lines with invalid UTF-8"};
  LimitedWarnings cut_{logger_, "lines that were cut"};
  Stopwatch watch_;
  std::int64_t first_ = 0;  // lines written
};

TranslatorOptions translator_options(const TranslateArguments& arguments,
                                     const std::vector<OpenedModel>& models) {
  TranslatorOptions options;
  options.decoding = decoding_of(arguments, models.front().config.decoding);
  options.num_best = std::max<std::int64_t>(1, arguments.num_best);
  if (arguments.sample) options.draw = parse_draw_options(*arguments.sample);
  if (!arguments.alignments.empty())
    options.alignment = AlignmentOptions{arguments.alignment_layer, arguments.alignment_head};
  for (const OpenedModel& model : models) {
    const std::int64_t longest = longest_sentence(model.config.model);
    if (longest == 0) continue;
    options.max_source_length = std::min(options.max_source_length, longest);
    options.max_target_length =
        options.max_target_length == 0 ? longest : std::min(options.max_target_length, longest);
  }
  return options;
}

/// Contradictions that can be told before anything is opened.
void check_arguments(const TranslateArguments& arguments) {
  if (arguments.sample) {
    parse_draw_options(*arguments.sample);
    if (arguments.beam_size && *arguments.beam_size > 1) {
      throw UserError(
          str("--sample: drawing has no beam, but --beam-size is ", *arguments.beam_size),
          "leave one of the two out; --n-best draws several translations");
    }
  }
  if (arguments.alignments.empty() &&
      (arguments.alignment_layer >= 0 || arguments.alignment_head >= 0)) {
    throw UserError("--alignment-layer and --alignment-head: no alignments are written",
                    "add --alignments FILE");
  }
}

int run(const TranslateArguments& arguments, CommandContext& context) {
  const auto logger = make_logger({});
  check_arguments(arguments);
  set_compute_threads(arguments.threads);
  catch_signals();  // a file that is being written must not be left behind half done
  LineReader reader = open_input(arguments.input, arguments.is_strict, &context.stop);
  std::vector<OpenedModel> opened = open_models(arguments.model, parse_device(arguments.device));
  const OpenedModel& first = opened.front();
  Translator translator(first.tokenizers.source, first.tokenizers.target, first.header.roles,
                        translator_options(arguments, opened));
  Models models;
  for (OpenedModel& model : opened)
    models.push_back(model.model.get());
  std::vector<std::filesystem::path> inputs = {arguments.input, arguments.prefix};
  for (const OpenedModel& model : opened) {
    const auto files = files_of(model);
    inputs.insert(inputs.end(), files.begin(), files.end());
  }
  Outputs outputs(arguments, inputs);
  Filter(std::move(models), translator, arguments, *logger, context.stop).run(reader, outputs);
  if (context.stop.is_requested()) return 128 + context.stop.signal_number();
  outputs.commit();
  return 0;
}

/// What changes the text of the translations.
void add_search_options(CLI::App& command, TranslateArguments& a) {
  command.add_option("--beam-size", a.beam_size, field_doc("decoding.beam_size"))
      ->check(CLI::Range(1, 256));
  command.add_option("--length-penalty", a.length_penalty, field_doc("decoding.length_penalty"));
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
  command
      .add_option("--prefix", a.prefix,
                  "Text that each translation begins with, a line for each line; blank = none.")
      ->type_name("FILE");
}

/// What is written beside the translations.
void add_output_options(CLI::App& command, TranslateArguments& a) {
  command
      .add_option("--n-best", a.num_best,
                  "Write the N best translations of each line, in Moses format.")
      ->check(CLI::Range(1, 256));
  command.add_flag("--scores", a.has_scores,
                   "Write the score (after the length penalty) and a tab before each line.");
  command
      .add_option("--alignments", a.alignments,
                  "Write which words belong together, source-target pairs such as 0-0 1-2, a line "
                  "for each translation (Pharaoh format).")
      ->type_name("FILE");
  command
      .add_option("--alignment-layer", a.alignment_layer,
                  "Decoder block that alignments are read from, counted from 0; all if not given.")
      ->check(CLI::Range(0, 255));
  command
      .add_option("--alignment-head", a.alignment_head,
                  "Its attention head, counted from 0; all if not given.")
      ->check(CLI::Range(0, 1023));
}

}  // namespace

Command add_translate_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand("translate", "Translate text, a line in, a line out.");
  auto a = std::make_shared<TranslateArguments>();
  command
      ->add_option("model", a->model,
                   "A model directory, or a checkpoint inside one; A,B = an ensemble of both.")
      ->required()
      ->type_name("MODEL");
  command
      ->add_option("--input", a->input, "Text, one sentence a line; standard input if not given.")
      ->type_name("FILE");
  command->add_option("--output", a->output, "Standard output if not given.")->type_name("FILE");
  add_search_options(*command, *a);
  add_output_options(*command, *a);
  command->add_option("--batch-tokens", a->batch_tokens, field_doc("decoding.batch_tokens"))
      ->check(CLI::Range(1, 1 << 30));
  command->add_option("--threads", a->threads, "Processor threads; 0 = all.")
      ->check(CLI::Range(0, 4096));
  command->add_option("--device", a->device, field_doc("device"))->capture_default_str();
  command->add_flag("--strict", a->is_strict, "Refuse invalid UTF-8 instead of replacing it.");
  return {command, [a](CommandContext& context) { return run(*a, context); }};
}

}  // namespace regard
