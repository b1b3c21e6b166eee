#include "marian_hf_weights.h"

#include "regard/core/strings.h"
#include "regard/layers/position.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

namespace {

constexpr const char* kShared = "model.shared.weight";
constexpr const char* kOutput = "lm_head.weight";

std::string embedding_name(const char* side) {
  return str("model.", side, ".embed_tokens.weight");
}

std::string positions_name(const char* side) {
  return str("model.", side, ".embed_positions.weight");
}

bool is_same(const Tensor& a, const Tensor& b) {
  return a.is_same(b) || (a.sizes() == b.sizes() && at::equal(a, b));
}

/// The first that is there; undefined where none is.
Tensor first_of(const std::vector<Tensor>& tensors) {
  for (const Tensor& tensor : tensors) {
    if (tensor.defined()) return tensor;
  }
  return {};
}

class HuggingFaceWeights {
 public:
  HuggingFaceWeights(WeightReader& reader, const TransformerShape& shape,
                     const MarianHfTables& tables, std::vector<std::string>& notes)
      : reader_(reader), shape_(shape), tables_(tables), notes_(notes) {}

  TransformerWeights read();

 private:
  StackWeights stack(const char* side, const StackShape& shape, bool is_decoder);
  LinearWeights linear(const std::string& name, std::int64_t out, std::int64_t in) {
    return {reader_.read(name + ".weight", {out, in}), reader_.read(name + ".bias", {out})};
  }
  NormWeights norm(const std::string& name) {
    return {reader_.read(name + ".weight", {shape_.dim}),
            reader_.read(name + ".bias", {shape_.dim})};
  }
  AttentionWeights attention(const std::string& name);
  Tensor stored(const std::string& name, std::int64_t rows) {
    return reader_.contains(name) ? reader_.read(name, {rows, shape_.dim}) : Tensor();
  }
  void read_tables(TransformerWeights& weights);
  void tie(TransformerWeights& weights);
  void note_untied(const std::string& name, const Tensor& own, const Tensor& tied);
  void read_positions(TransformerWeights& weights);
  bool has_positions(PositionKind kind, const Tensor& table, const std::string& name) const;

  WeightReader& reader_;
  TransformerShape shape_;
  const MarianHfTables& tables_;
  std::vector<std::string>& notes_;
};

AttentionWeights HuggingFaceWeights::attention(const std::string& name) {
  std::vector<Tensor> weights;
  std::vector<Tensor> biases;
  for (const char* part : {".q_proj", ".k_proj", ".v_proj"}) {
    const LinearWeights one = linear(name + part, shape_.dim, shape_.dim);
    weights.push_back(one.weight);
    biases.push_back(one.bias);
  }
  return {{at::cat(weights), at::cat(biases)},
          linear(name + ".out_proj", shape_.dim, shape_.dim),
          norm(name + "_layer_norm")};
}

StackWeights HuggingFaceWeights::stack(const char* side, const StackShape& shape, bool is_decoder) {
  StackWeights stack;
  for (std::int64_t i = 0; i < shape.layers; ++i) {
    const std::string name = str("model.", side, ".layers.", i);
    LayerWeights layer;
    layer.self_attention = attention(name + ".self_attn");
    if (is_decoder) layer.cross_attention = attention(name + ".encoder_attn");
    layer.inner = linear(name + ".fc1", shape.feed_forward, shape_.dim);
    layer.outer = linear(name + ".fc2", shape_.dim, shape.feed_forward);
    layer.feed_forward_norm = norm(name + ".final_layer_norm");
    stack.layers.push_back(std::move(layer));
  }
  return stack;
}

/// Says that a table is not the one that config.json ties it to.
void HuggingFaceWeights::note_untied(const std::string& name, const Tensor& own,
                                     const Tensor& tied) {
  if (!own.defined() || !tied.defined() || is_same(own, tied)) return;
  notes_.push_back(str(name, " is another table than the one that config.json ties it to; it is ",
                       "used as it is stored"));
}

/// What is not stored becomes the table that it is tied to. The order is that of transformers.
void HuggingFaceWeights::read_tables(TransformerWeights& weights) {
  Tensor& encoder = weights.encoder.embedding;
  Tensor& decoder = weights.decoder.embedding;
  Tensor& output = weights.output_weight;
  const Tensor shared = stored(kShared, tables_.source_rows);
  encoder = stored(embedding_name("encoder"), tables_.source_rows);
  decoder = stored(embedding_name("decoder"), tables_.target_rows);
  output = stored(kOutput, tables_.target_rows);
  if (tables_.shares_embeddings) {
    // Untied outputs are not embeddings.
    const Tensor common = tables_.ties_output ? first_of({shared, output, decoder, encoder})
                                              : first_of({shared, decoder, encoder});
    if (tables_.ties_output) {
      note_untied(embedding_name("encoder"), encoder, common);
      note_untied(embedding_name("decoder"), decoder, common);
      note_untied(kOutput, output, common);
      output = first_of({output, common});
    }
    encoder = first_of({encoder, common});
    decoder = first_of({decoder, common});
  } else if (tables_.ties_output) {
    note_untied(kOutput, output, decoder);
    decoder = first_of({decoder, output});
    output = first_of({output, decoder});
  }
  const auto is_shared = [&](const Tensor& table) {
    return table.defined() && is_same(shared, table);
  };
  if (shared.defined() && !is_shared(encoder) && !is_shared(decoder) && !is_shared(output))
    notes_.push_back(str(kShared, " is stored, but no part of the model uses it"));
}

/// One table where config.json ties two and they are the same.
void HuggingFaceWeights::tie(TransformerWeights& weights) {
  // What nothing stands in for is missing, and named by reading it.
  if (!weights.encoder.embedding.defined())
    reader_.read(embedding_name("encoder"), {tables_.source_rows, shape_.dim});
  if (!weights.decoder.embedding.defined())
    reader_.read(embedding_name("decoder"), {tables_.target_rows, shape_.dim});
  if (!weights.output_weight.defined()) reader_.read(kOutput, {tables_.target_rows, shape_.dim});
  shape_.tie = Tie::none;
  if (!tables_.ties_output || !is_same(weights.output_weight, weights.decoder.embedding)) return;
  weights.output_weight = weights.decoder.embedding;
  shape_.tie = Tie::decoder;
  if (!tables_.shares_embeddings || !is_same(weights.encoder.embedding, weights.decoder.embedding))
    return;
  weights.encoder.embedding = weights.decoder.embedding;
  shape_.tie = Tie::all;
}

/// Whether a stored table holds the closed form, as far as its numbers can say.
bool HuggingFaceWeights::has_positions(PositionKind kind, const Tensor& table,
                                       const std::string& name) const {
  if (!table.defined()) return kind == PositionKind::sinusoidal_halves;
  const double tolerance = reader_.is_half(name) ? 5e-3 : 1e-5;
  const Tensor expected = position_table(kind, table.size(0), shape_.dim);
  return (table - expected).abs().max().item<double>() <= tolerance;
}

void HuggingFaceWeights::read_positions(TransformerWeights& weights) {
  const std::string encoder = positions_name("encoder");
  const std::string decoder = positions_name("decoder");
  const Tensor of_encoder = stored(encoder, tables_.positions);
  const Tensor of_decoder = stored(decoder, tables_.positions);
  for (const PositionKind kind :
       {PositionKind::sinusoidal_halves, PositionKind::timing, PositionKind::sinusoidal}) {
    if (!has_positions(kind, of_encoder, encoder) || !has_positions(kind, of_decoder, decoder))
      continue;
    shape_.position = kind;
    return;
  }
  shape_.position = PositionKind::learned;
  shape_.max_positions = tables_.positions;
  const Tensor usual =
      position_table(PositionKind::sinusoidal_halves, tables_.positions, shape_.dim);
  weights.encoder.positions = first_of({of_encoder, usual});
  weights.decoder.positions = first_of({of_decoder, usual});
  notes_.push_back(
      str("the positions that are stored are no sinusoids; they are used as they are, ",
          "for sentences of up to ", tables_.positions - 1, " subwords"));
}

TransformerWeights HuggingFaceWeights::read() {
  TransformerWeights weights;
  weights.encoder = stack("encoder", shape_.encoder, /*is_decoder=*/false);
  weights.decoder = stack("decoder", shape_.decoder, /*is_decoder=*/true);
  read_tables(weights);
  tie(weights);
  read_positions(weights);
  if (reader_.contains("final_logits_bias")) {
    const Tensor bias = reader_.read("final_logits_bias", {1, tables_.target_rows}).squeeze(0);
    if (bias.ne(0).any().item<bool>()) weights.output_bias = bias;
  }
  shape_.has_output_bias = weights.output_bias.defined();
  reader_.require_all_read({});
  weights.shape = shape_;
  return weights;
}

}  // namespace

TransformerWeights read_marian_hf_weights(WeightReader& reader, const TransformerShape& shape,
                                          const MarianHfTables& tables,
                                          std::vector<std::string>& notes) {
  return HuggingFaceWeights(reader, shape, tables, notes).read();
}

}  // namespace regard
