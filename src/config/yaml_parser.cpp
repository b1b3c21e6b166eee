#include "config/yaml_parser.h"

#include <algorithm>
#include <sstream>

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "regard/config/config_error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/core/utf8.h"

#include "config/tree_builder.h"
#include "config/yaml_faults.h"

namespace regard::config {
namespace {

constexpr std::size_t kMaxBytes = 1 << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

SourceSpot spot_at(std::string_view text, std::size_t offset, const std::string& name) {
  const std::string_view before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t line_start = before.find_last_of('\n') + 1;  // npos + 1 = 0
  return {name, line, static_cast<std::int64_t>(offset - line_start) + 1};
}

void refuse_bytes(std::string_view text, const std::string& name) {
  if (text.size() > kMaxBytes) {
    throw UserError(spot_at(text, kMaxBytes, name),
                    str("longer than ", kMaxBytes, " bytes, the limit for a configuration"),
                    "check that this is a configuration file");
  }
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    throw UserError(spot_at(text, nul, name), "a NUL byte", "save the text as UTF-8");
  }
  if (const std::size_t bad = first_invalid_utf8(text); bad != std::string_view::npos) {
    throw UserError(spot_at(text, bad, name), "invalid UTF-8", "save the text as UTF-8");
  }
}

Document typed_document(ParsedYaml parsed, std::string name) {
  if (!parsed.root || parsed.root->kind == Node::Kind::null) {
    throw UserError({name, 1, 1}, "the configuration is empty", "write at least one key: value");
  }
  if (parsed.root->kind != Node::Kind::map) {
    const char* found = parsed.root->kind == Node::Kind::list ? "a list" : "a single value";
    throw UserError(parsed.root->spot, str("expected key: value lines, found ", found),
                    "write key: value at the top level");
  }
  parsed.root->spot = {name, 0, 0};
  return Document(std::move(name), std::move(*parsed.root), std::move(parsed.duplicates));
}

}  // namespace

ParsedYaml parse_events(std::string_view text, const std::string& name) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  refuse_bytes(text, name);
  const std::string lines =
      str(text, "\n");  // yaml-cpp tells open brackets better before a line end
  TreeBuilder builder(lines, name);
  try {
    std::istringstream stream(lines);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const UnexpectedGroup& error) {
    Problem fault = bracket_fault(lines, name);  // the likely reason, and nearer to the slip
    if (fault.what.empty()) throw;
    throw UserError({std::move(fault)});
  } catch (const YAML::Exception& error) {
    SourceSpot spot{name, 0, 0};
    if (!error.mark.is_null()) spot = {name, error.mark.line + 1, error.mark.column + 1};
    if (error.msg.starts_with(YAML::ErrorMsg::UNKNOWN_ANCHOR)) {
      throw UserError(spot, "aliases (*) are not allowed", "quote a text that begins with *");
    }
    throw UserError({explain_yaml_fault(lines, spot, error.msg)});
  }
  return builder.finish();
}

Document parse_yaml(std::string_view text, std::string name) {
  try {
    ParsedYaml parsed = parse_events(text, name);
    return typed_document(std::move(parsed), std::move(name));
  } catch (const UserError& error) {
    throw ConfigError(error.problems());
  }
}

Document read_yaml(const std::filesystem::path& path) {
  return parse_yaml(read_file(path, kMaxBytes), path.string());
}

}  // namespace regard::config
