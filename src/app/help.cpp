#include "help.h"

#include <algorithm>
#include <map>

#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

struct CommandHelp {
  std::vector<std::string> examples;  ///< a command, or a command, two blanks and what it does
  std::string page;                   ///< of the documentation
};

using HelpTable = std::map<std::string, CommandHelp>;

HelpTable training_help() {
  return {
      {"init",
       {{"regard init --source train.de --target train.en --output my.yaml",
         "regard init --source train.de --target train.en --from runs/quickstart"},
        "docs/guide.md#a-first-configuration"}},
      {"train",
       {{"regard train configs/quickstart.yaml  (starts a run, or resumes it)",
         "regard train my.yaml --dry-run  (reads the data, shows sizes and memory, writes nothing)",
         "regard train my.yaml --set training.max_updates=50000",
         "regard train my.yaml --output runs/tuned --set training.init_from=runs/quickstart"},
        "docs/guide.md#training"}},
      {"compare",
       {{"regard compare a.yaml b.yaml --updates 2000 --seeds 2",
         "regard compare a.yaml b.yaml --minutes 30 --source test.de --reference test.en"},
        "docs/guide.md#comparing"}},
      {"average",
       {{"regard average runs/average runs/a/checkpoints/last runs/a/checkpoints/best"},
        "docs/guide.md#translating"}},
  };
}

HelpTable text_help() {
  return {
      {"translate",
       {{"regard translate runs/quickstart < input.de > output.en",
         "regard translate runs/quickstart  (type sentences, Ctrl-D ends)",
         "regard translate runs/quickstart --input input.de --n-best 3 --beam-size 8",
         "regard translate runs/a,runs/b --input input.de --output output.en  (an ensemble)"},
        "docs/guide.md#translating"}},
      {"evaluate",
       {{"regard evaluate --hypothesis output.en --reference input.en --metrics bleu,chrf",
         "regard evaluate --hypothesis a.en --reference input.en --baseline b.en --confidence",
         "regard evaluate runs/quickstart --source input.de --reference input.en --beam-size 8"},
        "docs/guide.md#scoring"}},
      {"score",
       {{"regard score runs/quickstart --source input.de --target output.en --normalize",
         "regard score runs/quickstart --source input.de --target output.en --word-scores",
         "regard score runs/b --source input.de --n-best list_of_a.txt --rerank"},
        "docs/guide.md#scoring"}},
      {"attend",
       {{"regard attend runs/quickstart --source input.de --output page.html",
         "regard attend runs/quickstart --source input.de --output map.svg --line 1",
         "regard attend runs/quickstart --source input.de --target output.en > maps.json"},
        "docs/guide.md#looking-into-the-attention"}},
      {"align",
       {{"regard align --source train.de --target train.en --output train.links",
         "regard align --source train.de --target train.en --lexicon lex > train.links",
         "regard align --source a.de.zst --target a.en.zst --output a.links --resume a.state  (big "
         "texts: the same command goes on after an interruption)",
         "regard align --source test.de --target test.en --gold test.gold > test.links"},
        "docs/guide.md#word-alignment"}},
      {"encode",
       {{"regard encode runs/quickstart < input.de > pieces.de",
         "regard encode my.spm < input.de > pieces.de"},
        "docs/guide.md#vocabulary"}},
      {"decode",
       {{"regard decode runs/quickstart < pieces.de > input.de"}, "docs/guide.md#vocabulary"}},
  };
}

HelpTable model_help() {
  return {
      {"info",
       {{"regard info runs/quickstart", "regard info runs/quickstart/checkpoints/last --tensors",
         "regard info runs/quickstart --json"},
        "docs/guide.md#translating"}},
      {"import", {{}, "docs/interop.md"}},
      {"import marian-hf",
       {{"regard import marian-hf opus-mt-de-en models/de-en",
         "regard translate models/de-en < input.de"},
        "docs/interop.md"}},
      {"import marian-npz",
       {{"regard import marian-npz model.npz models/de-en"}, "docs/interop.md"}},
      {"export", {{}, "docs/interop.md"}},
      {"export ctranslate2",
       {{"regard export ctranslate2 runs/quickstart quickstart.ct2",
         "regard export ctranslate2 runs/quickstart quickstart.ct2 --quantization int8"},
        "docs/interop.md"}},
      {"export marian-hf",
       {{"regard export marian-hf runs/quickstart quickstart-hf"}, "docs/interop.md"}},
      {"export argos",
       {{"regard export argos runs/quickstart quickstart.argosmodel"}, "docs/interop.md"}},
  };
}

HelpTable configuration_help() {
  return {
      {"config", {{}, "docs/config.md"}},
      {"config check",
       {{"regard config check my.yaml", "regard config check my.yaml --set model.heads=4"},
        "docs/config.md"}},
      {"config show", {{"regard config show my.yaml"}, "docs/config.md"}},
      {"config explain",
       {{"regard config explain training.schedule.peak",
         "regard config explain training.schedule  (all keys of a group)",
         "regard config explain  (the groups)"},
        "docs/config.md"}},
      {"config annotated", {{"regard config annotated > all_keys.yaml"}, "docs/config.md"}},
      {"config reference", {{"regard config reference > config.md"}, "docs/config.md"}},
      {"help", {{"regard help translate", "regard help config explain"}, "docs/guide.md"}},
  };
}

const HelpTable& help_table() {
  static const HelpTable table = [] {
    HelpTable all = training_help();
    for (auto* part : {text_help, model_help, configuration_help})
      all.merge(part());
    return all;
  }();
  return table;
}

std::string footer_of(const CommandHelp& help) {
  std::string text;
  if (!help.examples.empty()) text += "Examples:\n";
  for (const std::string& example : help.examples) {
    const std::size_t note = example.find("  (");
    text += "  " + example.substr(0, note) + "\n";
    if (note != std::string::npos)
      text += "      " + example.substr(note + 3, example.size() - note - 4) + "\n";
  }
  return str(text, text.empty() ? "" : "\n", "More: ", help.page);
}

void add_footers(CLI::App& app, const std::string& path) {
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    const std::string name = path + command->get_name();
    const auto found = help_table().find(name);
    if (found != help_table().end()) command->footer(footer_of(found->second));
    add_footers(*command, name + " ");
  }
}

const CLI::App* command_of(const CLI::App& app, const std::string& name) {
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

/// The headings of the list of commands, and what stands under them.
void group_commands(CLI::App& app) {
  const std::vector<std::pair<const char*, std::vector<std::string>>> groups = {
      {"Training", {"init", "train", "compare", "average", "align"}},
      {"Translating", {"translate", "attend", "encode", "decode"}},
      {"Measuring", {"evaluate", "score"}},
      {"Models", {"info", "import", "export"}},
      {"Configuration and help", {"config", "help"}}};
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    for (const auto& [heading, names] : groups) {
      const bool is_here =
          std::find(names.begin(), names.end(), command->get_name()) != names.end();
      if (is_here) command->group(heading);
    }
  }
}

/// Options of long lists by heading; others stay under "Options".
void group_options(CLI::App& command) {
  constexpr std::size_t kFew = 8;
  const std::vector<std::pair<const char*, std::vector<std::string>>> groups = {
      {"Search",
       {"--beam-size", "--length-penalty", "--stop", "--max-length", "--min-length",
        "--no-repeat-ngram", "--sample", "--prefix"}},
      {"Output",
       {"--output", "--n-best", "--scores", "--word-scores", "--piece-scores", "--alignments",
        "--alignment-unit", "--alignment-layer", "--alignment-head", "--pieces", "--json"}},
      {"Machine",
       {"--threads", "--workers", "--batch-tokens", "--precision", "--device", "--reference",
        "--profile"}}};
  if (command.get_name() != "translate" || command.get_options().size() < kFew) return;
  for (const auto& [heading, names] : groups) {
    for (const std::string& name : names) {
      if (CLI::Option* option = command.get_option_no_throw(name)) option->group(heading);
    }
  }
}

/// What `regard help` names its command by: "translate", "config explain".
std::string help_of(const CLI::App& app, int argc, const char* const* argv) {
  const CLI::App* chosen = &app;
  std::string path;
  for (int i = 2; i < argc; ++i) {
    const std::string name = argv[i];
    if (name.starts_with("-")) continue;
    const CLI::App* next = command_of(*chosen, name);
    if (next == nullptr) {
      if (chosen->get_subcommands({}).empty()) break;  // "regard help translate MODEL"
      throw UserError(unknown_command(*chosen, name), "see regard help");
    }
    path += (path.empty() ? "regard" : " " + chosen->get_name());
    chosen = next;
  }
  return chosen->help(path);
}

}  // namespace

void add_help_command(CLI::App& app) {
  app.add_subcommand("help", "Show the help of a command.")
      ->add_option("command", "As in regard help config explain; all commands if not given.")
      ->type_name("COMMAND");
}

void add_help_texts(CLI::App& app) {
  app.get_formatter()->column_width(32);
  add_footers(app, "");
  group_commands(app);
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; }))
    group_options(*command);
  app.footer(
      "Start with:  regard train configs/quickstart.yaml\n"
      "             regard translate runs/quickstart < input.de > output.en\n"
      "Then:        regard help COMMAND");
}

std::vector<std::string> examples_of(const std::string& command) {
  const auto found = help_table().find(command);
  if (found == help_table().end()) return {};
  std::vector<std::string> examples = found->second.examples;
  for (std::string& example : examples)
    example = example.substr(0, example.find("  ("));
  return examples;
}

CommandPlace command_place(const CLI::App& app, int argc, const char* const* argv) {
  CommandPlace place{&app, "regard", 1};
  for (; place.next < argc; ++place.next) {
    const CLI::App* next = command_of(*place.app, argv[place.next]);
    if (next == nullptr) break;
    place.app = next;
    place.path += " " + next->get_name();
  }
  return place;
}

std::string unknown_command(const CLI::App& app, const std::string& name) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({}))
    names.push_back(command->get_name());
  constexpr std::size_t kShown = 100;
  const std::string likely = name.size() < kShown ? nearest(name, names) : "";
  return str("unknown command '", escape_for_message(name, kShown), "'",
             likely.empty() ? "" : str(", did you mean ", likely, "?"));
}

std::optional<std::string> asked_help(const CLI::App& app, int argc, const char* const* argv) {
  const CommandPlace place = command_place(app, argc, argv);
  if (place.app->get_name() == "help" && place.path == "regard help")
    return argc == 2 ? app.help() : help_of(app, argc, argv);
  const bool is_group = !place.app->get_subcommands({}).empty();
  if (!is_group || place.next < argc) return std::nullopt;
  const std::size_t last = place.path.rfind(' ');
  return place.app->help(last == std::string::npos ? "" : place.path.substr(0, last));
}

}  // namespace regard
