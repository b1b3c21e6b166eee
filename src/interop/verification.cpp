#include "regard/interop/verification.h"

#include <algorithm>

#include "regard/core/random.h"
#include "regard/data/batch.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

namespace {

constexpr std::uint64_t kSeed = 17;
constexpr std::int64_t kLongest = 40;

/// Pieces that are neither special nor suppressed, at random.
std::vector<std::int32_t> random_sentence(RandomStream& random, std::int64_t vocabulary,
                                          std::int64_t length,
                                          const std::vector<std::int64_t>& left_out) {
  std::vector<std::int32_t> ids;
  for (std::int64_t tries = 0; static_cast<std::int64_t>(ids.size()) < length; ++tries) {
    const auto id = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(vocabulary)));
    const bool is_special = std::find(left_out.begin(), left_out.end(), id) != left_out.end();
    // A vocabulary may hold nothing but special pieces.
    if (!is_special || tries > 100 * kLongest) ids.push_back(static_cast<std::int32_t>(id));
  }
  return ids;
}

/// [1, tokens, vocabulary]
Tensor logits_of(Seq2SeqImpl& model, const Batch& batch) {
  const ForwardContext context;
  return model.logits(
      model.decode(batch.target_input, model.encode(batch.source, context), context));
}

/// Logits of what may be said.
Tensor sayable(const Tensor& logits, const TokenRoles& roles) {
  Tensor is_sayable = at::ones({logits.size(-1)}, at::kBool);
  for (const std::int64_t id : roles.suppressed)
    is_sayable[id].fill_(false);
  return logits.index_select(-1, is_sayable.nonzero().squeeze(1));
}

}  // namespace

Verification compare_logits(Seq2Seq first, Seq2Seq second, const TokenRoles& roles) {
  torch::NoGradGuard no_grad;
  RandomStream random(kSeed);
  std::vector<std::int64_t> special = roles.suppressed;
  for (const std::int64_t id : {roles.pad, roles.unknown, roles.target_end, roles.decoder_start})
    special.push_back(id);
  Verification result;
  for (const std::int64_t length : {std::int64_t{1}, std::int64_t{7}, std::int64_t{19}, kLongest}) {
    const auto source = random_sentence(random, first->source_vocabulary(), length, special);
    const auto target =
        random_sentence(random, first->target_vocabulary(), kLongest + 1 - length, special);
    const Batch batch = make_batch({source}, {target}, {0}, roles.batch_ids());
    const Tensor expected = sayable(logits_of(*first, batch), roles);
    const Tensor actual = sayable(logits_of(*second, batch), roles);
    TORCH_CHECK(expected.sizes() == actual.sizes() && expected.numel() > 0,
                "the models give different numbers of logits");
    // Of a value that is no number, every comparison is false: it must not pass for small.
    const double difference = (expected - actual).abs().max().item<double>();
    result.max_difference =
        difference <= result.max_difference ? result.max_difference : difference;
    result.largest_logit = std::max(result.largest_logit, expected.abs().max().item<double>());
    ++result.sentences;
    result.values += expected.numel();
  }
  return result;
}

}  // namespace regard
