#include "config_explain.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <vector>

#include "regard/config/fields.h"
#include "regard/core/error.h"
#include "regard/core/shell.h"
#include "regard/core/strings.h"
#include "regard/run/config.h"
#include "regard/run/foreign_names.h"

namespace regard {
namespace {

constexpr std::size_t kWidth = 96;

using config::FieldDoc;

std::string last_of(const std::string& path) {
  return path.substr(path.rfind('.') + 1);  // npos + 1 = 0
}

std::string parent_of(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string::npos ? "" : path.substr(0, dot);
}

/// Without what stands in brackets, and without these.
std::string without_lists(const std::string& path) {
  std::string out;
  int depth = 0;
  for (const char c : path) {
    if (c == '[') ++depth;
    if (depth == 0) out += c;
    if (c == ']') --depth;
  }
  return out;
}

/// A text in lines of at most kWidth bytes, each behind `indent`.
std::string wrapped(const std::string& text, const std::string& indent) {
  std::string out;
  std::string line = indent;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (line.size() > indent.size() && line.size() + 1 + word.size() > kWidth) {
      out += line + "\n";
      line = indent;
    }
    line += (line.size() > indent.size() ? " " : "") + word;
  }
  return out + line + "\n";
}

const char* legend(config::ResumeClass resume) {
  switch (resume) {
    case config::ResumeClass::fixed:
      return "fixed: cannot change when a run is resumed; a different value needs a new output or "
             "--overwrite";
    case config::ResumeClass::course:
      return "course: may change when a run is resumed, with a warning";
    case config::ResumeClass::free:
      break;
  }
  return "free: may change when a run is resumed";
}

/// A value to show: the default where it says something, else one of these.
std::string example_value(const FieldDoc& field) {
  static const std::map<std::string, std::string> examples = {
      {"output", "runs/my_model"},
      {"data.source", "de"},
      {"data.target", "en"},
      {"data.train[]", "[{source: train.de, target: train.en}]"},
      {"data.train[].source", "train.de"},
      {"data.train[].target", "train.en"},
      {"data.valid[]", "[{source: valid.de, target: valid.en}]"},
      {"data.train[].tag", "\">>de<<\""},
      {"data.valid[].source", "valid.de"},
      {"data.valid[].target", "valid.en"},
      {"vocabulary.source", "my.spm"},
      {"vocabulary.target", "my.target.spm"},
      {"vocabulary.user_symbols", "[\"<BT>\"]"},
      {"training.init_from", "runs/quickstart"},
      {"training.freeze", "[\"encoder.*\"]"},
  };
  const auto found = examples.find(field.path);
  if (found != examples.end()) return found->second;
  const bool says_nothing = field.default_text.empty() || field.default_text == "\"\"" ||
                            field.default_text == "[]" || field.default_text == "none";
  return says_nothing || field.is_group ? "" : field.default_text;
}

/// "training: {schedule: {peak: 0.0007}}", "data: {train: [{weight: 1.0}]}".
std::string nested(const std::string& path, const std::string& value) {
  std::vector<std::string> keys = split(path, '.');
  std::string text;
  for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
    const bool is_last = key == keys.rbegin();
    const bool is_list = key->ends_with("[]");
    const std::string name = is_list ? key->substr(0, key->size() - 2) : *key;
    const std::string inner = is_last   ? value
                              : is_list ? str("[{", text, "}]")
                                        : str("{", text, "}");
    text = str(name, ": ", inner);
  }
  return text;
}

std::string explained(const char* name, const std::string& value) {
  if (value.empty()) return "";
  constexpr std::size_t kNames = 10;
  const std::string label = name;
  return str("  ", label, std::string(kNames - label.size(), ' '), value, "\n");
}

std::string of_key(const FieldDoc& field) {
  std::string text = str(field.path, "\n", wrapped(field.doc, "  "), "\n");
  text += explained("type", field.type);
  text += explained("default", field.is_required ? "must be given" : field.default_text);
  text += explained("allowed", field.range_text);
  text += explained("unit", field.unit);
  text += explained("resume", legend(field.resume));
  const std::string value = example_value(field);
  if (value.empty()) return text;
  const bool is_in_list = field.path.find("[].") != std::string::npos;
  text += explained("in YAML", nested(field.path, value));
  if (!is_in_list)
    text +=
        explained("option", "--set " + shell_quoted(str(without_lists(field.path), "=", value)));
  return text;
}

/// What fits on the line of a table.
std::string first_part(const std::string& doc, std::size_t width) {
  const std::size_t stop = doc.find(". ");
  std::string part = doc.substr(0, stop == std::string::npos ? doc.size() : stop + 1);
  if (part.size() <= width) return part;
  part = escape_for_message(part, width);
  const std::size_t blank = part.rfind(' ');
  return blank == std::string::npos ? part : part.substr(0, blank) + " ...";
}

std::string of_group(const std::string& path, const std::string& doc,
                     const std::vector<FieldDoc>& fields) {
  std::vector<const FieldDoc*> keys;
  std::size_t names = 0;
  std::size_t defaults = 0;
  const auto shown = [](const FieldDoc& field) {
    if (field.is_required) return std::string("must be given");
    return field.is_group ? std::string("(group)") : escape_for_message(field.default_text, 24);
  };
  for (const FieldDoc& field : fields) {
    if (parent_of(field.path) != path) continue;
    keys.push_back(&field);
    names = std::max(names, last_of(field.path).size());
    defaults = std::max(defaults, shown(field).size());
  }
  const auto padded = [](const std::string& text, std::size_t width) {
    return text + std::string(width - text.size() + 2, ' ');
  };
  std::string text = path.empty() ? "" : path + "\n";
  if (!doc.empty()) text += wrapped(doc, "  ") + "\n";
  for (const FieldDoc* field : keys) {
    const std::string head =
        str("  ", padded(last_of(field->path), names), padded(shown(*field), defaults));
    text +=
        str(head, first_part(field->doc, std::max<std::size_t>(kWidth - head.size(), 30)), "\n");
  }
  return text + str("\nMore: regard config explain ", path, path.empty() ? "" : ".", "KEY\n");
}

/// In small letters, with underscores.
std::string folded(std::string name) {
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '-') c = '_';
  }
  return name;
}

/// What other programs call by this name, or nothing.
std::string key_of_foreign(const std::string& name) {
  for (const config::ForeignName& foreign : foreign_names().names) {
    const std::vector<std::string> names = split(foreign.names, ' ');
    const bool is_it = std::find(names.begin(), names.end(), name) != names.end();
    if (is_it && !foreign.key.empty()) return foreign.key.substr(0, foreign.key.find(' '));
  }
  return "";
}

[[noreturn]] void refuse(const std::string& key, const std::vector<FieldDoc>& fields) {
  std::vector<std::string> paths;
  std::vector<std::string> ends;
  for (const FieldDoc& field : fields) {
    paths.push_back(field.path);
    if (last_of(field.path) == key && ends.size() < 4) ends.push_back(field.path);
  }
  std::string fix = "see regard config explain";
  if (ends.size() > 1) {
    fix = "give one of " + join(ends, ", ");
  } else if (const std::string foreign = key_of_foreign(folded(last_of(key))); !foreign.empty()) {
    fix = str("its name here is ", foreign);
  } else if (const std::string near = nearest(key, paths); !near.empty()) {
    fix = str("did you mean ", near, "?");
  }
  throw UserError(str(quote_for_message(key), " is not a key"), fix);
}

}  // namespace

std::string explain_key(const std::string& key) {
  const std::vector<FieldDoc> fields = config::list_fields<Config>();
  if (key.empty()) return of_group("", "", fields);
  const std::string wanted = without_lists(key);
  for (const FieldDoc& field : fields) {
    if (without_lists(field.path) != wanted) continue;
    return field.is_group ? of_group(field.path, field.doc, fields) : of_key(field);
  }
  refuse(key, fields);
}

}  // namespace regard
