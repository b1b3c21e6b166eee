#include "regard/align/symmetrize.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "regard/core/strings.h"

namespace regard {
namespace {

constexpr std::array<std::pair<std::string_view, Symmetrization>, 5> kSymmetrizations = {
    {{"intersect", Symmetrization::intersect},
     {"union", Symmetrization::unite},
     {"grow-diag", Symmetrization::grow_diag},
     {"grow-diag-final", Symmetrization::grow_diag_final},
     {"grow-diag-final-and", Symmetrization::grow_diag_final_and}}};

/// Links of a sentence pair as a table, with what the growing asks for.
class LinkGrid {
 public:
  explicit LinkGrid(const SentenceWords& words)
      : words_(words),
        has_(words.source * words.target),
        source_links_(words.source),
        target_links_(words.target) {}

  bool has(std::int64_t source, std::int64_t target) const {
    return has_[source * words_.target + target];
  }
  bool has_source(std::int64_t source) const { return source_links_[source] > 0; }
  bool has_target(std::int64_t target) const { return target_links_[target] > 0; }

  void add(std::int64_t source, std::int64_t target) {
    if (has(source, target)) return;
    has_[source * words_.target + target] = true;
    ++source_links_[source];
    ++target_links_[target];
  }

  void add_all(const Links& links) {
    for (const auto& [source, target] : links)
      add(source, target);
  }

  bool is_inside(std::int64_t source, std::int64_t target) const {
    return source >= 0 && source < words_.source && target >= 0 && target < words_.target;
  }

  Links links() const {
    Links links;
    for (std::int64_t source = 0; source < words_.source; ++source) {
      for (std::int64_t target = 0; target < words_.target; ++target) {
        if (has(source, target)) links.emplace_back(source, target);
      }
    }
    return links;
  }

 private:
  SentenceWords words_;
  std::vector<bool> has_;
  std::vector<int> source_links_;
  std::vector<int> target_links_;
};

/// Adds the links of `all` around one link that give a word its first; whether there was one.
bool grow_around(std::int64_t source, std::int64_t target, const LinkGrid& all, LinkGrid& grid) {
  constexpr std::array<std::pair<int, int>, 8> kAround = {
      {{-1, 0}, {0, -1}, {1, 0}, {0, 1}, {-1, -1}, {-1, 1}, {1, -1}, {1, 1}}};
  bool has_grown = false;
  for (const auto& [down, right] : kAround) {
    const std::int64_t i = source + down;
    const std::int64_t j = target + right;
    if (!grid.is_inside(i, j) || grid.has(i, j) || !all.has(i, j)) continue;
    if (grid.has_source(i) && grid.has_target(j)) continue;
    grid.add(i, j);
    has_grown = true;
  }
  return has_grown;
}

void grow(const SentenceWords& words, const LinkGrid& all, LinkGrid& grid) {
  for (bool has_grown = true; has_grown;) {
    has_grown = false;
    for (std::int64_t source = 0; source < words.source; ++source) {
      for (std::int64_t target = 0; target < words.target; ++target) {
        if (grid.has(source, target) && grow_around(source, target, all, grid)) has_grown = true;
      }
    }
  }
}

void finish(const Links& links, bool needs_both, LinkGrid& grid) {
  for (const auto& [source, target] : links) {
    const bool is_source_free = !grid.has_source(source);
    const bool is_target_free = !grid.has_target(target);
    if (needs_both ? is_source_free && is_target_free : is_source_free || is_target_free)
      grid.add(source, target);
  }
}

}  // namespace

std::vector<std::string> symmetrization_names() {
  std::vector<std::string> names;
  for (const auto& [known, value] : kSymmetrizations)
    names.emplace_back(known);
  return names;
}

Symmetrization parse_symmetrization(std::string_view name) {
  for (const auto& [known, value] : kSymmetrizations) {
    if (known == name) return value;
  }
  const std::vector<std::string> names = symmetrization_names();
  const std::string likely = nearest(name, names);
  throw UserError(str("--symmetrize: ", quote_for_message(name, 80), " is unknown",
                      likely.empty() ? "" : str(", did you mean ", likely, "?")),
                  "use one of " + join(names, ", "));
}

Links symmetrize(const Links& forward, const Links& reverse, const SentenceWords& words,
                 Symmetrization how) {
  LinkGrid all(words);
  all.add_all(forward);
  LinkGrid grid(words);
  for (const auto& [source, target] : reverse) {
    if (all.has(source, target)) grid.add(source, target);
  }
  if (how == Symmetrization::intersect) return grid.links();
  all.add_all(reverse);
  if (how == Symmetrization::unite) return all.links();
  grow(words, all, grid);
  if (how == Symmetrization::grow_diag) return grid.links();
  const bool needs_both = how == Symmetrization::grow_diag_final_and;
  finish(forward, needs_both, grid);
  finish(reverse, needs_both, grid);
  return grid.links();
}

}  // namespace regard
