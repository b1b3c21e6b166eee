#include <unistd.h>

#include "regard/core/error.h"
#include "regard/core/logger.h"
#include "regard/core/strings.h"
#include "regard/run/model_files.h"
#include "regard/run/model_names.h"
#include "regard/run/text_output.h"
#include "regard/text/line_reader.h"

#include "command.h"

namespace regard {
namespace {

struct TokenizerArguments {
  std::string model;
  std::string side = "source";
};

/// A .spm file, or the vocabulary of a model directory.
Tokenizer open_tokenizer(const TokenizerArguments& arguments) {
  std::error_code none;
  if (!std::filesystem::is_directory(arguments.model, none))
    return Tokenizer::load(arguments.model);
  const TokenizerPair pair = load_tokenizers(model_folder_of(arguments.model));
  return arguments.side == "target" ? pair.target : pair.source;
}

int filter(const std::function<std::string(std::string_view)>& change) {
  const auto logger = make_logger({});
  LimitedWarnings cut(*logger, "lines that were cut");
  LineReaderOptions options;
  options.invalid_utf8 = InvalidUtf8::replace;
  LineReader reader(STDIN_FILENO, "standard input", options);
  TextOutput output({});
  for (Line line; reader.next(line);) {
    const std::string_view text = cut_for_encoding(line.text);
    if (line.was_cut || text.size() < line.text.size()) {
      cut.warn(str(to_string(SourceSpot{reader.name(), line.number}),
                   ": the line is too long and was cut"));
    }
    output.write(change(text) + "\n");
    if (!reader.has_buffered_line()) output.flush();
  }
  output.commit();
  return 0;
}

cli::Command& add_filter(cli::Command& program, const char* name, const char* text,
                         TokenizerArguments& arguments, const char* usual_side) {
  cli::Command& command = program.add_command(name, text);
  arguments.side = usual_side;
  command.argument("MODEL", arguments.model, "A .spm file, or a model directory.")
      .file("MODEL|F.spm")
      .required();
  command.option("--side", arguments.side, "Which vocabulary of the model directory to use.",
                 config::one_of({"source", "target"}));
  return command;
}

}  // namespace

Command add_encode_command(cli::Command& program) {
  auto a = std::make_shared<TokenizerArguments>();
  cli::Command& command =
      add_filter(program, "encode",
                 "Convert text to subwords, from standard input to standard output.", *a, "source");
  return {&command, [a](CommandContext&) {
            const Tokenizer tokenizer = open_tokenizer(*a);
            return filter(
                [&](std::string_view line) { return join(tokenizer.encode_pieces(line), " "); });
          }};
}

Command add_decode_command(cli::Command& program) {
  auto a = std::make_shared<TokenizerArguments>();
  cli::Command& command =
      add_filter(program, "decode",
                 "Convert subwords to text, from standard input to standard output.", *a, "target");
  return {&command, [a](CommandContext&) {
            const Tokenizer tokenizer = open_tokenizer(*a);
            return filter([&](std::string_view line) {
              std::vector<std::string> pieces;
              for (std::string& piece : split(std::string(line), ' ')) {
                if (!piece.empty()) pieces.push_back(std::move(piece));
              }
              return tokenizer.decode_pieces(pieces);
            });
          }};
}

}  // namespace regard
