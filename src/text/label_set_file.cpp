#include <cmath>

#include <nlohmann/json.hpp>

#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/text/label_set.h"

namespace regard {
namespace {

constexpr std::uint64_t kMaxLabelFileBytes = std::uint64_t{1} << 28;

[[noreturn]] void refuse_label_file(const std::filesystem::path& path, const std::string& what) {
  throw UserError(SourceSpot{path.string()}, what,
                  "copy the file from where the model comes from, or train it again");
}

/// One entry: {"label": "neutral", "count": 1234}. Throws nlohmann's errors.
LabelCount label_of_entry(const nlohmann::json& entry) {
  const auto& count = entry.at("count");
  if (entry.size() != 2 || !count.is_number_unsigned() || count > std::uint64_t{INT64_MAX})
    throw UserError("an entry is not a label and its count");
  return {entry.at("label").get<std::string>(), count.get<std::int64_t>()};
}

}  // namespace

void write_label_sets(const std::filesystem::path& path, const LabelSets& sets) {
  nlohmann::ordered_json file;
  for (const auto& [name, set] : sets) {
    nlohmann::ordered_json entries = nlohmann::ordered_json::array();
    for (const LabelCount& each : set.labels())
      entries.push_back({{"label", each.label}, {"count", each.count}});
    file[name] = std::move(entries);
  }
  write_file_atomically(path, (sets.empty() ? "{}" : file.dump(1)) + "\n");
}

LabelSets read_label_sets(const std::filesystem::path& path) {
  const std::string text = read_file(path, kMaxLabelFileBytes);
  const auto file = nlohmann::json::parse(text, nullptr, false);
  if (file.is_discarded()) refuse_label_file(path, "not valid JSON");
  if (!file.is_object()) refuse_label_file(path, "not an object of label sets");
  LabelSets sets;
  for (const auto& [name, entries] : file.items()) {
    try {
      std::vector<LabelCount> labels;
      if (!entries.is_array()) throw UserError("not a list");
      for (const auto& entry : entries)
        labels.push_back(label_of_entry(entry));
      sets.emplace(name, LabelSet(std::move(labels)));
    } catch (const UserError& error) {
      refuse_label_file(path, str(escape_for_message(name, 100), ": ", error.problems()[0].what));
    } catch (const nlohmann::json::exception&) {
      refuse_label_file(
          path, str(escape_for_message(name, 100), ": an entry is not a label and its count"));
    }
  }
  return sets;
}

}  // namespace regard
