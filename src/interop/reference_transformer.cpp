#include "reference_transformer.h"

#include <cmath>

#include "regard/tensor/torch.h"

namespace regard {

using at::Tensor;

struct ReferenceTransformer::Layer {
  Side side;
  std::int64_t number;
  std::int64_t heads;
};

Tensor ReferenceTransformer::attend(const Tensor& x, const Tensor& memory, const Layer& layer,
                                    const std::string& part) const {
  const auto heads_of = [&](const Tensor& rows, const char* name) {
    const Tensor projected = project(rows, layer.side, layer.number, part + name);
    const std::int64_t width = projected.size(1) / layer.heads;
    return projected.reshape({rows.size(0), layer.heads, width}).transpose(0, 1);
  };
  const Tensor queries = heads_of(x, " q");
  const Tensor keys = heads_of(memory, " k");
  Tensor scores =
      queries.matmul(keys.transpose(1, 2)) / std::sqrt(static_cast<double>(queries.size(2)));
  if (layer.side == Side::decoder && part == "self") {
    const Tensor is_later = at::ones({x.size(0), x.size(0)}, at::kBool).triu(1);
    scores = scores.masked_fill(is_later, -1e30);
  }
  const Tensor context = scores.softmax(-1).matmul(heads_of(memory, " v"));
  return project(context.transpose(0, 1).reshape({x.size(0), -1}), layer.side, layer.number,
                 part + " out");
}

/// `memory` is what the decoder attends to; undefined in the encoder.
Tensor ReferenceTransformer::run(Tensor x, const Tensor& memory, Side side) const {
  const bool is_encoder = side == Side::encoder;
  const std::int64_t layers = is_encoder ? sizes_.encoder_layers : sizes_.decoder_layers;
  for (std::int64_t i = 0; i < layers; ++i) {
    const Layer layer{side, i, is_encoder ? sizes_.encoder_heads : sizes_.decoder_heads};
    const auto sublayer = [&](const std::string& part, const auto& function) {
      if (sizes_.norms_before) {
        x = x + function(normalise(x, side, i, part));
      } else {
        x = normalise(x + function(x), side, i, part);
      }
    };
    sublayer("self", [&](const Tensor& in) { return attend(in, in, layer, "self"); });
    if (!is_encoder)
      sublayer("cross", [&](const Tensor& in) { return attend(in, memory, layer, "cross"); });
    sublayer("ffn", [&](const Tensor& in) {
      const Tensor inner = project(in, side, i, "ffn 1");
      const Tensor active = sizes_.activation == "relu"   ? inner.clamp_min(0)
                            : sizes_.activation == "gelu" ? at::gelu(inner)
                                                          : inner * inner.sigmoid();
      return project(active, side, i, "ffn 2");
    });
  }
  return sizes_.norms_before ? normalise(x, side, 0, "top") : x;
}

Tensor ReferenceTransformer::logits(const SentencePair& pair) const {
  torch::NoGradGuard no_grad;
  const Tensor memory = run(embed_source(pair.source), Tensor(), Side::encoder);
  return output(run(embed_target(pair.target), memory, Side::decoder));
}

Tensor reference_positions(std::int64_t count, std::int64_t dim, bool is_of_marian) {
  const std::int64_t half = dim / 2;
  const double steps =
      static_cast<double>(is_of_marian ? std::max<std::int64_t>(1, half - 1) : half);
  const Tensor exponents = at::arange(half, at::kDouble) / steps;
  const Tensor rates = (exponents * -std::log(10000.0)).exp();
  const Tensor angles = at::arange(count, at::kDouble).unsqueeze(1) * rates.unsqueeze(0);
  return at::cat({angles.sin(), angles.cos()}, 1).to(at::kFloat);
}

}  // namespace regard
