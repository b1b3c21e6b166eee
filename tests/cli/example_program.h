#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "regard/cli/command.h"
#include "regard/cli/parse.h"

namespace regard::cli {

enum class Heat { low, high };
REGARD_ENUM(Heat, low, high);

/// A small program with an option of every kind: kitchen cook, kitchen list meals.
struct ExampleProgram {
  std::string dish;
  std::int64_t guests = 2;
  Heat heat = Heat::low;
  std::optional<double> minutes;
  bool has_salt = false;
  bool is_raw = false;
  std::string recipe;
  std::string kitchen;
  std::vector<std::string> extras;
  std::vector<std::string> herbs;
  Command program{"kitchen", "Cooks."};

  ExampleProgram() {
    Command& cook = program.add_command("cook", "Cook a meal: it's not [hard].");
    cook.examples = {{"kitchen cook soup", "hot"}};
    cook.page = "docs/cook.md";
    cook.argument("DISH", dish, "What to cook.").required();
    cook.option("--guests", guests, "Plates to fill.", config::between(1, 12));
    cook.option("--heat", heat, "Of the stove.");
    cook.option("--minutes", minutes, "Time.", config::above(0.0));
    cook.option("--recipe", recipe,
                "Where it is written, in a text so long that it does not stand on one line of the "
                "help; that's \\all.")
        .file();
    cook.option("--kitchen", kitchen, ".Folder of the kitchen.").folder();
    cook.flag("--raw", is_raw, "Without heat.").excludes("--heat");
    cook.heading_of_options = "Taste";
    cook.flag("--salt", has_salt, "Add salt.");
    cook.option("--with", extras, "Another thing.").repeated().hinting({"peas=", "mint="});
    cook.option("--herbs", herbs, "Herbs.").called("HERB");
    Command& list = program.add_command("list", "Lists.");
    list.add_command("meals", "All meals.");
  }

  /// The words are behind the program's name.
  static std::vector<const char*> line(const std::vector<std::string>& words) {
    std::vector<const char*> argv = {"kitchen"};
    for (const std::string& word : words)
      argv.push_back(word.c_str());
    return argv;
  }
  const Command& parse(const std::vector<std::string>& words) {
    const std::vector<const char*> argv = line(words);
    return cli::parse(program, static_cast<int>(argv.size()), argv.data());
  }
  std::optional<std::string> asked(const std::vector<std::string>& words) {
    const std::vector<const char*> argv = line(words);
    return asked_text(program, "kitchen 1", static_cast<int>(argv.size()), argv.data());
  }
};

}  // namespace regard::cli
