#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/formats/ctranslate2.h"
#include "regard/interop/ctranslate2_model.h"
#include "regard/tensor/tensor_file.h"
#include "regard/tensor/torch.h"

#include "weight_reader.h"

namespace regard {

namespace fs = std::filesystem;
using torch::Tensor;

namespace {

/// Reads variables by the names of CTranslate2, int8 matrices by their scales.
class Ctranslate2Reader {
 public:
  explicit Ctranslate2Reader(const Ctranslate2File& file)
      : file_(file), reader_(tensor_source(file)) {}

  Tensor vector(const std::string& name, std::int64_t size) { return reader_.read(name, {size}); }
  Tensor matrix(const std::string& name, at::IntArrayRef shape);
  LinearWeights linear(const std::string& name, std::int64_t out, std::int64_t in);
  NormWeights norm(const std::string& name, std::int64_t dim) {
    return {vector(name + "/gamma", dim), vector(name + "/beta", dim)};
  }
  /// A table whose number of rows is only known to the file.
  Tensor table(const std::string& name, std::int64_t columns);

 private:
  std::string target_of(const std::string& name) const;

  const Ctranslate2File& file_;
  WeightReader reader_;
};

/// The scale of an aliased matrix stands next to the matrix itself.
std::string Ctranslate2Reader::target_of(const std::string& name) const {
  for (const auto& [alias, target] : file_.aliases()) {
    if (alias == name) return target;
  }
  return name;
}

Tensor Ctranslate2Reader::matrix(const std::string& name, at::IntArrayRef shape) {
  const std::string weight = target_of(name + "/weight");
  if (!file_.contains(weight) || file_.at(weight).dtype != DType::i8)
    return reader_.read(weight, shape);
  const Tensor rows = tensor_from(file_.at(weight), file_.storage());
  if (rows.sizes() != shape)
    throw UserError(SourceSpot{file_.path().string()},
                    c10::str(weight, " has the shape ", rows.sizes(), ", expected ", shape));
  const Tensor scale = reader_.read(weight + "_scale", {shape[0]});
  return rows.to(at::kFloat) / scale.unsqueeze(1);
}

LinearWeights Ctranslate2Reader::linear(const std::string& name, std::int64_t out,
                                        std::int64_t in) {
  LinearWeights linear{matrix(name, {out, in}), {}};
  if (file_.contains(name + "/bias")) linear.bias = vector(name + "/bias", out);
  return linear;
}

Tensor Ctranslate2Reader::table(const std::string& name, std::int64_t columns) {
  const TensorView& view = file_.at(name);
  const std::int64_t rows = view.shape.empty() ? 0 : view.shape.front();
  return reader_.read(name, {rows, columns});
}

LinearWeights stacked(const LinearWeights& first, const LinearWeights& second) {
  LinearWeights both{at::cat({first.weight, second.weight}), {}};
  if (first.bias.defined() && second.bias.defined()) both.bias = at::cat({first.bias, second.bias});
  return both;
}

AttentionWeights read_attention(Ctranslate2Reader& reader, const std::string& name,
                                std::int64_t dim, bool is_self) {
  AttentionWeights attention;
  if (is_self) {
    attention.in = reader.linear(name + "/linear_0", 3 * dim, dim);
    attention.out = reader.linear(name + "/linear_1", dim, dim);
  } else {
    attention.in = stacked(reader.linear(name + "/linear_0", dim, dim),
                           reader.linear(name + "/linear_1", 2 * dim, dim));
    attention.out = reader.linear(name + "/linear_2", dim, dim);
  }
  attention.norm = reader.norm(name + "/layer_norm", dim);
  return attention;
}

StackWeights read_stack(Ctranslate2Reader& reader, const std::string& side,
                        const TransformerShape& shape) {
  const bool is_decoder = side == "decoder";
  const StackShape& sizes = is_decoder ? shape.decoder : shape.encoder;
  const std::int64_t dim = shape.dim;
  StackWeights stack;
  for (std::int64_t i = 0; i < sizes.layers; ++i) {
    const std::string name = str(side, "/layer_", i);
    LayerWeights layer;
    layer.self_attention = read_attention(reader, name + "/self_attention", dim, /*is_self=*/true);
    if (is_decoder)
      layer.cross_attention = read_attention(reader, name + "/attention", dim, /*is_self=*/false);
    layer.inner = reader.linear(name + "/ffn/linear_0", sizes.feed_forward, dim);
    if (sizes.is_gated)
      layer.inner = stacked(layer.inner,
                            reader.linear(name + "/ffn/linear_0_noact", sizes.feed_forward, dim));
    layer.outer = reader.linear(name + "/ffn/linear_1", dim, sizes.feed_forward);
    layer.feed_forward_norm = reader.norm(name + "/ffn/layer_norm", dim);
    stack.layers.push_back(std::move(layer));
  }
  if (shape.norm == NormPlacement::pre) stack.final_norm = reader.norm(side + "/layer_norm", dim);
  stack.positions = reader.table(side + "/position_encodings/encodings", dim);
  return stack;
}

}  // namespace

TransformerWeights read_ctranslate2_weights(const fs::path& folder, const TransformerShape& shape) {
  const Ctranslate2File file = Ctranslate2File::open(folder / "model.bin");
  Ctranslate2Reader reader(file);
  TransformerWeights weights;
  weights.shape = shape;
  weights.encoder = read_stack(reader, "encoder", shape);
  weights.decoder = read_stack(reader, "decoder", shape);
  const auto rows_of = [&](const std::string& name) {
    const TensorView& view = file.at(name + "/weight");
    return view.shape.empty() ? 0 : view.shape.front();
  };
  const auto read_table = [&](const std::string& name) {
    return reader.matrix(name, {rows_of(name), shape.dim});
  };
  weights.encoder.embedding = read_table("encoder/embeddings_0");
  weights.decoder.embedding = read_table("decoder/embeddings");
  weights.output_weight = read_table("decoder/projection");
  weights.output_bias = reader.vector("decoder/projection/bias", weights.output_weight.size(0));
  weights.shape.has_output_bias = true;
  weights.shape.position = PositionKind::learned;
  weights.shape.max_positions = weights.decoder.positions.size(0);
  return weights;
}

}  // namespace regard
