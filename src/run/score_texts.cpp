#include "regard/run/score_texts.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "regard/core/strings.h"
#include "regard/run/text_input.h"

namespace regard {
namespace {

using Lines = std::vector<std::string>;

Lines read_text(const std::string& path) {
  LineReader reader = open_text(path, /*is_strict=*/false, nullptr);
  Lines lines;
  for (Line line; reader.next(line);)
    lines.push_back(std::move(line.text));
  return lines;
}

/// An n-best list as plain text would be scored with its numbers and features.
void notice_nbest_list(const Lines& targets, const ScoreInputs& inputs, Logger& logger) {
  std::size_t count = 0;
  std::size_t first = 0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (looks_like_nbest_entry(targets[i]) && count++ == 0) first = i;
  }
  if (count == 0) return;
  const SourceSpot place{name_of_text(inputs.target), static_cast<std::int64_t>(first) + 1};
  if (count == targets.size()) {
    throw UserError(place, "this is an n-best list (number ||| text ||| ...), not plain text",
                    "give it with --n-best instead of --target");
  }
  logger.warning(str(to_string(place), ": looks like a line of an n-best list (", count, " of ",
                     targets.size(), " lines do); they are scored as plain text"));
}

void read_plain(const ScoreInputs& inputs, ScoreTexts& texts, Logger& logger) {
  texts.targets = read_text(inputs.target);
  notice_nbest_list(texts.targets, inputs, logger);
  if (texts.sources.size() != texts.targets.size()) {
    throw UserError(SourceSpot{name_of_text(inputs.target)},
                    str(texts.targets.size(), " lines, but ", name_of_text(inputs.source), " has ",
                        texts.sources.size()),
                    "re-align the pair");
  }
  texts.source_of.resize(texts.size());
  std::iota(texts.source_of.begin(), texts.source_of.end(), std::size_t{0});
}

void read_nbest(const ScoreInputs& inputs, ScoreTexts& texts, Logger& logger) {
  const std::string name = name_of_text(inputs.n_best);
  const auto count = static_cast<std::int64_t>(texts.sources.size());
  for (const std::string& line : read_text(inputs.n_best)) {
    const SourceSpot place{name, static_cast<std::int64_t>(texts.entries.size()) + 1};
    NBestEntry entry = parse_nbest_entry(line, place);
    if (entry.sentence >= count) {
      throw UserError(place,
                      str("sentence ", entry.sentence, ", but ", name_of_text(inputs.source),
                          " has ", count, " lines, numbered from 0"),
                      "give the source that the list was made from");
    }
    if (!texts.entries.empty() && entry.sentence < texts.entries.back().sentence) {
      throw UserError(
          place,
          str("sentence ", entry.sentence, " comes after sentence ", texts.entries.back().sentence),
          "sort the list by its numbers (sort -s -n)");
    }
    texts.targets.push_back(entry.text);
    texts.source_of.push_back(static_cast<std::size_t>(entry.sentence));
    texts.entries.push_back(std::move(entry));
  }
  const std::set<std::size_t> listed(texts.source_of.begin(), texts.source_of.end());
  if (!listed.empty() && listed.size() < texts.sources.size()) {
    logger.warning(str(name, ": ", texts.sources.size() - listed.size(), " of ",
                       texts.sources.size(), " lines of ", name_of_text(inputs.source),
                       " have no translation in the list"));
  }
}

}  // namespace

ScoreTexts read_score_texts(const ScoreInputs& inputs, Logger& logger) {
  ScoreTexts texts;
  texts.sources = read_text(inputs.source);
  if (inputs.n_best.empty()) {
    read_plain(inputs, texts, logger);
  } else {
    read_nbest(inputs, texts, logger);
  }
  if (texts.targets.empty()) {
    throw UserError(SourceSpot{name_of_text(inputs.n_best.empty() ? inputs.source : inputs.n_best)},
                    "the file is empty", "give at least one line");
  }
  return texts;
}

}  // namespace regard
