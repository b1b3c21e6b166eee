#include "help.h"

#include <algorithm>
#include <map>

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
      {"predict",
       {{"regard predict runs/classify < lines.txt > answers.txt",
         "regard predict runs/classify --input lines.txt --top 3 --scores",
         "regard predict runs/tag --data test.conll --output answers.txt"},
        "docs/tasks.md"}},
      {"serve",
       {{"regard serve runs/quickstart",
         "regard serve de-en=runs/a en-de=runs/b --precision int8 --port 8080",
         "regard serve de-en=runs/a en-fr=runs/c --pivot en --idle 30  (opens models when needed)",
         "curl -d 'q=Guten Tag' -d source=de -d target=en http://127.0.0.1:5000/translate"},
        "docs/serving.md"}},
      {"evaluate",
       {{"regard evaluate --hypothesis output.en --reference input.en --metrics bleu,chrf",
         "regard evaluate --hypothesis a.en --reference input.en --baseline b.en --confidence",
         "regard evaluate runs/quickstart --source input.de --reference input.en --beam-size 8",
         "regard evaluate runs/classify --data test.tsv"},
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
      {"completion",
       {{"regard completion bash > ~/.local/share/bash-completion/completions/regard",
         "regard completion zsh > ~/.zfunc/_regard  (~/.zfunc is a folder of fpath)",
         "regard completion fish > ~/.config/fish/completions/regard.fish"},
        "docs/guide.md#completion-and-manual-pages"}},
      {"man",
       {{"regard man ~/.local/share/man/man1", "man regard-translate"},
        "docs/guide.md#completion-and-manual-pages"}},
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

/// "regard translate MODEL  (what it does)" in its two parts.
cli::Example example_of(const std::string& text) {
  const std::size_t note = text.find("  (");
  if (note == std::string::npos) return {text};
  return {text.substr(0, note), text.substr(note + 3, text.size() - note - 4)};
}

void add_examples(cli::Command& command, const std::string& path) {
  for (cli::Command& below : command.commands) {
    const auto found = help_table().find(path + below.name);
    if (found != help_table().end()) {
      for (const std::string& example : found->second.examples)
        below.examples.push_back(example_of(example));
      below.page = found->second.page;
    }
    add_examples(below, path + below.name + " ");
  }
}

/// The headings of the list of commands, and what stands under them, in this order.
void group_commands(cli::Command& program) {
  const std::vector<std::pair<const char*, std::vector<std::string>>> groups = {
      {"Training", {"init", "train", "compare", "average", "align"}},
      {"Translating", {"translate", "serve", "predict", "attend", "encode", "decode"}},
      {"Measuring", {"evaluate", "score"}},
      {"Models", {"info", "import", "export"}},
      {"Configuration and help", {"config", "help", "completion", "man"}}};
  for (cli::Command& command : program.commands) {
    for (const auto& [heading, names] : groups) {
      const bool is_here = std::find(names.begin(), names.end(), command.name) != names.end();
      if (is_here) command.heading = heading;
    }
  }
}

}  // namespace

void add_help_texts(cli::Command& program) {
  add_examples(program, "");
  group_commands(program);
  program.footer =
      "Start with:  regard train configs/quickstart.yaml\n"
      "             regard translate runs/quickstart < input.de > output.en\n"
      "Then:        regard help COMMAND";
}

}  // namespace regard
