#include "regard/attention/facts.h"

#include <algorithm>

#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard::attention {
namespace {

template <class Facts, class Matches>
const Facts& find(const std::vector<Facts>& all, const std::string& name, const Matches& matches) {
  const auto found = std::find_if(all.begin(), all.end(), matches);
  if (found != all.end()) return *found;
  throw UserError(str("attention: '", escape_for_message(name), "' is unknown"),
                  str("use one of ", join(names_of(all), ", ")));
}

template <class Facts>
const Facts& find(const std::vector<Facts>& all, const std::string& name) {
  return find(all, name, [&](const Facts& facts) { return facts.name == name; });
}

}  // namespace

const std::vector<ScoreFacts>& score_facts() {
  static const std::vector<ScoreFacts> all = {
#define REGARD_SCORE(strategy, ...) ScoreFacts{.name = #strategy, __VA_ARGS__},
#include "attention/strategies.def"
#undef REGARD_SCORE
  };
  return all;
}

const std::vector<AlignFacts>& align_facts() {
  static const std::vector<AlignFacts> all = {
#define REGARD_ALIGN(strategy, ...) AlignFacts{.name = #strategy, __VA_ARGS__},
#include "attention/strategies.def"
#undef REGARD_ALIGN
  };
  return all;
}

const std::vector<PositionFacts>& position_facts() {
  static const std::vector<PositionFacts> all = {
#define REGARD_POSITION(strategy, ...) PositionFacts{.name = #strategy, __VA_ARGS__},
#include "attention/strategies.def"
#undef REGARD_POSITION
  };
  return all;
}

const ScoreFacts& facts_of_score(const std::string& name) {
  return find(score_facts(), name, [&](const ScoreFacts& facts) {
    const auto& aliases = facts.aliases;
    return facts.name == name || std::find(aliases.begin(), aliases.end(), name) != aliases.end();
  });
}

const AlignFacts& facts_of_align(const std::string& name) {
  return find(align_facts(), name);
}

namespace {

/// The bar would end a cell.
std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::string score_table() {
  std::string table = "| score | equation | parameters | paper |\n|---|---|---|---|\n";
  for (const ScoreFacts& facts : score_facts()) {
    const std::string also =
        facts.aliases.empty() ? "" : str(", also `", join(facts.aliases, "`, `"), "`");
    table += str("| `", facts.name, "`", also, " | ", cell(facts.equation), " | ", facts.weights,
                 " | ", facts.paper, " |\n");
  }
  return table;
}

std::string align_table() {
  std::string table = "| align | weights | paper |\n|---|---|---|\n";
  for (const AlignFacts& facts : align_facts())
    table += str("| `", facts.name, "` | ", cell(facts.equation), " | ", facts.paper, " |\n");
  return table;
}

std::string position_table() {
  std::string table = "| position | score of query i and key j | paper |\n|---|---|---|\n";
  for (const PositionFacts& facts : position_facts())
    table += str("| `", facts.name, "` | ", cell(facts.equation), " | ", facts.paper, " |\n");
  return table;
}

const PositionFacts& facts_of_position(const std::string& name) {
  static const PositionFacts none{.name = "none", .equation = "", .paper = ""};
  return name == none.name ? none : find(position_facts(), name);
}

}  // namespace regard::attention
