#include "regard/config/emitter.h"

#include <algorithm>

#include "regard/core/strings.h"

#include "config/writer.h"

namespace regard::config {
namespace {

std::string spaces(std::size_t count) {
  return std::string(count, ' ');
}

std::string one_line(const Line& line) {
  return spaces(line.indent) + line.text;
}

}  // namespace

std::string to_yaml(const GroupType& type, const void* value) {
  Writer writer(/*explains=*/false);
  writer.write_group(type, value, type.defaults(), "", 0);
  if (writer.lines().empty()) return "{}\n";
  std::string out;
  for (const Line& line : writer.lines()) {
    out += one_line(line) + "\n";
  }
  return out;
}

std::string show(const GroupType& type, const void* value, const Document& document) {
  constexpr std::size_t kCommentColumn = 40;
  Writer writer(/*explains=*/false);
  writer.write_group(type, value, type.defaults(), "", 0);
  std::string out;
  for (const Line& line : writer.lines()) {
    std::string text = one_line(line);
    if (!line.path.empty()) {
      text += spaces(std::max(kCommentColumn, text.size() + 2) - text.size());
      text += "# " + escape_for_message(document.origin_of(line.path));
    }
    out += text + "\n";
  }
  return out;
}

std::string annotated(const GroupType& type) {
  Writer writer(/*explains=*/true);
  writer.write_group(type, type.defaults(), type.defaults(), "", 0);
  std::string out;
  for (const Line& line : writer.lines()) {
    if (line.is_example) {
      const std::string note = line.comment.empty() ? "" : "  # " + line.comment;
      out += str(spaces(line.example_indent), "# ", spaces(line.indent - line.example_indent),
                 line.text, note, "\n");
      continue;
    }
    if (!line.comment.empty()) out += str(spaces(line.indent), "# ", line.comment, "\n");
    out += one_line(line) + "\n";
  }
  return out;
}

}  // namespace regard::config
