#include "head.h"

#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

PairHead::PairHead(const HeadSetup& setup, std::int64_t outputs)
    : parts_(setup.options.head->compare) {
  const HeadOptions& options = *setup.options.head;
  if (parts_.empty()) parts_ = config::enum_table<ComparedPart>().values;
  const double dropout = setup.options.dropout.attention;
  const PoolOptions pool = options.pool.value_or(PoolOptions());
  std::int64_t width = setup.width;
  if (options.interact) {
    interact_ = register_module(
        "interact", Attention(*options.interact, AttentionSizes{width, width, dropout}));
    width = compared_width(options, width);
    if (options.compare_hidden > 0) {
      compare_hidden_ =
          register_module("compare", Linear(LinearOptions{width, options.compare_hidden}));
      width = options.compare_hidden;
    }
    if (options.compose) {
      SublayerSizes sizes;
      sizes.widths = {width, 0};
      sizes.norm_epsilon = setup.options.norm_epsilon;
      sizes.dropout = setup.options.dropout;
      compose_ = register_module("compose", BlockStack(*options.compose, sizes, "head.compose"));
      width = compose_->width();
    }
  }
  pool_ = register_module("pool", Pooling(pool, width, dropout, "pool"));
  const std::int64_t pooled = pooled_width(pool, width);
  const std::int64_t in = options.interact ? 2 * pooled : compared_width(options, pooled);
  output_ = register_module("layers", OutputLayers(options, in, outputs));
}

Tensor PairHead::compare(const Tensor& first, const Tensor& second) const {
  std::vector<Tensor> parts;
  for (const ComparedPart part : parts_) {
    if (part == ComparedPart::first) parts.push_back(first);
    if (part == ComparedPart::second) parts.push_back(second);
    if (part == ComparedPart::difference) parts.push_back(first - second);
    if (part == ComparedPart::product) parts.push_back(first * second);
  }
  return at::cat(parts, -1);
}

Tensor PairHead::read(const EncoderOutput& text, const EncoderOutput& other,
                      const ForwardContext& context, std::vector<AttentionRecord>* records,
                      const char* name) {
  AttentionCall call{context};
  call.needs_weights =
      records != nullptr && (context.only_recorded == nullptr || *context.only_recorded == name);
  const AttentionResult found =
      interact_->attend(text.states, interact_->project(other.states, other.mask), call);
  if (call.needs_weights) records->push_back({name, found.weights, found.extras, false});
  Tensor words = compare(text.states, found.context);
  if (compare_hidden_) words = compare_hidden_->forward_relu(words);
  if (!compose_) return words;
  BlockInput input{context, text.mask};
  input.records = records;
  return compose_->forward(words, input);
}

Tensor PairHead::forward(const std::vector<EncoderOutput>& texts, const Batch& /*batch*/,
                         const ForwardContext& context, std::vector<AttentionRecord>* records) {
  TORCH_CHECK(texts.size() == 2, "a pair has two texts, not ", texts.size());
  const EncoderOutput& first = texts[0];
  const EncoderOutput& second = texts[1];
  if (!interact_) {
    return output_->forward(compare(pool_->forward(first.states, first.mask, context, records),
                                    pool_->forward(second.states, second.mask, context, records)),
                            context);
  }
  const Tensor of_first = read(first, second, context, records, "interact.first");
  const Tensor of_second = read(second, first, context, records, "interact.second");
  return output_->forward(at::cat({pool_->forward(of_first, first.mask, context, records),
                                   pool_->forward(of_second, second.mask, context, records)},
                                  -1),
                          context);
}

}  // namespace regard
