#include "regard/decode/alignment.h"

#include <algorithm>
#include <numeric>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

namespace {

/// Whether a record belongs to the chosen layer's cross-attention: "decoder.2.cross_attention", or
/// "decoder.step_attention", the only one of an rnn decoder.
bool is_chosen(const std::string& name, const AlignmentOptions& options) {
  if (!options.map.empty()) return name == options.map;
  const std::int64_t layer = options.layer;
  if (name == "decoder.step_attention") return layer <= 0;
  const std::string prefix = layer < 0 ? "decoder." : str("decoder.", layer, ".");
  return name.starts_with(prefix) && name.find(".cross_attention") != std::string::npos;
}

/// The mean over the chosen layers and heads: [rows, queries, keys].
Tensor chosen_weights(const std::vector<AttentionRecord>& records,
                      const AlignmentOptions& options) {
  std::vector<Tensor> chosen;
  for (const AttentionRecord& record : records) {
    if (!is_chosen(record.name, options)) continue;
    const std::int64_t heads = record.weights.size(1);
    if (options.head >= heads) {
      throw UserError(str("alignment head ", options.head, " of ", record.name,
                          " does not exist: it has ", heads, " heads"),
                      str("use 0 to ", heads - 1));
    }
    chosen.push_back(options.head < 0 ? record.weights.mean(1)
                                      : record.weights.select(1, options.head));
  }
  if (chosen.empty()) {
    throw UserError(
        !options.map.empty() ? str("the model has no attention named ", options.map)
        : options.layer < 0
            ? std::string("the model has no cross-attention to read alignments from")
            : str("alignment layer ", options.layer, " has no cross-attention, or does not exist"),
        "see regard info MODEL for the decoder layers, numbered from 0");
  }
  return at::stack(chosen).mean(0);
}

Tensor forced_weights(Seq2SeqImpl& model, const std::vector<TokenPair>& pairs,
                      const TokenRoles& roles, const AlignmentOptions& options) {
  std::vector<TokenSpan> sources;
  std::vector<TokenSpan> targets;
  for (const TokenPair& pair : pairs) {
    sources.push_back(pair.source);
    targets.push_back(pair.target);
  }
  const torch::Device device = model.output_weight().device();
  const auto on_device = [&](const Sequences& sequences) {
    return Sequences{sequences.ids.to(device), sequences.lengths.to(device)};
  };
  const ForwardContext context;
  const EncoderOutput encoded =
      model.encode(on_device(pad_sequences(sources, -1, roles.source_end, roles.pad)), context);
  std::vector<AttentionRecord> records;
  model.decode(on_device(pad_sequences(targets, roles.decoder_start, -1, roles.pad)), encoded,
               context, &records);
  return chosen_weights(records, options).to(at::kCPU, at::kFloat);
}

}  // namespace

std::vector<Tensor> cross_attention(const Models& models, const std::vector<TokenPair>& pairs,
                                    const TokenRoles& roles, const AlignmentOptions& options) {
  if (pairs.empty()) return {};
  torch::NoGradGuard no_grad;
  std::vector<Tensor> weights;
  for (const DecodingModel& model : models)
    weights.push_back(forced_weights(*model.module, pairs, roles, options));
  const Tensor mean = at::stack(weights).mean(0);  // [pairs, queries, keys]
  std::vector<Tensor> result;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    // The query that read target token t - 1 (or the start mark) is the one that said token t.
    result.push_back(mean[static_cast<std::int64_t>(i)]
                         .narrow(0, 0, static_cast<std::int64_t>(pairs[i].target.size()))
                         .narrow(1, 0, static_cast<std::int64_t>(pairs[i].source.size())));
  }
  return result;
}

WordLinks link_words(const Tensor& weights, std::span<const std::int64_t> source_words,
                     std::span<const std::int64_t> target_words) {
  if (source_words.empty() || target_words.empty()) return {};
  TORCH_CHECK(weights.size(0) == static_cast<std::int64_t>(target_words.size()) &&
                  weights.size(1) == static_cast<std::int64_t>(source_words.size()),
              "link_words: weights ", weights.sizes(), " for ", target_words.size(), " x ",
              source_words.size(), " subwords");
  const auto count = [](std::span<const std::int64_t> words) {
    return *std::max_element(words.begin(), words.end()) + 1;
  };
  // Texts of white space alone have subwords at times, but no words.
  if (count(source_words) == 0 || count(target_words) == 0) return {};
  const auto index = [](std::span<const std::int64_t> words) {
    return at::tensor(std::vector<std::int64_t>(words.begin(), words.end()), at::kLong);
  };
  // Dividing by a target word's number of subwords would not change which source word is largest.
  const Tensor columns =
      at::zeros({weights.size(0), count(source_words)}).index_add_(1, index(source_words), weights);
  const Tensor words =
      at::zeros({count(target_words), columns.size(1)}).index_add_(0, index(target_words), columns);
  const Tensor best = words.argmax(1);
  WordLinks links;
  for (const std::int64_t target : target_words) {
    if (links.empty() || links.back().second != target)
      links.emplace_back(best[target].item<std::int64_t>(), target);
  }
  return links;
}

std::vector<std::int64_t> words_of_their_own(std::size_t count) {
  std::vector<std::int64_t> words(count);
  std::iota(words.begin(), words.end(), std::int64_t{0});
  return words;
}

std::string to_pharaoh(const WordLinks& links) {
  std::vector<std::string> texts;
  for (const auto& [source, target] : links)
    texts.push_back(str(source, "-", target));
  return join(texts, " ");
}

}  // namespace regard
