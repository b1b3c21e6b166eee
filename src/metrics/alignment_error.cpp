#include "regard/metrics/alignment_error.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <iterator>
#include <optional>
#include <system_error>

#include "regard/core/strings.h"

namespace regard {
namespace {

using Link = Links::value_type;

constexpr std::string_view kLinkSpace = " \t\n\v\f\r";
constexpr std::string_view kForm = "write source-target, numbered from 0, as in '0-0 2-1'";
constexpr std::string_view kGoldForm =
    "write source-target, numbered from 0, as in '0-0 2-1', and '1p2' or '1?2' for a possible link";

/// Whether a line may have possible links.
enum class LineKind { predicted, gold };

/// A link as it stands in a line.
struct WrittenLink {
  Link link;
  bool is_sure = true;
};

/// Reads lines of one file, for messages.
class LinkParser {
 public:
  LinkParser(const SourceSpot& place, LineKind kind) : place_(place), kind_(kind) {}

  std::vector<WrittenLink> line(std::string_view text) const {
    std::vector<WrittenLink> links;
    for (;;) {
      const std::size_t begin = text.find_first_not_of(kLinkSpace);
      if (begin == std::string_view::npos) return links;
      text.remove_prefix(begin);
      const std::string_view token = text.substr(0, text.find_first_of(kLinkSpace));
      links.push_back(link(token));
      text.remove_prefix(token.size());
    }
  }

 private:
  WrittenLink link(std::string_view token) const {
    std::string_view rest = token;
    const auto source = index(rest, token);
    if (!source || rest.empty()) refuse(token, "is not a word link");
    const char sign = rest.front();
    if (sign != '-' && sign != 'p' && sign != '?') refuse(token, "is not a word link");
    if (sign != '-' && kind_ == LineKind::predicted)
      refuse(token, "is a possible link, and only gold links have those");
    rest.remove_prefix(1);
    const auto target = index(rest, token);
    if (!target) refuse(token, "is not a word link");
    if (rest.starts_with(':')) refuse(token, "has a weight, which is not used here");
    if (!rest.empty()) refuse(token, "is not a word link");
    return {{*source, *target}, sign == '-'};
  }

  /// Takes the digits at the front of `rest`; nothing when there are none.
  std::optional<std::int64_t> index(std::string_view& rest, std::string_view token) const {
    std::uint64_t value = 0;  // an unsigned number has no sign to read
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error == std::errc::invalid_argument) return std::nullopt;
    if (error != std::errc() || value > static_cast<std::uint64_t>(kMaxLinkIndex))
      refuse(token, str("has an index above ", with_thousands(kMaxLinkIndex)));
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    return static_cast<std::int64_t>(value);
  }

  [[noreturn]] void refuse(std::string_view token, std::string_view why) const {
    // Short, so that the reason survives a line that is one long token.
    constexpr std::size_t kMaxToken = 80;
    throw UserError(place_, str(quote_for_message(token, kMaxToken), " ", why),
                    std::string(kind_ == LineKind::gold ? kGoldForm : kForm));
  }

  const SourceSpot& place_;
  LineKind kind_;
};

/// Sorted, each link once.
Links as_set(Links links) {
  std::sort(links.begin(), links.end());
  links.erase(std::unique(links.begin(), links.end()), links.end());
  return links;
}

std::int64_t count(const Links& links) {
  return static_cast<std::int64_t>(links.size());
}

/// The links that both sets have; both are sorted.
std::int64_t num_common(const Links& a, const Links& b) {
  Links common;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(common));
  return count(common);
}

/// `if_nothing` when there is nothing to divide by.
double ratio(std::int64_t part, std::int64_t whole, double if_nothing) {
  if (whole == 0) return if_nothing;
  return static_cast<double>(part) / static_cast<double>(whole);
}

void check_side(std::string_view side, std::int64_t word, std::int64_t num_words, const Link& link,
                const SourceSpot& place) {
  if (word >= 0 && word < num_words) return;
  throw UserError(place,
                  str("link ", link.first, "-", link.second, " points at word ", word, " of the ",
                      side, ", which has ", num_words, num_words == 1 ? " word" : " words"),
                  "use source-target, numbered from 0, for the lines of this text");
}

}  // namespace

Links parse_links(std::string_view line, const SourceSpot& place) {
  Links links;
  for (const WrittenLink& written : LinkParser(place, LineKind::predicted).line(line))
    links.push_back(written.link);
  return as_set(std::move(links));
}

GoldLinks parse_gold_links(std::string_view line, const SourceSpot& place) {
  GoldLinks gold;
  for (const WrittenLink& written : LinkParser(place, LineKind::gold).line(line)) {
    if (written.is_sure) gold.sure.push_back(written.link);
    gold.possible.push_back(written.link);
  }
  return {as_set(std::move(gold.sure)), as_set(std::move(gold.possible))};
}

void check_links(const Links& links, const SentenceWords& words, const SourceSpot& place) {
  for (const Link& link : links) {
    check_side("source", link.first, words.source, link, place);
    check_side("target", link.second, words.target, link, place);
  }
}

std::vector<GoldLinks> parse_gold_file(std::span<const std::string> lines, const std::string& file,
                                       std::span<const SentenceWords> words) {
  if (!words.empty() && words.size() != lines.size()) {
    throw UserError(
        SourceSpot{file},
        str("there are ", lines.size(), lines.size() == 1 ? " line" : " lines", " of links for ",
            words.size(), words.size() == 1 ? " sentence pair" : " sentence pairs"),
        "give one line per sentence pair, a blank one for no links");
  }
  std::vector<GoldLinks> gold;
  gold.reserve(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const SourceSpot place{file, static_cast<std::int64_t>(i) + 1};
    gold.push_back(parse_gold_links(lines[i], place));
    if (!words.empty()) check_links(gold.back().possible, words[i], place);
  }
  return gold;
}

void AlignmentErrorAccumulator::add(const Links& predicted, const GoldLinks& gold) {
  const Links links = as_set(predicted);
  const Links sure = as_set(gold.sure);
  Links possible = gold.possible;
  possible.insert(possible.end(), sure.begin(), sure.end());
  ++counts_.num_sentences;
  counts_.num_links += count(links);
  counts_.num_sure += count(sure);
  counts_.num_sure_found += num_common(links, sure);
  counts_.num_possible_found += num_common(links, as_set(std::move(possible)));
}

AlignmentError AlignmentErrorAccumulator::result() const {
  if (counts_.num_sentences == 0)
    throw UserError("there are 0 alignments to score", "give at least one line");
  AlignmentError error = counts_;
  const std::int64_t num_all = error.num_links + error.num_sure;
  const std::int64_t num_found = error.num_sure_found + error.num_possible_found;
  error.precision = ratio(error.num_possible_found, error.num_links, 1);
  error.recall = ratio(error.num_sure_found, error.num_sure, 1);
  // 1 - found / all, but exactly 0 when all is found.
  error.error_rate = ratio(num_all - num_found, num_all, 0);
  return error;
}

AlignmentError alignment_error(std::span<const Links> predicted, std::span<const GoldLinks> gold) {
  if (predicted.size() != gold.size()) {
    throw UserError(str("alignments for ", predicted.size(), " and gold links for ", gold.size(),
                        " sentence pairs"),
                    "give both for the same sentence pairs");
  }
  AlignmentErrorAccumulator accumulator;
  for (std::size_t i = 0; i < predicted.size(); ++i)
    accumulator.add(predicted[i], gold[i]);
  return accumulator.result();
}

}  // namespace regard
