#include "regard/model/transformer_weights.h"

#include <map>

#include "regard/core/strings.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

namespace {

StackShape shape_of(const BlocksOptions& blocks) {
  const FeedForwardOptions& network = *blocks.sublayers.back().ffn;
  return {blocks.repeat, resolved(*blocks.sublayers.front().self_attention).heads, network.hidden,
          network.activation, network.gated};
}

}  // namespace

TransformerShape shape_of(const ModelOptions& options) {
  const BlocksOptions encoder = branches_of(*options.encoder).front();
  TransformerShape shape;
  shape.dim = options.dim;
  shape.encoder = shape_of(encoder);
  shape.decoder = shape_of(*options.decoder->blocks);
  shape.norm = encoder.norm;
  shape.norm_epsilon = options.norm_epsilon;
  shape.position = options.position;
  shape.max_positions = options.max_positions;
  shape.scales_embedding = options.scale_embedding;
  shape.has_output_bias = options.output_bias;
  shape.tie = options.tie;
  shape.dropout = options.dropout;
  return shape;
}

namespace {

/// A slot for a weight of ours: its name, and the tensor there. What is optional may be undefined.
struct Slot {
  std::string name;
  Tensor& tensor;
  bool is_optional = false;
};

/// The weights of a stack, under the names that parameters have here. Both ways of a conversion go
/// through this list.
class SlotList {
 public:
  SlotList(std::vector<Slot>& slots, std::string side) : slots_(slots), side_(std::move(side)) {}

  void add_stack(StackWeights& stack) {
    add(side_ + ".embedding.weight", stack.embedding, true);
    add(side_ + ".embedding.position.weight", stack.positions, true);
    for (std::size_t i = 0; i < stack.layers.size(); ++i)
      add_layer(stack.layers[i], str(side_, ".blocks.", i));
    if (stack.final_norm) add_norm(*stack.final_norm, side_ + ".blocks.final_norm");
  }

 private:
  void add(std::string name, Tensor& tensor, bool is_optional = false) {
    slots_.push_back({std::move(name), tensor, is_optional});
  }
  void add_linear(LinearWeights& linear, const std::string& name) {
    add(name + ".weight", linear.weight);
    add(name + ".bias", linear.bias, true);
  }
  void add_norm(NormWeights& norm, const std::string& name) {
    add(name + ".weight", norm.scale);
    add(name + ".bias", norm.shift);
  }
  void add_attention(AttentionWeights& attention, const std::string& name) {
    add_linear(attention.in, name + ".attention.in_projection");
    add_linear(attention.out, name + ".attention.out_projection");
    add_norm(attention.norm, name + ".norm");
  }
  void add_layer(LayerWeights& layer, const std::string& name) {
    add_attention(layer.self_attention, name + ".self_attention");
    if (layer.cross_attention) add_attention(*layer.cross_attention, name + ".cross_attention");
    add_linear(layer.inner, name + ".ffn.network.inner");
    add_linear(layer.outer, name + ".ffn.network.outer");
    add_norm(layer.feed_forward_norm, name + ".ffn.norm");
  }

  std::vector<Slot>& slots_;
  std::string side_;
};

/// Weights with the right number of empty slots.
TransformerWeights empty_weights(const TransformerShape& shape) {
  TransformerWeights weights;
  weights.shape = shape;
  weights.encoder.layers.resize(static_cast<std::size_t>(shape.encoder.layers));
  weights.decoder.layers.resize(static_cast<std::size_t>(shape.decoder.layers));
  for (LayerWeights& layer : weights.decoder.layers)
    layer.cross_attention.emplace();
  if (shape.norm == NormPlacement::pre) {
    weights.encoder.final_norm.emplace();
    weights.decoder.final_norm.emplace();
  }
  return weights;
}

std::vector<Slot> slots_of(TransformerWeights& weights) {
  std::vector<Slot> slots;
  SlotList(slots, "encoder").add_stack(weights.encoder);
  SlotList(slots, "decoder").add_stack(weights.decoder);
  slots.push_back({"output.weight", weights.output_weight, true});
  slots.push_back({"output_bias", weights.output_bias, true});
  return slots;
}

}  // namespace

TransformerWeights weights_of(const Seq2SeqImpl& model) {
  TransformerWeights weights = empty_weights(shape_of(model.options()));
  std::map<std::string, Tensor> parameters;
  for (const auto& item : model.named_parameters())
    parameters[item.key()] = item.value().detach();
  for (const Slot& slot : slots_of(weights)) {
    const auto found = parameters.find(slot.name);
    TORCH_CHECK(slot.is_optional || found != parameters.end(), "no weight ", slot.name);
    if (found != parameters.end()) slot.tensor = found->second;
  }
  if (!weights.decoder.embedding.defined()) weights.decoder.embedding = weights.encoder.embedding;
  if (!weights.output_weight.defined()) weights.output_weight = weights.decoder.embedding;
  return weights;
}

namespace {

BlocksOptions blocks_of(const TransformerShape& shape, bool is_decoder) {
  const StackShape& stack = is_decoder ? shape.decoder : shape.encoder;
  AttentionOptions attention;
  attention.heads = stack.heads;
  SublayerOptions self;
  self.self_attention = attention;
  if (is_decoder) self.self_attention->mask = AttentionMask::causal;
  SublayerOptions cross;
  cross.cross_attention = attention;
  SublayerOptions network;
  network.ffn =
      FeedForwardOptions{stack.feed_forward, stack.activation, stack.is_gated, /*bias=*/true};
  BlocksOptions blocks;
  blocks.repeat = stack.layers;
  blocks.norm = shape.norm;
  blocks.sublayers = is_decoder ? std::vector{self, cross, network} : std::vector{self, network};
  return blocks;
}

}  // namespace

ModelOptions options_of(const TransformerShape& shape) {
  ModelOptions options;
  options.dim = shape.dim;
  options.position = shape.position;
  options.max_positions = shape.max_positions;
  options.scale_embedding = shape.scales_embedding;
  options.norm_epsilon = shape.norm_epsilon;
  options.output_bias = shape.has_output_bias;
  options.dropout = shape.dropout;
  options.tie = shape.tie;
  options.encoder.emplace().blocks = blocks_of(shape, /*is_decoder=*/false);
  options.decoder.emplace().blocks = blocks_of(shape, /*is_decoder=*/true);
  return expand(options);
}

Seq2Seq model_of(const TransformerWeights& weights) {
  TransformerWeights source = weights;
  Seq2Seq model = make_model(options_of(weights.shape), weights.encoder.embedding.size(0),
                             weights.decoder.embedding.size(0), 0);
  torch::NoGradGuard no_grad;
  std::map<std::string, Tensor> given;
  for (const Slot& slot : slots_of(source))
    given[slot.name] = slot.tensor;
  for (const auto& item : model->named_parameters()) {
    Tensor parameter = item.value();
    const auto found = given.find(item.key());
    TORCH_CHECK(found != given.end(), "unexpected weight ", item.key());
    if (found->second.defined()) {
      parameter.copy_(found->second);
    } else {
      parameter.zero_();
    }
  }
  model->eval();
  return model;
}

namespace {

/// Rows or columns of what stands in the width of the hidden states.
class FeatureOrder {
 public:
  explicit FeatureOrder(const Tensor& order) : order_(order) {}

  void apply(StackWeights& stack) const {
    columns(stack.embedding);
    columns(stack.positions);
    for (LayerWeights& layer : stack.layers) {
      apply(layer.self_attention);
      if (layer.cross_attention) apply(*layer.cross_attention);
      columns(layer.inner.weight);
      rows(layer.outer);
      apply(layer.feed_forward_norm);
    }
    if (stack.final_norm) apply(*stack.final_norm);
  }
  void columns(Tensor& matrix) const {
    if (matrix.defined()) matrix = matrix.index_select(1, order_);
  }

 private:
  void apply(NormWeights& norm) const {
    norm.scale = norm.scale.index_select(0, order_);
    norm.shift = norm.shift.index_select(0, order_);
  }
  void rows(LinearWeights& linear) const {
    linear.weight = linear.weight.index_select(0, order_);
    if (linear.bias.defined()) linear.bias = linear.bias.index_select(0, order_);
  }
  void apply(AttentionWeights& attention) const {
    columns(attention.in.weight);
    rows(attention.out);
    apply(attention.norm);
  }

  Tensor order_;
};

}  // namespace

TransformerWeights with_feature_order(const TransformerWeights& weights, const Tensor& order) {
  TransformerWeights changed = weights;
  const FeatureOrder features(order);
  features.apply(changed.encoder);
  features.apply(changed.decoder);
  features.columns(changed.output_weight);
  if (weights.shape.tie == Tie::all) changed.decoder.embedding = changed.encoder.embedding;
  if (weights.shape.tie != Tie::none) changed.output_weight = changed.decoder.embedding;
  return changed;
}

Tensor halves_order(std::int64_t dim) {
  const Tensor even = at::arange(0, dim, 2);
  return at::cat({even, even + 1});
}

}  // namespace regard
