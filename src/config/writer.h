#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "regard/config/type.h"

namespace regard::config {

/// One line of YAML before it is text.
struct Line {
  std::size_t indent = 0;
  std::string text;
  std::string path;     ///< of the value on this line; empty for the head of a group or list
  std::string comment;  ///< meaning of the key; only when asked for
  bool is_example = false;
  std::size_t example_indent = 0;  ///< where the comment sign of an example stands
};

/// Lays a described struct out in lines: block style, scalars' lists in flow style.
class Writer {
 public:
  /// `explains`: every key gets its comment, absent optionals are shown, and examples tell the keys
  /// of what is absent.
  explicit Writer(bool explains) : explains_(explains) {}

  /// `defaults` is what a reader starts from: an absent optional needs a word where that is
  /// present.
  void write_group(const GroupType& type, const void* value, const void* defaults,
                   const std::string& path, std::size_t indent);
  const std::vector<Line>& lines() const { return lines_; }

 private:
  void write_field(const Field& field, const void* value, const void* defaults,
                   const std::string& path, std::size_t indent);
  void write_items(const ListType& type, const void* value, const std::string& path,
                   std::size_t indent);
  void write_example(const Type& type, std::size_t indent);
  Line& add(std::size_t indent, std::string text, std::string path);

  bool explains_;
  std::vector<Line> lines_;
};

/// A value as YAML on one line: "[bleu, chrf]", "{factor: 2.0}", "none".
std::string flow_text(const Type& type, const void* value);

}  // namespace regard::config
