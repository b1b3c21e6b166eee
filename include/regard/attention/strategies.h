#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <torch/nn/module.h>

#include "regard/attention/attention_options.h"
#include "regard/tensor/forward_context.h"

namespace regard::attention {

/// How well each query and key match, in two parts: what depends on the queries or on the keys
/// alone (prepare_...), which is done once, and what depends on both. A strategy may have
/// parameters; it has no state.
class Score : public torch::nn::Module {
 public:
  /// query [batch, heads, queries, head_dim] -> [batch, heads, queries, width]
  virtual torch::Tensor prepare_query(const torch::Tensor& query) const { return query; }
  /// key [batch, heads, keys, head_dim] -> [batch, heads, keys, width]. Memories and caches hold
  /// prepared keys.
  virtual torch::Tensor prepare_key(const torch::Tensor& key) const { return key; }

  /// Prepared queries and keys -> [batch, H*, queries, keys], where H* = distributions(heads).
  virtual torch::Tensor match(const torch::Tensor& query, const torch::Tensor& key) const;

  /// Both parts.
  torch::Tensor score(const torch::Tensor& query, const torch::Tensor& key) const {
    return match(prepare_query(query), prepare_key(key));
  }

  /// Number of separate distributions: the heads, or one per feature.
  virtual std::int64_t distributions(std::int64_t heads) const { return heads; }

  /// Keys from this position on may not be attended to; nothing = no limit.
  virtual std::optional<std::int64_t> max_keys() const { return std::nullopt; }

  /// The factor c when match() is nothing but c * query . key, so that the fused kernel may compute
  /// it. What match() gives unless it is overridden.
  virtual std::optional<double> fused_scale() const { return 1.0; }
};

/// What an alignment may use in addition to the scores.
struct AlignInput {
  torch::Tensor scores;   ///< [batch, H*, queries, keys]
  torch::Tensor allowed;  ///< bool, broadcast to scores; true = may attend; undefined = everything
  torch::Tensor lengths;  ///< [batch] true number of keys
  torch::Tensor state;    ///< [batch, queries, dim] the raw query, before projection
  torch::Tensor positions;  ///< [queries], int64: position of each query in its sequence
  RandomStream* random = nullptr;
};

/// The last key of each sentence, counted from 0 (also of an empty one): [batch, 1], int64.
torch::Tensor last_keys(const AlignInput& input);

/// What an alignment returns in addition to the weights; empty where a kind does not have it.
struct AttentionExtras {
  torch::Tensor position;         ///< [batch, queries] predicted centre (local_p)
  torch::Tensor log_probability;  ///< [batch, queries] of the drawn key, 0 where none was drawn
  torch::Tensor entropy;          ///< [batch, queries] of the distribution it was drawn from
};

struct Alignment {
  torch::Tensor weights;  ///< [batch, H*, queries, keys]; rows that may attend to nothing are 0
  AttentionExtras extras;
};

/// How scores become weights.
class Align : public torch::nn::Module {
 public:
  virtual Alignment align(const AlignInput& input) const = 0;
  /// True for the plain softmax, which the fused kernel computes.
  virtual bool is_softmax() const { return false; }
};

/// Where queries and keys stand in the same sequence: query i at first_query + i, key j at j.
struct Places {
  std::int64_t first_query = 0;
  std::int64_t queries = 0;
  std::int64_t keys = 0;

  /// key - query for each pair: [queries, keys], int64.
  torch::Tensor distances(const torch::Device& device) const;
};

/// How positions enter a self-attention. Every part may be left out.
class RelativePosition : public torch::nn::Module {
 public:
  /// Queries or keys [batch, heads, positions, head_dim] whose first position is `first`, turned by
  /// their positions. Caches hold turned keys.
  virtual torch::Tensor turn(const torch::Tensor& x, std::int64_t /*first*/) const { return x; }
  /// What is added to the scores, from queries [batch, heads, queries, head_dim] that the score's
  /// factor was multiplied to: broadcasts to [batch, heads, queries, keys]; undefined = nothing.
  virtual torch::Tensor bias(const torch::Tensor& /*query*/, const Places& /*places*/) const {
    return {};
  }
  /// What is added to the context [batch, heads, queries, head_dim]; undefined = nothing.
  virtual torch::Tensor context(const torch::Tensor& /*weights*/, const Places& /*places*/) const {
    return {};
  }
  /// Whether bias() does not depend on the query and context() adds nothing, so that the fused
  /// kernel may be used.
  virtual bool is_fusable() const { return true; }
};

/// Widths of what a strategy works with.
struct StrategySizes {
  std::int64_t query = 0;  ///< of a head's query
  std::int64_t key = 0;    ///< of a head's key and value
  std::int64_t state = 0;  ///< of the raw query
};

/// A named strategy; what it says of itself is in facts.h.
template <class Strategy>
struct Spec {
  std::string name;
  std::function<std::shared_ptr<Strategy>(const AttentionOptions&, const StrategySizes&)> make;
};

/// The registries, in the order of src/attention/strategies.def.
std::vector<Spec<Score>> score_specs();
std::vector<Spec<Align>> align_specs();
std::vector<Spec<RelativePosition>> position_specs();

/// Throw UserError for a name that is not registered.
std::shared_ptr<Score> make_score(const AttentionOptions& options, const StrategySizes& sizes);
std::shared_ptr<Align> make_align(const AttentionOptions& options, const StrategySizes& sizes);
/// For "none": one that does nothing.
std::shared_ptr<RelativePosition> make_position(const AttentionOptions& options,
                                                const StrategySizes& sizes);

}  // namespace regard::attention
