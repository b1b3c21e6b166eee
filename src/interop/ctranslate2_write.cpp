#include <cmath>
#include <map>

#include <nlohmann/json.hpp>

#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/formats/ctranslate2.h"
#include "regard/interop/ctranslate2_model.h"
#include "regard/layers/position.h"
#include "regard/tensor/tensor_file.h"
#include "regard/tensor/torch.h"

#include "vocabulary_files.h"

namespace regard {

namespace fs = std::filesystem;
using torch::Tensor;

namespace {

constexpr std::int64_t kTablePositions =
    2048;  // CTranslate2 refuses longer sentences than its table
constexpr double kInt8 = 127.0;

/// CTranslate2's numbers for activations.
std::int64_t activation_code(Activation activation) {
  switch (activation) {
    case Activation::relu:
      return 0;
    case Activation::silu:
      return 2;
    case Activation::gelu:
      return 3;
  }
  TORCH_CHECK(false, "unknown activation");
}

at::ScalarType stored_type(Quantization quantization) {
  if (quantization == Quantization::float16) return at::kHalf;
  return quantization == Quantization::bfloat16 ? at::kBFloat16 : at::kFloat;
}

/// Collects the variables of a model.bin.
class VariableList {
 public:
  explicit VariableList(Quantization quantization) : quantization_(quantization) {}

  void add_number(const std::string& name, std::int64_t value, at::ScalarType type) {
    variables_.emplace_back(name, at::scalar_tensor(value, at::TensorOptions().dtype(type)));
  }
  void add_flag(const std::string& name, bool value) { add_number(name, value ? 1 : 0, at::kChar); }
  /// Norms, biases, positions.
  void add_vector(const std::string& name, const Tensor& values) {
    variables_.emplace_back(name, converted(name, values));
  }
  /// A matrix, under NAME/weight. The same tensor under a second name becomes an alias.
  void add_matrix(const std::string& name, const Tensor& values);
  void add_linear(const std::string& name, const LinearWeights& linear) {
    add_matrix(name, linear.weight);
    if (linear.bias.defined()) add_vector(name + "/bias", linear.bias);
  }
  void add_norm(const std::string& name, const NormWeights& norm) {
    add_vector(name + "/gamma", norm.scale);
    add_vector(name + "/beta", norm.shift);
  }
  void add_alias(const std::string& alias, const std::string& target) {
    aliases_.emplace_back(alias, target);
  }
  void write(const fs::path& path) const;

 private:
  Tensor converted(const std::string& name, const Tensor& values) const;

  Quantization quantization_;
  NamedTensors variables_;
  std::vector<Ctranslate2Alias> aliases_;
};

Tensor VariableList::converted(const std::string& name, const Tensor& values) const {
  const Tensor stored = values.detach().to(stored_type(quantization_)).contiguous();
  if (!at::isfinite(stored).all().item<bool>()) {
    throw UserError(str("--quantization ", config::word_of(quantization_), ": values of ", name,
                        " are too large for it"),
                    "use bfloat16 or float32");
  }
  return stored;
}

void VariableList::add_matrix(const std::string& name, const Tensor& values) {
  const std::string weight = name + "/weight";
  if (quantization_ != Quantization::int8) {
    variables_.emplace_back(weight, converted(weight, values));
    return;
  }
  const Tensor matrix = values.detach();
  const Tensor largest = matrix.abs().amax(1, /*keepdim=*/true);
  const Tensor scale = at::where(largest > 0, kInt8 / largest, at::ones_like(largest));
  variables_.emplace_back(weight, (matrix * scale).round().to(at::kChar).contiguous());
  variables_.emplace_back(weight + "_scale", scale.squeeze(1).contiguous());
}

void VariableList::write(const fs::path& path) const {
  std::vector<NamedTensor> views;
  for (const auto& [name, tensor] : variables_)
    views.push_back({name, view_of(tensor)});
  write_ctranslate2(path, {}, views, aliases_);
}

void add_attention(VariableList& list, const std::string& name, const AttentionWeights& attention,
                   bool is_self) {
  const LinearWeights& in = attention.in;
  if (is_self) {
    list.add_linear(name + "/linear_0", in);
    list.add_linear(name + "/linear_1", attention.out);
  } else {
    const std::int64_t dim = in.weight.size(1);
    const auto rows = [&](std::int64_t first, std::int64_t count) {
      return LinearWeights{in.weight.narrow(0, first, count),
                           in.bias.defined() ? in.bias.narrow(0, first, count) : Tensor()};
    };
    list.add_linear(name + "/linear_0", rows(0, dim));
    list.add_linear(name + "/linear_1", rows(dim, 2 * dim));
    list.add_linear(name + "/linear_2", attention.out);
  }
  list.add_norm(name + "/layer_norm", attention.norm);
}

void add_feed_forward(VariableList& list, const std::string& name, const LayerWeights& layer,
                      const StackShape& shape) {
  LinearWeights inner = layer.inner;
  if (shape.is_gated) {
    const std::int64_t hidden = shape.feed_forward;
    const auto rows = [&](std::int64_t first) {
      return LinearWeights{
          layer.inner.weight.narrow(0, first, hidden),
          layer.inner.bias.defined() ? layer.inner.bias.narrow(0, first, hidden) : Tensor()};
    };
    inner = rows(0);
    list.add_linear(name + "/linear_0_noact", rows(hidden));
  }
  list.add_linear(name + "/linear_0", inner);
  list.add_linear(name + "/linear_1", layer.outer);
  list.add_norm(name + "/layer_norm", layer.feed_forward_norm);
}

void add_stack(VariableList& list, const std::string& side, const StackWeights& stack,
               const StackShape& shape) {
  for (std::size_t i = 0; i < stack.layers.size(); ++i) {
    const std::string name = str(side, "/layer_", i);
    const LayerWeights& layer = stack.layers[i];
    add_attention(list, name + "/self_attention", layer.self_attention, /*is_self=*/true);
    if (layer.cross_attention)
      add_attention(list, name + "/attention", *layer.cross_attention, /*is_self=*/false);
    add_feed_forward(list, name + "/ffn", layer, shape);
  }
  if (stack.final_norm) list.add_norm(side + "/layer_norm", *stack.final_norm);
}

void add_settings(VariableList& list, const std::string& side, const TransformerShape& shape,
                  const StackShape& stack) {
  list.add_number(side + "/num_heads", stack.heads, at::kShort);
  list.add_flag(side + "/pre_norm", shape.norm == NormPlacement::pre);
  list.add_number(side + "/activation", activation_code(stack.activation), at::kChar);
  list.add_flag(side + "/scale_embeddings", shape.scales_embedding);
  list.add_flag(side + "/multi_query_attention", false);
}

/// What is added to the embeddings, always written out: without a table CTranslate2 would use
/// positions of its own.
Tensor positions_of(const TransformerShape& shape, const StackWeights& stack) {
  if (stack.positions.defined()) return stack.positions;
  if (shape.position == PositionKind::none) return at::zeros({kTablePositions, shape.dim});
  return position_table(shape.position, kTablePositions, shape.dim);
}

/// What must not be said gets a bias that no token overcomes.
Tensor output_bias(const PortableModel& model) {
  Tensor bias = model.weights.output_bias.defined() ? model.weights.output_bias.detach().clone()
                                                    : at::zeros({model.target.size()});
  for (const std::int64_t id : model.roles.suppressed)
    bias[id].fill_(kSuppressedBias);
  return bias;
}

void add_tables(VariableList& list, const PortableModel& model) {
  const TransformerWeights& weights = model.weights;
  const Tie tie = weights.shape.tie;
  list.add_matrix("decoder/embeddings", weights.decoder.embedding);
  if (tie == Tie::none) {
    list.add_matrix("decoder/projection", weights.output_weight);
  } else {
    list.add_alias("decoder/projection/weight", "decoder/embeddings/weight");
  }
  if (tie == Tie::all) {
    list.add_alias("encoder/embeddings_0/weight", "decoder/embeddings/weight");
  } else {
    list.add_matrix("encoder/embeddings_0", weights.encoder.embedding);
  }
  list.add_vector("decoder/projection/bias", output_bias(model));
  const std::string encodings = "/position_encodings/encodings";
  list.add_vector("decoder" + encodings, positions_of(weights.shape, weights.decoder));
  if (weights.encoder.positions.defined()) {
    list.add_vector("encoder" + encodings, positions_of(weights.shape, weights.encoder));
  } else {
    list.add_alias("encoder" + encodings, "decoder" + encodings);
  }
}

void write_config(const PortableModel& model, const fs::path& path) {
  const auto piece = [&](std::int64_t id) {
    return model.target.piece(static_cast<std::int32_t>(id));
  };
  const std::string start = piece(model.roles.decoder_start);
  const nlohmann::ordered_json json = {{"add_source_bos", false},
                                       {"add_source_eos", true},
                                       {"bos_token", start},
                                       {"decoder_start_token", start},
                                       {"eos_token", piece(model.roles.target_end)},
                                       {"layer_norm_epsilon", model.weights.shape.norm_epsilon},
                                       {"multi_query_attention", false},
                                       {"unk_token", piece(model.roles.unknown)}};
  write_file_atomically(path, json.dump(2) + "\n");
}

void write_vocabularies(const PortableModel& model, const fs::path& folder) {
  const PieceTable source = piece_table_of(model.source);
  const PieceTable target = piece_table_of(model.target);
  if (source.fingerprint() == target.fingerprint()) {
    write_file_atomically(folder / "shared_vocabulary.json", source.to_plain_json());
    return;
  }
  write_file_atomically(folder / "source_vocabulary.json", source.to_plain_json());
  write_file_atomically(folder / "target_vocabulary.json", target.to_plain_json());
}

}  // namespace

void write_ctranslate2_model(const PortableModel& model, const fs::path& folder,
                             Quantization quantization) {
  torch::NoGradGuard no_grad;
  const auto source_end = static_cast<std::int32_t>(model.roles.source_end);
  const auto target_end = static_cast<std::int32_t>(model.roles.target_end);
  if (model.source.piece(source_end) != model.target.piece(target_end)) {
    throw UserError(
        str("the source ends with '", escape_for_message(model.source.piece(source_end)),
            "' and the target with '", escape_for_message(model.target.piece(target_end)),
            "'; CTranslate2 has one end-of-sentence token"),
        "train with vocabularies that have the same one");
  }
  const TransformerShape& shape = model.weights.shape;
  VariableList list(quantization);
  add_settings(list, "encoder", shape, shape.encoder);
  list.add_number("encoder/embeddings_merge", 0, at::kChar);
  add_settings(list, "decoder", shape, shape.decoder);
  list.add_number("decoder/alignment_layer", -1, at::kShort);
  list.add_number("decoder/alignment_heads", 1, at::kShort);
  for (const char* flag : {"decoder/start_from_zero_embedding", "decoder/alibi",
                           "decoder/alibi_use_positive_positions", "decoder/scale_alibi"})
    list.add_flag(flag, false);
  add_stack(list, "encoder", model.weights.encoder, shape.encoder);
  add_stack(list, "decoder", model.weights.decoder, shape.decoder);
  add_tables(list, model);
  list.write(folder / "model.bin");
  write_config(model, folder / "config.json");
  write_vocabularies(model, folder);
  write_file_atomically(folder / "source.spm", model.source.bytes());
  write_file_atomically(folder / "target.spm", model.target.bytes());
}

}  // namespace regard
