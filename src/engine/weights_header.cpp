#include "regard/engine/weights_header.h"

#include <charconv>

#include <nlohmann/json.hpp>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/core/version.h"

namespace regard {
namespace {

using Json = nlohmann::json;

constexpr const char* kVersion = "1";

[[noreturn]] void fail(const std::filesystem::path& place, const std::string& why) {
  throw UserError(SourceSpot{place.string()}, why, "use a model file written by regard");
}

std::string value_of(const Metadata& metadata, const std::string& key,
                     const std::filesystem::path& path) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) fail(path, str("the metadata has no '", key, "'"));
  return found->second;
}

template <class Number>
Number number_of(const Metadata& metadata, const std::string& key, int base,
                 const std::filesystem::path& path) {
  const std::string text = value_of(metadata, key, path);
  Number value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (code != std::errc() || end != text.data() + text.size()) {
    fail(path, str("the metadata's '", key, "' is not a number: ", escape_for_message(text)));
  }
  return value;
}

std::int64_t checked_id(const Json& json, const char* key, std::int64_t vocabulary) {
  const auto id = json.at(key).get<std::int64_t>();
  if (id < 0 || id >= vocabulary) {
    throw std::out_of_range(str(key, " = ", id, " is outside the vocabulary of ", vocabulary));
  }
  return id;
}

}  // namespace

std::string to_json(const TokenRoles& roles) {
  Json json{{"pad", roles.pad},
            {"unknown", roles.unknown},
            {"decoder_start", roles.decoder_start},
            {"source_end", roles.source_end},
            {"target_end", roles.target_end},
            {"suppressed", roles.suppressed}};
  if (roles.forced_first >= 0) json["forced_first"] = roles.forced_first;
  return json.dump();
}

TokenRoles roles_from_json(const std::string& text, std::int64_t vocabulary,
                           const std::filesystem::path& place) {
  try {
    const Json json = Json::parse(text);
    TokenRoles roles;
    roles.pad = checked_id(json, "pad", vocabulary);
    roles.unknown = checked_id(json, "unknown", vocabulary);
    roles.decoder_start = checked_id(json, "decoder_start", vocabulary);
    // Of the source vocabulary, which may be the larger one.
    roles.source_end = json.at("source_end").get<std::int64_t>();
    if (roles.source_end < 0) throw std::out_of_range("source_end is negative");
    roles.target_end = checked_id(json, "target_end", vocabulary);
    roles.suppressed.clear();
    for (const Json& id : json.at("suppressed")) {
      if (id.get<std::int64_t>() < 0 || id.get<std::int64_t>() >= vocabulary) {
        throw std::out_of_range("a suppressed id is outside the vocabulary");
      }
      roles.suppressed.push_back(id.get<std::int64_t>());
    }
    if (json.contains("forced_first"))
      roles.forced_first = checked_id(json, "forced_first", vocabulary);
    return roles;
  } catch (const Json::exception&) {
    fail(place, "unreadable token roles");
  } catch (const std::exception& error) {
    fail(place, str("unreadable token roles: ", escape_for_message(error.what())));
  }
}

Metadata metadata_of(const WeightsHeader& header) {
  Metadata metadata = {{"regard.version", kVersion},
                       {"regard.roles", to_json(header.roles)},
                       {"regard.source_tokenizer", to_hex(header.source_tokenizer)},
                       {"regard.target_tokenizer", to_hex(header.target_tokenizer)},
                       {"regard.model", header.model},
                       {"regard.program", program_version()},
                       {"regard.update", std::to_string(header.update)}};
  if (header.labels != 0) metadata["regard.labels"] = to_hex(header.labels);
  return metadata;
}

WeightsHeader read_header(const SafetensorsFile& file, std::int64_t vocabulary) {
  const std::filesystem::path& path = file.path();
  const Metadata& metadata = file.metadata();
  const std::string version = value_of(metadata, "regard.version", path);
  if (version != kVersion) {
    fail(path,
         str("format version ", escape_for_message(version), ", this program supports ", kVersion));
  }
  WeightsHeader header;
  header.roles = roles_from_json(value_of(metadata, "regard.roles", path), vocabulary, path);
  header.source_tokenizer = number_of<std::uint64_t>(metadata, "regard.source_tokenizer", 16, path);
  header.target_tokenizer = number_of<std::uint64_t>(metadata, "regard.target_tokenizer", 16, path);
  header.update = number_of<std::int64_t>(metadata, "regard.update", 10, path);
  if (metadata.contains("regard.labels"))
    header.labels = number_of<std::uint64_t>(metadata, "regard.labels", 16, path);
  if (metadata.contains("regard.model")) header.model = metadata.at("regard.model");
  return header;
}

}  // namespace regard
