#include "regard/run/corpus_survey.h"

#include <algorithm>
#include <vector>

#include "regard/core/files.h"
#include "regard/core/random.h"
#include "regard/core/strings.h"
#include "regard/core/utf8.h"
#include "regard/text/line_reader.h"

namespace regard {
namespace {

/// A pair that says nothing about a translator: a blank side, a copy, or far longer than a
/// sentence.
bool suits_validation(const LinePair& pair) {
  constexpr std::size_t kLongest = 600;  // bytes
  const std::string_view source = trim(pair.source);
  const std::string_view target = trim(pair.target);
  return !source.empty() && !target.empty() && source != target && !pair.is_repaired &&
         source.size() <= kLongest && target.size() <= kLongest;
}

}  // namespace

std::optional<Problem> length_problem(const TextPair& files, std::int64_t num_sources,
                                      std::int64_t num_targets) {
  const std::int64_t shorter = std::min(num_sources, num_targets);
  const std::int64_t more = std::max(num_sources, num_targets) - shorter;
  if (more > 0) {
    const bool is_longer = num_targets > num_sources;
    const std::filesystem::path& longer = is_longer ? files.target : files.source;
    const std::filesystem::path& other = is_longer ? files.source : files.target;
    return Problem{SourceSpot{longer.string(), shorter + 1},
                   str(more, more == 1 ? " line" : " lines", " more than ", other.string(), " (",
                       shorter, ")"),
                   "re-align the pair"};
  }
  if (num_sources > 0) return std::nullopt;
  return Problem{SourceSpot{files.source.string()}, "the file is empty",
                 "give a corpus with sentences"};
}

void for_each_pair(const TextPair& files, const std::function<void(const LinePair&)>& use) {
  require_regular_file(files.source);
  require_regular_file(files.target);
  LineReaderOptions options;
  options.invalid_utf8 = InvalidUtf8::replace;
  LineReader sources(files.source, options);
  LineReader targets(files.target, options);
  Line source;
  Line target;
  LinePair pair;
  std::int64_t num_sources = 0;
  std::int64_t num_targets = 0;
  while (true) {
    const bool has_source = sources.next(source);
    const bool has_target = targets.next(target);
    num_sources += has_source ? 1 : 0;
    num_targets += has_target ? 1 : 0;
    if (!has_source || !has_target) break;
    pair.source.swap(source.text);
    pair.target.swap(target.text);
    pair.number = num_sources;
    pair.is_repaired = source.invalid_byte != Line::kValid || target.invalid_byte != Line::kValid;
    use(pair);
  }
  while (sources.next(source))
    ++num_sources;
  while (targets.next(target))
    ++num_targets;
  if (const auto problem = length_problem(files, num_sources, num_targets))
    throw UserError(std::vector<Problem>{*problem});
}

std::uint64_t CorpusSurveyor::key_of(std::string_view source) {
  // Neighbouring texts have neighbouring fingerprints; a choice by them would be no fair one.
  return derive_seed({fingerprint(trim(source))});
}

CorpusSurveyor::SideCount CorpusSurveyor::count(std::string_view text) {
  constexpr char32_t kIdeographicSpace = 0x3000;
  SideCount counted;
  std::uint64_t word = 0;
  const auto end_word = [&] {
    if (word == 0) return;
    ++counted.words;
    if (words_.size() < kWords) words_.insert(word);
    word = 0;
  };
  for (const char32_t character : to_utf32(text)) {
    if (character <= ' ' || character == kIdeographicSpace) {
      end_word();
      continue;
    }
    word = derive_seed({word, character}) | 1;  // never 0
    ++counted.characters;
    characters_.insert(character);
  }
  end_word();
  return counted;
}

void CorpusSurveyor::add(const LinePair& pair) {
  ++counted_.pairs;
  const SideCount source = count(pair.source);
  const SideCount target = count(pair.target);
  counted_.source_words += source.words;
  counted_.target_words += target.words;
  counted_.source_characters += source.characters;
  counted_.target_characters += target.characters;
  if (source.words == 0 || target.words == 0) ++counted_.blank;
  if (pair.is_repaired) ++counted_.repaired;
  remember(pair);
}

/// Among the lowest keys, whoever is in counts from the first time: the bound only falls, so a key
/// that fell out never comes back.
void CorpusSurveyor::remember(const LinePair& pair) {
  const std::uint64_t key = key_of(pair.source);
  const auto known = candidates_.find(key);
  if (known != candidates_.end()) {
    ++known->second.count;
    if (known->second.line == 0 && suits_validation(pair)) known->second.line = pair.number;
    return;
  }
  const bool is_full = candidates_.size() >= kCandidates;
  if (is_full && std::prev(candidates_.end())->first < key) return;
  candidates_[key] = {suits_validation(pair) ? pair.number : 0, 1};
  if (is_full) candidates_.erase(std::prev(candidates_.end()));
}

CorpusSurvey CorpusSurveyor::survey() const {
  CorpusSurvey survey = counted_;
  survey.distinct_characters = static_cast<std::int64_t>(characters_.size());
  survey.distinct_words = static_cast<std::int64_t>(words_.size());
  return survey;
}

CorpusSurveyor::HeldOut CorpusSurveyor::held_out(std::int64_t lines) const {
  std::vector<std::pair<std::uint64_t, Candidate>> ordered;
  for (const auto& item : candidates_) {
    if (item.second.line > 0) ordered.push_back(item);
  }
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const auto& a, const auto& b) { return a.second.count < b.second.count; });
  HeldOut held;
  std::int64_t removed = 0;
  for (const auto& [key, candidate] : ordered) {
    if (static_cast<std::int64_t>(held.lines.size()) >= lines) break;
    if (4 * (removed + candidate.count) > counted_.pairs) break;
    removed += candidate.count;
    held.lines.insert(candidate.line);
    held.sources.insert(key);
  }
  return held;
}

std::int64_t validation_lines(std::int64_t pairs) {
  constexpr std::int64_t kFewest = 30;
  constexpr std::int64_t kMost = 2000;
  return std::min({std::max(pairs / 20, kFewest), kMost, pairs / 5});
}

}  // namespace regard
