#pragma once

#include <string>
#include <vector>

namespace regard::attention {

/// What a score says of itself. The registry is src/attention/strategies.def.
struct ScoreFacts {
  std::string name;
  std::string equation;
  std::string weights;  ///< its own, in words
  std::string paper;
  std::vector<std::string> aliases = {};  ///< what papers and other programs call it
  /// Compares query and key feature by feature: both are equally wide, may be turned by their
  /// positions, and several heads of queries may share a head of keys.
  bool is_product = false;
  /// Nothing but a product: vectors may be added to the keys.
  bool is_plain_product = false;
  bool scores_features = false;  ///< can score each feature (granularity: feature)
  /// Knows places in another sequence instead of keys: needs max_source, has one head and no clip,
  /// and cannot stand in a self-attention.
  bool is_by_place = false;
};

/// What an alignment says of itself.
struct AlignFacts {
  std::string name;
  std::string equation;
  std::string paper;
  bool aligns_features = false;  ///< can align each feature (granularity: feature)
  bool has_window = false;       ///< needs `window`
  bool sees_order = false;       ///< its weights depend on where the query stands
  bool predicts_place = false;   ///< in another sequence; cannot stand in a self-attention
  bool chooses_keys = false;     ///< which dropout must not take away again
};

/// What a position inside the attention says of itself.
struct PositionFacts {
  std::string name;
  std::string equation;
  std::string paper;
  bool needs_plain_product = false;
  bool turns_pairs = false;  ///< of features: a head has an even number, and the score is a product
};

/// In the order of the registry.
const std::vector<ScoreFacts>& score_facts();
const std::vector<AlignFacts>& align_facts();
const std::vector<PositionFacts>& position_facts();

/// The names of facts, in their order.
template <class Facts>
std::vector<std::string> names_of(const std::vector<Facts>& all) {
  std::vector<std::string> names;
  for (const Facts& facts : all)
    names.push_back(facts.name);
  return names;
}

/// Of a score by its name or an alias, and so on. "none" is a position without facts. Throw
/// UserError for a name that is not registered.
const ScoreFacts& facts_of_score(const std::string& name);
const AlignFacts& facts_of_align(const std::string& name);
const PositionFacts& facts_of_position(const std::string& name);

/// Markdown tables of the registries, for docs/attention.md.
std::string score_table();
std::string align_table();
std::string position_table();

}  // namespace regard::attention
