#include "regard/config/emitter.h"
#include "regard/config/fields.h"
#include "regard/run/config.h"

#include "command.h"
#include "config_explain.h"
#include "text_output.h"

namespace regard {
namespace {

struct ConfigArguments {
  std::string path;
  std::vector<std::string> assignments;
};

int print(const std::string& text) {
  write_standard_output(text);
  return 0;
}

std::shared_ptr<ConfigArguments> add_file(CLI::App* command) {
  auto arguments = std::make_shared<ConfigArguments>();
  command->add_option("config", arguments->path, "The YAML file.")->required()->type_name("CONFIG");
  command
      ->add_option("--set", arguments->assignments,
                   "Replace a key, as in --set training.schedule.peak=1e-3.")
      ->type_name("KEY=VALUE")
      ->take_all()
      ->expected(1);
  return arguments;
}

constexpr const char* kReferenceTitle = "Configuration reference";

}  // namespace

std::vector<Command> add_config_commands(CLI::App& app) {
  CLI::App* group = app.add_subcommand("config", "Check, show and explain configurations.");
  group->require_subcommand(1);
  CLI::App* check =
      group->add_subcommand("check", "Find every mistake in a configuration; needs no data.");
  const auto checked = add_file(check);
  CLI::App* show = group->add_subcommand("show", "Print every value and where it comes from.");
  const auto shown = add_file(show);
  CLI::App* explain = group->add_subcommand(
      "explain", "Explain a key: meaning, default, what is allowed, how to write it.");
  auto key = std::make_shared<std::string>();
  explain->add_option("key", *key, "Such as training.schedule.peak, or a group of keys.")
      ->type_name("KEY");
  CLI::App* annotated =
      group->add_subcommand("annotated", "Print the defaults as YAML with a comment per key.");
  CLI::App* reference =
      group->add_subcommand("reference", "Print the reference of all keys as Markdown.");
  return {{check,
           [checked](CommandContext&) {
             const LoadedConfig loaded = load_config(checked->path, checked->assignments);
             const auto logger = make_logger({});
             for (const std::string& doubt : loaded.doubts)
               logger->warning(doubt);
             return print("ok: " + checked->path + "\n");
           }},
          {show,
           [shown](CommandContext&) {
             const LoadedConfig loaded = load_config(shown->path, shown->assignments);
             return print(show_config(loaded));
           }},
          {explain, [key](CommandContext&) { return print(explain_key(*key)); }},
          {annotated, [](CommandContext&) { return print(config::annotated<Config>()); }},
          {reference,
           [](CommandContext&) { return print(config::reference<Config>(kReferenceTitle)); }}};
}

}  // namespace regard
