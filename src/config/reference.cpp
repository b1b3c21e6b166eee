#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "regard/config/fields.h"
#include "regard/core/strings.h"

#include "config/path.h"

namespace regard::config {
namespace {

/// Text for a cell of a Markdown table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '<' || c == '>' || c == '*' || c == '_' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

/// The same as code, where only the bar is special.
std::string code(std::string_view text) {
  if (text.empty()) return "";
  std::string out = "`";
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out + "`";
}

std::string row_of(const FieldDoc& field) {
  const std::size_t dot = field.path.rfind('.');
  const std::string name = dot == std::string::npos ? field.path : field.path.substr(dot + 1);
  std::string allowed = cell(field.range_text);
  if (!field.unit.empty()) allowed += str(allowed.empty() ? "" : "; ", "in ", cell(field.unit));
  const std::string fallback = field.is_required ? "must be given" : code(field.default_text);
  return str("| ", code(name), " | ", field.type, " | ", fallback, " | ", allowed, " | ",
             to_string(field.resume), " | ", cell(field.doc), " |\n");
}

/// The section of one group: its meaning and the table of its keys, groups among them as rows of
/// their own.
std::string section_of(const std::vector<FieldDoc>& fields, std::string_view path,
                       std::string_view heading, std::string_view doc) {
  std::string rows;
  for (const FieldDoc& field : fields) {
    if (parent_of(field.path) == path) rows += row_of(field);
  }
  return str("\n## ", heading, "\n\n", doc, doc.empty() ? "" : "\n\n",
             "| key | type | default | allowed | resume | meaning |\n|---|---|---|---|---|---|\n",
             rows);
}

}  // namespace

std::string reference(const GroupType& type, std::string_view title) {
  const std::vector<FieldDoc> fields = list_fields(type);
  std::string page = str("# ", title, "\n");
  page += section_of(fields, "", "Top level", "");
  for (const FieldDoc& field : fields) {
    if (field.is_group) page += section_of(fields, field.path, code(field.path), cell(field.doc));
  }
  return page;
}

}  // namespace regard::config
