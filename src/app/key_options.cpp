#include "key_options.h"

#include <stdexcept>

#include "regard/config/fields.h"
#include "regard/config/values.h"
#include "regard/core/strings.h"
#include "regard/run/config.h"

namespace regard {
namespace {

/// The keys that an assignment may begin with.
std::vector<std::string> assignable_keys() {
  std::vector<std::string> keys;
  for (const config::FieldDoc& field : config::list_fields<Config>()) {
    const bool is_in_list = field.path.find("[]") != std::string::npos;
    if (!is_in_list && !field.is_group) keys.push_back(field.path + "=");
  }
  return keys;
}

}  // namespace

cli::Option& add_key(cli::Command& command, const std::string& name, const std::string& key,
                     config::Overrides& overrides) {
  const config::Field& field = field_of(key);
  cli::Option option = cli::option_of_key(name, field);
  option.take = [name, key, &field, &overrides](const std::string& value) {
    overrides.add(key, config::value_as_yaml(field, value), {name});
  };
  return command.add(std::move(option));
}

cli::Option& add_value_like_key(cli::Command& command, const std::string& name,
                                const std::string& key, std::string& value) {
  const config::Field& field = field_of(key);
  cli::Option option = cli::option_of_key(name, field);
  if (!value.empty()) option.fallback = "default " + value;
  option.take = [name, &field, &value](const std::string& given) {
    config::read_value(field, given, &value, name);
  };
  return command.add(std::move(option));
}

std::string default_of_model(const std::string& key) {
  for (const config::FieldDoc& field : config::list_fields<Config>()) {
    if (field.path != key) continue;
    std::string usual = field.default_text;
    std::erase(usual, '"');
    return "default: the model's, else " + usual;
  }
  throw std::logic_error("no such key: " + key);
}

cli::Option& add_set(cli::Command& command, std::function<void(const std::string&)> take,
                     const std::string& text) {
  cli::Option option;
  option.name = "--set";
  option.text = text;
  option.take = std::move(take);
  return command.add(std::move(option)).called("KEY=VALUE").repeated().hinting(assignable_keys());
}

cli::Option& add_device(cli::Command& command, std::string& device) {
  return add_value_like_key(command, "--device", "device", device)
      .called("DEVICE")
      .hinting({"auto", "cpu", "cuda"});
}

cli::Option& add_model(cli::Command& command, std::string& model) {
  return command.argument("MODEL", model, "A model directory, or a checkpoint inside one.")
      .folder("MODEL")
      .required();
}

}  // namespace regard
