#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "regard/engine/alignment.h"
#include "regard/engine/packed_transformer.h"

#include "packed_decoder.h"

namespace regard {
namespace {

/// Adds up where the chosen attentions look, of those heads that are asked.
class MeanOfMaps final : public AttentionRecorder {
 public:
  MeanOfMaps(const std::vector<TokenPair>& pairs, std::int64_t head) : head_(head) {
    for (const TokenPair& pair : pairs) {
      maps_.emplace_back(std::ssize(pair.target), std::ssize(pair.source));
      rows_.push_back(rows_.size());
    }
  }
  /// Which pairs the rows of the batch are of, and the token that they are made to say.
  void begin_step(std::vector<std::size_t> rows, std::int64_t step) {
    rows_ = std::move(rows);
    step_ = step;
  }
  /// Of attentions that are added up.
  void divide_by(std::int64_t count) {
    for (AttentionMatrix& map : maps_) {
      for (float& value : map.values)
        value /= static_cast<float>(count);
    }
  }
  std::vector<AttentionMatrix> take() { return std::move(maps_); }

  void record(std::int64_t row, std::int64_t heads, std::span<const float> weights) override {
    AttentionMatrix& map = maps_[rows_[static_cast<std::size_t>(row)]];
    if (step_ >= map.targets) return;
    const auto keys = std::ssize(weights) / heads;  // with the end mark
    float* to = map.values.data() + step_ * map.sources;
    for (std::int64_t source = 0; source < map.sources; ++source) {
      float sum = 0;
      for (std::int64_t head = 0; head < heads; ++head) {
        if (head_ < 0 || head == head_)
          sum += weights[static_cast<std::size_t>(head * keys + source)];
      }
      to[source] += head_ < 0 ? sum / static_cast<float>(heads) : sum;
    }
  }

 private:
  std::vector<AttentionMatrix> maps_;
  std::vector<std::size_t> rows_;
  std::int64_t step_ = 0;
  std::int64_t head_;
};

/// The names of the attentions that are read. Throws UserError.
std::set<std::string> chosen_names(const std::vector<PackedDecoderSublayer>& sublayers,
                                   const TransformerPlan& plan, const AlignmentOptions& options) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < sublayers.size(); ++i) {
    if (!sublayers[i].kind->looks_at_source || !is_chosen(sublayers[i].name, options)) continue;
    require_head(sublayers[i].name, plan.decoder.sublayers[i].heads, options);
    names.insert(sublayers[i].name);
  }
  if (names.empty()) throw_no_such_map(options);
  return names;
}

}  // namespace

std::vector<AttentionMatrix> PackedTransformer::cross_attention(
    const std::vector<TokenPair>& pairs, const TokenRoles& roles,
    const AlignmentOptions& options) const {
  if (pairs.empty()) return {};
  const std::set<std::string> names = chosen_names(weights_->decoder, weights_->plan, options);
  MeanOfMaps maps(pairs, options.head);
  PackedDecoder decoder(*weights_, nullptr);
  decoder.recorder_of = [&](const std::string& name) -> AttentionRecorder* {
    return names.contains(name) ? &maps : nullptr;
  };
  std::vector<TokenSpan> sources;
  std::vector<std::size_t> rows;  // the pairs that have more to say
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    sources.push_back(pairs[i].source);
    rows.push_back(i);
  }
  decoder.start(make_token_batch(sources, roles.source_end, roles.pad));
  for (std::size_t step = 0; !rows.empty(); ++step) {
    std::vector<std::int64_t> read;
    std::vector<std::int64_t> kept;
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const TokenSpan target = pairs[rows[i]].target;
      read.push_back(step == 0 ? roles.decoder_start : target[step - 1]);
      if (step + 1 >= target.size()) continue;
      open.push_back(rows[i]);
      kept.push_back(static_cast<std::int64_t>(i));
    }
    const bool is_smaller = open.size() < rows.size();
    maps.begin_step(std::exchange(rows, std::move(open)), static_cast<std::int64_t>(step));
    decoder.step(read);
    if (is_smaller && !rows.empty()) decoder.keep(kept, kept);
  }
  maps.divide_by(std::ssize(names));
  return maps.take();
}

}  // namespace regard
