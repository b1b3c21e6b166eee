#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "regard/config/document.h"
#include "regard/config/type.h"

namespace regard::config {

/// A key and the group that declares it.
struct FoundField {
  const Field* field = nullptr;
  const GroupType* owner = nullptr;
};

/// The field of a path such as "training.schedule.peak" or "data.train[].source" (indices do not
/// matter), or nothing.
std::optional<FoundField> find_field(const GroupType& root, std::string_view path);

/// The group of a path, or nullptr; the empty path is the root.
const GroupType* find_group(const GroupType& root, std::string_view path);

/// "data.train[0].source" -> "data.train[].source".
std::string without_indices(std::string_view path);

/// What was written, as YAML, where the field takes it (of words the nearest one); else nothing.
std::optional<std::string> value_for(const Field& field, const std::string& text);

/// The default of a field as YAML; empty for a group and where there is none.
std::string default_for(const FoundField& found);

/// A list with one group and the keys that it must have, or its first two where it must have none:
/// "[{source: ..., target: ...}]".
std::string example_list(const ListType& type);

/// How a key is written into a document: "write heads: 8 in model (line 12)", "write model:
/// {heads: 8}", or, where the mistake came from `--set`, "write --set model.heads=8". Where it is
/// there already: "remove this, since model.heads is written in line 13". `path` has no lists.
std::string how_to_write(const Document& document, std::string_view path, const std::string& value,
                         bool is_of_command_line);

}  // namespace regard::config
