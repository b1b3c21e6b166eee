#pragma once

#include <string>

#include "regard/config/document.h"
#include "regard/config/type_of.h"

namespace regard::config {

std::string to_yaml(const GroupType& type, const void* value);
std::string show(const GroupType& type, const void* value, const Document& document);
std::string annotated(const GroupType& type);

/// Every key with its value, so that later defaults change nothing; read back, it gives the same
/// struct (texts must be UTF-8, numbers finite). An absent optional is left out. The same struct
/// always gives the same text.
template <class T>
std::string to_yaml(const T& value) {
  return to_yaml(group_of<T>(), &value);
}

/// to_yaml() with a comment per key that tells where the value comes from (Document::origin_of).
template <class T>
std::string show(const T& value, const Document& document) {
  return show(group_of<T>(), &value, document);
}

/// The defaults of T as YAML, with a comment above each key: meaning, what is allowed, unit,
/// whether it must be given. Absent optionals are shown as `none`, the keys inside them and inside
/// list items as comments.
template <class T>
std::string annotated() {
  return annotated(group_of<T>());
}

}  // namespace regard::config
