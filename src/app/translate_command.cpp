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
  parse_length_penalty(options.length_penalty);
  if (arguments.num_best > options.beam_size) {
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

/// Reads, translates and writes pools of lines: large ones from a file, and whatever is there when
/// a program writes line by line and waits for each answer.
class Filter {
 public:
  Filter(OpenedModel& model, Translator& translator, const TranslateArguments& arguments,
         Logger& logger)
      : model_(model), translator_(translator), arguments_(arguments), logger_(logger) {}

  void run(LineReader& reader, TextOutput& output) {
    while (true) {
      std::vector<std::string> pool;
      Line line;
      while (pool.size() < kPool && (pool.empty() || reader.has_buffered_line())) {
        if (!reader.next(line)) break;
        warn_about(line, reader.name());
        pool.push_back(std::move(line.text));
      }
      if (pool.empty()) break;
      translate(pool, reader.name(), output);
    }
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

  void translate(const std::vector<std::string>& pool, const std::string& name,
                 TextOutput& output) {
    const auto results =
        translator_.translate_all(*model_.model, pool, nullptr, [&](std::int64_t done) {
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
    for (const auto& translations : results)
      output.write(format(translations, first_++, arguments_));
    logger_.status("");
    output.flush();
  }

  void report() {
    if (arguments_.output.empty() && isatty(STDOUT_FILENO) == 0)
      return;  // a filter in a pipe stays silent
    logger_.info(
        str(with_thousands(first_), " lines in ", format_fixed(watch_.seconds(), 1), " s"));
  }

  OpenedModel& model_;
  Translator& translator_;
  const TranslateArguments& arguments_;
  Logger& logger_;
  LimitedWarnings invalid_{logger_, "lines with invalid UTF-8"};
  LimitedWarnings cut_{logger_, "lines that were cut"};
  Stopwatch watch_;
  std::int64_t first_ = 0;  // lines written
};

LineReader open_input(const std::string& path, bool is_strict) {
  LineReaderOptions options;
  options.invalid_utf8 = is_strict ? InvalidUtf8::error : InvalidUtf8::replace;
  if (path.empty() || path == "-") return LineReader(STDIN_FILENO, "standard input", options);
  return LineReader(std::filesystem::path(path), options);
}

int run(const TranslateArguments& arguments) {
  const auto logger = make_logger({});
  set_compute_threads(arguments.threads);
  LineReader reader = open_input(arguments.input, arguments.is_strict);
  OpenedModel model = open_model(arguments.model, parse_device(arguments.device));
  TranslatorOptions options;
  options.decoding = decoding_of(arguments, model.config.decoding);
  options.num_best = std::max<std::int64_t>(1, arguments.num_best);
  Translator translator(model.tokenizers.source, model.tokenizers.target, model.header.roles,
                        options);
  TextOutput output(arguments.output, arguments.input);
  Filter(model, translator, arguments, *logger).run(reader, output);
  output.commit();
  return 0;
}

}  // namespace

Command add_translate_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand("translate", "Translate text, a line in, a line out.");
  auto a = std::make_shared<TranslateArguments>();
  command->add_option("model", a->model, "A model directory, or a checkpoint inside one.")
      ->required()
      ->type_name("MODEL");
  command
      ->add_option("--input", a->input, "Text, one sentence a line; standard input if not given.")
      ->type_name("FILE");
  command->add_option("--output", a->output, "Standard output if not given.")->type_name("FILE");
  command->add_option("--beam-size", a->beam_size, field_doc("decoding.beam_size"))
      ->check(CLI::Range(1, 256));
  command->add_option("--length-penalty", a->length_penalty, field_doc("decoding.length_penalty"));
  command->add_option(
      "--max-length", a->max_length,
      "Longest translation: subwords, or FACTORx+PLUS times the source, such as 2.0x+10.");
  command->add_option("--min-length", a->min_length, field_doc("decoding.min_length"))
      ->check(CLI::Range(0, 100000));
  command
      ->add_option("--n-best", a->num_best,
                   "Write the N best translations of each line, in Moses format.")
      ->check(CLI::Range(1, 256));
  command->add_flag("--scores", a->has_scores,
                    "Write the score (after the length penalty) and a tab before each line.");
  command->add_option("--batch-tokens", a->batch_tokens, field_doc("decoding.batch_tokens"))
      ->check(CLI::Range(1, 1 << 30));
  command->add_option("--threads", a->threads, "Processor threads; 0 = all.")
      ->check(CLI::Range(0, 4096));
  command->add_option("--device", a->device, field_doc("device"))->capture_default_str();
  command->add_flag("--strict", a->is_strict, "Refuse invalid UTF-8 instead of replacing it.");
  return {command, [a](CommandContext&) { return run(*a); }};
}

}  // namespace regard
