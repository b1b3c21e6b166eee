#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "regard/config/type_of.h"

namespace regard::config {

/// What the documentation says of one key.
struct FieldDoc {
  std::string path;  ///< items of a list of groups: "data.train[].source"
  std::string type;  ///< "text", "integer", "number", "boolean", "word", "group", "list of ...",
                     ///< "optional ..."
  std::string default_text;  ///< as YAML; empty for groups and for keys that must be given
  std::string range_text;    ///< what is allowed; empty = anything of the type
  std::string unit;
  std::string doc;
  ResumeClass resume = ResumeClass::free;
  bool is_required = false;
  bool is_group = false;  ///< its keys follow
};

/// A key in which two configurations differ, with both values as YAML ("none" where an optional is
/// absent).
struct Difference {
  std::string path;
  std::string text_a;
  std::string text_b;
  ResumeClass resume = ResumeClass::free;
};

std::vector<FieldDoc> list_fields(const GroupType& type);
/// The declaration of a key such as "training.schedule.peak", or nullptr.
const Field* find_key(const GroupType& type, std::string_view path);
std::string reference(const GroupType& type, std::string_view title);
std::vector<Difference> differences(const GroupType& type, const void* a, const void* b);
/// Keys of one group that do nothing because of another key of it (only_with(), used_with()), in
/// the order of the declarations, whatever their values are.
std::vector<std::string> unused_keys(const GroupType& type, const void* value);
/// "fixed", "course" or "free".
std::string to_string(ResumeClass resume);

/// Every key of T in the order of the declarations; a group comes before its keys.
template <class T>
std::vector<FieldDoc> list_fields() {
  return list_fields(group_of<T>());
}

/// A Markdown page: a section per group, each a table of key, type, default, allowed, resume,
/// meaning.
template <class T>
std::string reference(std::string_view title) {
  return reference(group_of<T>(), title);
}

template <class T>
std::vector<std::string> unused_keys(const T& value) {
  return unused_keys(group_of<T>(), &value);
}

/// The keys in which `a` and `b` differ, in the order of the declarations; for the check on resume.
/// Lists of groups of the same length are compared item by item ("data.train[0].weight"), other
/// lists as a whole.
template <class T>
std::vector<Difference> differences(const T& a, const T& b) {
  return differences(group_of<T>(), &a, &b);
}

}  // namespace regard::config
