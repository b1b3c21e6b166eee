#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/core/utf8.h"
#include "regard/metrics/make_metric.h"

namespace regard::golden {

using Fields = std::vector<std::string>;

/// Undoes the \u{HEX} of scripts/golden/make_metric_goldens.py.
inline std::string unescape(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 3) != "\\u{") {
      result += text[i];
      continue;
    }
    const std::size_t end = text.find('}', i);
    unsigned code_point = 0;
    std::from_chars(text.data() + i + 3, text.data() + end, code_point, 16);
    result += to_utf8(std::u32string(1, static_cast<char32_t>(code_point)));
    i = end;
  }
  return result;
}

/// The records of tests/golden/metrics/<name>, without the comment on its first line.
inline std::vector<Fields> records(const std::string& name) {
  std::vector<Fields> result;
  std::vector<std::string> lines = split(read_file("tests/golden/metrics/" + name), '\n');
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    Fields fields = split(lines[i], '\t');
    for (std::string& field : fields)
      field = unescape(field);
    result.push_back(std::move(fields));
  }
  return result;
}

/// "bleu/13a/exp/mixed/eff", "chrf/6/2/lc", "chrf/6/2/3/lc/space/eps" or "ter/mixed/norm/nopunct".
inline std::unique_ptr<Metric> metric_of(const std::string& setting) {
  const Fields parts = split(setting, '/');
  const auto has = [&](const char* word) {
    return std::find(parts.begin(), parts.end(), word) != parts.end();
  };
  if (parts[0] == "bleu") {
    return make_bleu({.tokenizer = parse_bleu_tokenizer(parts[1]),
                      .smoothing = parse_bleu_smoothing(parts[2]),
                      .is_lowercased = parts[3] == "lc",
                      .has_effective_order = parts[4] == "eff"});
  }
  if (parts[0] == "chrf" && parts.size() > 4) {
    return make_chrf({.character_order = std::stoi(parts[1]),
                      .word_order = std::stoi(parts[2]),
                      .beta = std::stoi(parts[3]),
                      .is_lowercased = parts[4] == "lc",
                      .has_white_space = has("space"),
                      .has_epsilon = has("eps")});
  }
  if (parts[0] == "chrf") {
    return make_chrf({.character_order = std::stoi(parts[1]),
                      .word_order = std::stoi(parts[2]),
                      .is_lowercased = parts[3] == "lc"});
  }
  if (parts[0] == "ter") {
    return make_ter({.is_case_sensitive = parts[1] == "mixed",
                     .is_normalized = has("norm"),
                     .has_no_punctuation = has("nopunct"),
                     .has_asian_support = has("asian")});
  }
  throw std::invalid_argument(setting);
}

/// One row of sentences.tsv.
struct Row {
  std::string hypothesis;
  std::vector<std::string> references;
  std::vector<double> scores;  ///< one per setting
};

struct Sentences {
  std::vector<std::string> settings;
  std::vector<Row> rows;
};

inline Sentences sentences() {
  std::vector<Fields> fields = records("sentences.tsv");
  Sentences result{fields.at(0), {}};
  result.settings[0].erase(0, 2);  // "# "
  for (std::size_t i = 1; i < fields.size(); ++i) {
    const std::size_t num_references = std::stoul(fields[i].at(0));
    Row row{fields[i].at(1), {}, {}};
    for (std::size_t r = 0; r < num_references; ++r)
      row.references.push_back(fields[i].at(2 + r));
    for (std::size_t s = 0; s < result.settings.size(); ++s) {
      row.scores.push_back(std::stod(fields[i].at(2 + num_references + s)));
    }
    result.rows.push_back(std::move(row));
  }
  return result;
}

inline std::vector<std::string_view> views(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

}  // namespace regard::golden
