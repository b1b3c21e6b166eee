#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "regard/config/fields.h"
#include "regard/core/strings.h"

#include "config/path.h"
#include "config/scalars.h"

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

/// The heading of a group's section as GitHub names it in links: letters, digits, '-' and '_'.
std::string anchor_of(std::string_view path) {
  std::string anchor;
  for (const char c : lower_case(path)) {
    const bool is_kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (is_kept) anchor += c;
  }
  return anchor;
}

/// The groups of a configuration, those with the same keys, defaults and classes printed once.
class ReferencePage {
 public:
  explicit ReferencePage(const GroupType& type) : fields_(list_fields(type)) {}

  std::string text() {
    for (const FieldDoc& field : fields_) {
      if (!field.is_group) continue;
      firsts_.try_emplace(contents_of(field.path), field.path);
      const std::string& first = first_of(field.path);
      if (first == field.path) continue;
      // What is below a group that stands elsewhere stands there, too.
      const std::string parent = parent_of(field.path);
      if (parent.empty() || first_of(parent) == parent) repeats_[first].push_back(field.path);
    }
    std::string page = section_of("", "Top level", "");
    for (const FieldDoc& field : fields_) {
      if (field.is_group && first_of(field.path) == field.path)
        page += section_of(field.path, code(field.path), cell(field.doc));
    }
    return page;
  }

 private:
  /// The rows of a group and of what is below it: equal where everything is.
  std::string contents_of(std::string_view path) const {
    std::string contents;
    for (const FieldDoc& field : fields_) {
      if (parent_of(field.path) != path) continue;
      contents += row_of(field, "");
      if (field.is_group) contents += str("(", contents_of(field.path), ")");
    }
    return contents;
  }

  /// The group that is printed for one.
  const std::string& first_of(const std::string& path) { return firsts_[contents_of(path)]; }

  static std::string row_of(const FieldDoc& field, std::string_view anchor) {
    std::string allowed = cell(field.range_text);
    if (!field.unit.empty()) allowed += str(allowed.empty() ? "" : "; ", "in ", cell(field.unit));
    const std::string fallback = field.is_required ? "must be given" : code(field.default_text);
    const std::string name = code(last_key(field.path));
    const std::string linked = anchor.empty() ? name : str("[", name, "](#", anchor, ")");
    return str("| ", linked, " | ", field.type, " | ", fallback, " | ", allowed, " | ",
               to_string(field.resume), " | ", cell(field.doc), " |\n");
  }

  /// The section of one group: its meaning, where else it stands, and the table of its keys, groups
  /// among them as rows that lead to their sections.
  std::string section_of(std::string_view path, std::string_view heading, std::string_view doc) {
    std::string rows;
    for (const FieldDoc& field : fields_) {
      if (parent_of(field.path) != path) continue;
      rows += row_of(field, field.is_group ? anchor_of(first_of(field.path)) : "");
    }
    std::vector<std::string> places;
    for (const std::string& place : repeats_[std::string(path)])
      places.push_back(code(place));
    const std::string also =
        places.empty() ? "" : str("The same keys: ", join(places, ", "), ".\n\n");
    const std::string above = str("\n## ", heading, "\n\n", doc, doc.empty() ? "" : "\n\n", also);
    if (rows.empty()) return above + "It has no keys.\n";
    return str(above,
               "| key | type | default | allowed | resume | meaning |\n|---|---|---|---|---|---|\n",
               rows);
  }

  std::vector<FieldDoc> fields_;
  std::map<std::string, std::string> firsts_;  ///< by contents, the path that is printed
  std::map<std::string, std::vector<std::string>> repeats_;  ///< by that path, the others
};

}  // namespace

std::string reference(const GroupType& type, std::string_view title) {
  return str("# ", title, "\n", ReferencePage(type).text());
}

}  // namespace regard::config
