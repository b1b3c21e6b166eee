#include "regard/data/data_options.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "regard/core/strings.h"

namespace regard {
namespace {

/// Without folders, ".gz" and the ending before it; what other programs might stumble over is
/// replaced.
std::string stem_of(const std::string& file) {
  const std::filesystem::path path = std::filesystem::path(file).filename();
  std::string stem = (path.extension() == ".gz" ? path.stem() : path).string();
  std::replace_if(
      stem.begin(), stem.end(),
      [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\x7f'; }, '_');
  return stem.empty() ? "text" : stem;
}

void check_name(const ValidCorpusOptions& corpus, std::size_t index, config::Checks& checks) {
  const bool is_plain = std::none_of(corpus.name.begin(), corpus.name.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '/' || c == '\x7f';
  });
  if (is_plain && corpus.name != "mean") return;
  checks.fail(str("valid[", index, "].name"),
              str(quote_for_message(corpus.name), " cannot be the name of a text"),
              "use letters and digits, as in news; mean is that of all");
}

}  // namespace

void TrainCorpusOptions::check(const Self& self, config::Checks& checks) {
  if (!self.file.empty()) {
    if (!self.source.empty() || !self.target.empty()) {
      checks.fail("file", "a file of examples takes the place of source and target",
                  "leave out either file, or source and target");
    }
    return;
  }
  for (const auto& [key, value] : {std::pair("source", &self.source), {"target", &self.target}}) {
    if (value->empty()) checks.fail(key, "is missing", "give source and target, or file");
  }
}

void MaskingOptions::check(const Self& self, config::Checks& checks) {
  if (self.random + self.keep <= 1.0) return;
  checks.fail("random", str(self.random, " and keep = ", self.keep, " are more than 1 together"),
              "use 0.1 for both");
}

void ValidCorpusOptions::check(const Self& self, config::Checks& checks) {
  if (!self.file.empty()) {
    if (!self.source.empty() || !self.target.empty()) {
      checks.fail("file", "a file of examples takes the place of source and target",
                  "leave out either file, or source and target");
    }
    return;
  }
  if (self.source.empty() != self.target.empty()) {
    checks.fail(self.source.empty() ? "source" : "target", "is missing",
                "give both sides of the validation corpus, or neither");
  }
  if (self.source.empty() && !(self.name.empty() && self.tag.empty() && self.language.empty()))
    checks.fail("source", "is missing", "name the text, or remove the whole entry");
}

void DataOptions::check(const Self& self, config::Checks& checks) {
  const bool all_left_out =
      std::all_of(self.train.begin(), self.train.end(),
                  [](const TrainCorpusOptions& corpus) { return corpus.weight == 0.0; });
  if (!self.train.empty() && all_left_out) {
    checks.fail("train", "every corpus has weight 0", "give one a weight above 0");
  }
  std::set<std::string> names;
  for (std::size_t i = 0; i < self.valid.size(); ++i) {
    const std::string& name = self.valid[i].name;
    check_name(self.valid[i], i, checks);
    if (!name.empty() && !names.insert(name).second) {
      checks.fail(str("valid[", i, "].name"), str(name, " is the name of two texts"),
                  "give each its own");
    }
  }
  if (self.max_ratio != 0.0 && self.max_ratio < 1.0) {
    checks.fail("max_ratio", "a ratio below 1 would drop every pair", "use 0 or at least 1");
  }
}

std::vector<std::string> validation_names(const DataOptions& options) {
  std::set<std::string> taken = {"mean"};
  for (const ValidCorpusOptions& corpus : options.valid)
    taken.insert(corpus.name);
  std::vector<std::string> names;
  for (const ValidCorpusOptions& corpus : options.valid) {
    std::string name = corpus.name;
    if (name.empty()) {
      const std::string stem = stem_of(corpus.file.empty() ? corpus.target : corpus.file);
      name = stem;
      for (int i = 2; !taken.insert(name).second; ++i)
        name = str(stem, "-", i);
    }
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace regard
