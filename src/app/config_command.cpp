#include "regard/config/emitter.h"
#include "regard/config/fields.h"
#include "regard/run/config.h"

#include "command.h"
#include "config_explain.h"
#include "key_options.h"
#include "text_output.h"

namespace regard {
namespace {

struct ConfigArguments {
  std::string path;
  config::Overrides overrides;
};

int print(const std::string& text) {
  write_standard_output(text);
  return 0;
}

std::shared_ptr<ConfigArguments> add_file(cli::Command& command) {
  auto arguments = std::make_shared<ConfigArguments>();
  command.argument("CONFIG", arguments->path, "The YAML file.").file("CONFIG").required();
  add_set(
      command, [arguments](const std::string& given) { arguments->overrides.add(given); },
      "Replace a key, as in --set training.schedule.peak=1e-3.");
  return arguments;
}

Command add_check(cli::Command& group) {
  cli::Command& command =
      group.add_command("check", "Find every mistake in a configuration; needs no data.");
  const auto arguments = add_file(command);
  return {&command, [arguments](CommandContext&) {
            const LoadedConfig loaded = load_config(arguments->path, arguments->overrides);
            const auto logger = make_logger({});
            for (const std::string& doubt : loaded.doubts)
              logger->warning(doubt);
            return print("ok: " + arguments->path + "\n");
          }};
}

Command add_show(cli::Command& group) {
  cli::Command& command = group.add_command("show", "Print every value and where it comes from.");
  const auto arguments = add_file(command);
  return {&command, [arguments](CommandContext&) {
            return print(show_config(load_config(arguments->path, arguments->overrides)));
          }};
}

Command add_explain(cli::Command& group) {
  cli::Command& command = group.add_command(
      "explain", "Explain a key: meaning, default, allowed values, how to write it.");
  auto key = std::make_shared<std::string>();
  std::vector<std::string> keys;
  for (const config::FieldDoc& field : config::list_fields<Config>())
    keys.push_back(field.path);
  command.argument("KEY", *key, "A key such as training.schedule.peak, or a group of keys.")
      .hinting(std::move(keys));
  return {&command, [key](CommandContext&) { return print(explain_key(*key)); }};
}

constexpr const char* kReferenceTitle = "Configuration reference";

}  // namespace

std::vector<Command> add_config_commands(cli::Command& program) {
  cli::Command& group = program.add_command("config", "Check, show and explain configurations.");
  std::vector<Command> commands = {add_check(group), add_show(group), add_explain(group)};
  cli::Command& annotated =
      group.add_command("annotated", "Print the defaults as YAML with a comment per key.");
  cli::Command& reference =
      group.add_command("reference", "Print the reference of all keys as Markdown.");
  commands.push_back(
      {&annotated, [](CommandContext&) { return print(config::annotated<Config>()); }});
  commands.push_back({&reference, [](CommandContext&) {
                        return print(config::reference<Config>(kReferenceTitle));
                      }});
  return commands;
}

}  // namespace regard
