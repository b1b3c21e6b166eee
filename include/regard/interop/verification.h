#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include <ATen/core/Tensor.h>

#include "regard/interop/portable_model.h"

namespace regard {

/// How far the logits of two models are apart.
struct Verification {
  double max_difference = 0;   ///< of two logits
  double largest_logit = 0;    ///< by absolute value, of the first model
  std::int64_t sentences = 0;  ///< compared
  std::int64_t values = 0;     ///< logits compared
};

/// A source and its translation, without marks.
struct SentencePair {
  std::vector<std::int32_t> source;
  std::vector<std::int32_t> target;
};

/// Logits [target subwords + 1, target vocabulary] of a pair: what follows the start mark, and what
/// follows each subword.
using LogitsOf = std::function<at::Tensor(const SentencePair&)>;

/// As compare_logits(), for what a model was imported from. Its logits may lack those of the last
/// ids of the target vocabulary, which it does not have.
Verification compare_with(const LogitsOf& original, Seq2Seq imported, const TokenRoles& roles);

/// Compares the logits of all tokens but `roles.suppressed` on sentences of real pieces, drawn with
/// a fixed seed, of 1 to 40 subwords on each side; fewer where the positions of a model end before.
Verification compare_logits(Seq2Seq first, Seq2Seq second, const TokenRoles& roles);

}  // namespace regard
