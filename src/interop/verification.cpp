#include "regard/interop/verification.h"

#include <algorithm>

#include "regard/core/random.h"
#include "regard/model/longest_sentence.h"
#include "regard/tensor/batch.h"
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

LogitsOf logits_of(Seq2Seq model, const BatchIds& ids) {
  return [model = std::move(model), ids](const SentencePair& pair) mutable {
    const ForwardContext context;
    const Batch batch = make_batch({pair.source}, {pair.target}, {0}, ids);
    const Tensor hidden =
        model->decode(batch.target_input, model->encode(batch.source, context), context);
    return model->logits(hidden).squeeze(0);
  };
}

/// Which of the first `vocabulary` ids may be said.
Tensor sayable_ids(std::int64_t vocabulary, const TokenRoles& roles) {
  Tensor is_sayable = at::ones({vocabulary}, at::kBool);
  for (const std::int64_t id : roles.suppressed) {
    if (id < vocabulary) is_sayable[id].fill_(false);
  }
  return is_sayable.nonzero().squeeze(1);
}

/// Subwords of the longest sentence that a model takes, up to the longest that is compared.
std::int64_t longest_for(const Seq2SeqImpl& model) {
  const std::int64_t limit = longest_sentence(model.options());
  return limit > 0 ? std::min(limit, kLongest) : kLongest;
}

std::vector<SentencePair> sample_pairs(const Seq2SeqImpl& model, const TokenRoles& roles,
                                       std::int64_t longest) {
  RandomStream random(kSeed);
  std::vector<std::int64_t> special = roles.suppressed;
  for (const std::int64_t id : {roles.pad, roles.unknown, roles.target_end, roles.decoder_start})
    special.push_back(id);
  std::vector<SentencePair> pairs;
  for (const std::int64_t wanted : {std::int64_t{1}, std::int64_t{7}, std::int64_t{19}, kLongest}) {
    const std::int64_t length = std::min(wanted, longest);
    SentencePair& pair = pairs.emplace_back();
    pair.source = random_sentence(random, model.source_vocabulary(), length, special);
    pair.target = random_sentence(random, model.target_vocabulary(), longest + 1 - length, special);
  }
  return pairs;
}

Verification compare(const LogitsOf& first, const LogitsOf& second,
                     const std::vector<SentencePair>& pairs, const TokenRoles& roles) {
  torch::NoGradGuard no_grad;
  Verification result;
  for (const SentencePair& pair : pairs) {
    const Tensor of_first = first(pair);
    const Tensor of_second = second(pair);
    TORCH_CHECK(of_first.size(0) == of_second.size(0) && of_first.size(1) <= of_second.size(1),
                "the models produce different numbers of logits");
    const Tensor ids = sayable_ids(of_first.size(1), roles);
    const Tensor expected = of_first.index_select(-1, ids);
    const Tensor actual = of_second.index_select(-1, ids);
    TORCH_CHECK(expected.sizes() == actual.sizes() && expected.numel() > 0,
                "the models produce different numbers of logits");
    // Of a value that is not a number, every comparison is false: it must not pass for small.
    const double difference = (expected - actual).abs().max().item<double>();
    result.max_difference =
        difference <= result.max_difference ? result.max_difference : difference;
    result.largest_logit = std::max(result.largest_logit, expected.abs().max().item<double>());
    ++result.sentences;
    result.values += expected.numel();
  }
  return result;
}

}  // namespace

Verification compare_with(const LogitsOf& original, Seq2Seq imported, const TokenRoles& roles) {
  const auto pairs = sample_pairs(*imported, roles, longest_for(*imported));
  return compare(original, logits_of(imported, roles.batch_ids()), pairs, roles);
}

Verification compare_logits(Seq2Seq first, Seq2Seq second, const TokenRoles& roles) {
  TORCH_CHECK(first->target_vocabulary() == second->target_vocabulary(),
              "the models produce different numbers of logits");
  const auto pairs =
      sample_pairs(*first, roles, std::min(longest_for(*first), longest_for(*second)));
  return compare(logits_of(first, roles.batch_ids()), logits_of(second, roles.batch_ids()), pairs,
                 roles);
}

}  // namespace regard
