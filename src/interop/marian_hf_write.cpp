#include <nlohmann/json.hpp>

#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/interop/marian_hf.h"
#include "regard/layers/position.h"
#include "regard/tensor/torch.h"

#include "vocabulary_files.h"

namespace regard {

namespace fs = std::filesystem;
using OrderedJson = nlohmann::ordered_json;
using torch::Tensor;

namespace {

constexpr std::int64_t kPositions = 1024;  // the longest sentence of the written model, in subwords

/// Rows of the written model's position tables.
std::int64_t positions_of(const TransformerShape& shape) {
  return shape.position == PositionKind::learned ? shape.max_positions : kPositions;
}

std::string activation_name(Activation activation) {
  return activation == Activation::silu ? "swish" : config::word_of(activation);
}

OrderedJson config_json(const PortableModel& model) {
  const TransformerShape& shape = model.weights.shape;
  const TokenRoles& roles = model.roles;
  return {{"architectures", {"MarianMTModel"}},
          {"model_type", "marian"},
          {"is_encoder_decoder", true},
          {"d_model", shape.dim},
          {"encoder_layers", shape.encoder.layers},
          {"decoder_layers", shape.decoder.layers},
          {"num_hidden_layers", shape.encoder.layers},
          {"encoder_attention_heads", shape.encoder.heads},
          {"decoder_attention_heads", shape.decoder.heads},
          {"encoder_ffn_dim", shape.encoder.feed_forward},
          {"decoder_ffn_dim", shape.decoder.feed_forward},
          {"activation_function", activation_name(shape.encoder.activation)},
          {"scale_embedding", shape.scales_embedding},
          {"static_position_embeddings", shape.position != PositionKind::learned},
          {"normalize_before", false},
          {"normalize_embedding", false},
          {"add_final_layer_norm", false},
          {"max_position_embeddings", positions_of(shape)},
          {"vocab_size", model.source.size()},
          {"decoder_vocab_size", model.target.size()},
          {"share_encoder_decoder_embeddings", shape.tie == Tie::all},
          {"tie_word_embeddings", shape.tie != Tie::none},
          {"pad_token_id", roles.pad},
          {"bos_token_id", roles.target_end},
          {"eos_token_id", roles.target_end},
          {"forced_eos_token_id", roles.target_end},
          {"decoder_start_token_id", roles.decoder_start},
          {"dropout", shape.dropout.residual},
          {"attention_dropout", shape.dropout.attention},
          {"activation_dropout", shape.dropout.feed_forward},
          {"encoder_layerdrop", 0.0},
          {"decoder_layerdrop", 0.0},
          {"init_std", 0.02},
          {"use_cache", true},
          {"torch_dtype", "float32"}};
}

/// What Regard's own search would do, in the words of transformers.
OrderedJson generation_json(const PortableModel& model) {
  const TokenRoles& roles = model.roles;
  const SearchDefaults& search = model.search;
  OrderedJson bad = OrderedJson::array();
  for (const std::int64_t id : roles.suppressed)
    bad.push_back(OrderedJson::array({id}));
  const std::int64_t positions = positions_of(model.weights.shape);
  const std::int64_t longest =
      std::min(search.max_length > 0 ? search.max_length + 2 : kPositions / 2, positions);
  OrderedJson json = {{"num_beams", search.beam_size},
                      {"length_penalty", search.length_penalty},
                      {"max_length", longest},
                      {"pad_token_id", roles.pad},
                      {"bos_token_id", roles.target_end},
                      {"eos_token_id", roles.target_end},
                      {"forced_eos_token_id", roles.target_end},
                      {"decoder_start_token_id", roles.decoder_start}};
  if (search.end == SearchEnd::finished) json["early_stopping"] = true;
  if (search.end == SearchEnd::attainable) json["early_stopping"] = false;
  if (search.end == SearchEnd::exact) json["early_stopping"] = "never";
  if (search.min_length > 0) json["min_length"] = search.min_length + 1;
  if (search.no_repeat_ngram > 0) json["no_repeat_ngram_size"] = search.no_repeat_ngram;
  if (!bad.empty()) json["bad_words_ids"] = bad;
  if (roles.forced_first >= 0) json["forced_bos_token_id"] = roles.forced_first;
  return json;
}

OrderedJson tokenizer_json(const PortableModel& model, bool is_separate) {
  const auto piece = [](const Tokenizer& side, std::int64_t id) {
    return side.piece(static_cast<std::int32_t>(id));
  };
  OrderedJson json = {
      {"tokenizer_class", "MarianTokenizer"},
      {"separate_vocabs", is_separate},
      {"model_max_length", std::min(kPositions / 2, positions_of(model.weights.shape))},
      {"unk_token", piece(model.target, model.roles.unknown)},
      {"eos_token", piece(model.target, model.roles.target_end)}};
  // It fills up sources; the target's table has a row of that number, too.
  json["pad_token"] = piece(model.source, model.roles.pad);
  if (model.source.table() != nullptr) {
    for (const std::int32_t id : model.source.table()->added()) {
      json["added_tokens_decoder"][std::to_string(id)] = {{"content", model.source.piece(id)},
                                                          {"lstrip", false},
                                                          {"normalized", false},
                                                          {"rstrip", false},
                                                          {"single_word", false},
                                                          {"special", false}};
    }
  }
  if (!model.source_language.empty()) json["source_lang"] = model.source_language;
  if (!model.target_language.empty()) json["target_lang"] = model.target_language;
  return json;
}

/// Weights under the names of MarianMTModel.
class HuggingFaceTensors {
 public:
  explicit HuggingFaceTensors(const TransformerWeights& weights);
  const NamedTensors& tensors() const { return tensors_; }

 private:
  void add(const std::string& name, const Tensor& tensor) {
    tensors_.emplace_back(name, tensor.contiguous());
  }
  /// There every map has a bias.
  void add_linear(const std::string& name, const LinearWeights& linear) {
    add(name + ".weight", linear.weight);
    add(name + ".bias", linear.bias.defined() ? linear.bias : at::zeros({linear.weight.size(0)}));
  }
  void add_norm(const std::string& name, const NormWeights& norm) {
    add(name + ".weight", norm.scale);
    add(name + ".bias", norm.shift);
  }
  void add_positions(const std::string& side, const TransformerShape& shape,
                     const StackWeights& stack);
  void add_attention(const std::string& name, const AttentionWeights& attention);
  void add_stack(const std::string& side, const StackWeights& stack);

  NamedTensors tensors_;
};

void HuggingFaceTensors::add_attention(const std::string& name, const AttentionWeights& attention) {
  const std::int64_t dim = attention.in.weight.size(1);
  const char* const parts[] = {".q_proj", ".k_proj", ".v_proj"};
  for (std::int64_t i = 0; i < 3; ++i) {
    LinearWeights one{attention.in.weight.narrow(0, i * dim, dim), {}};
    if (attention.in.bias.defined()) one.bias = attention.in.bias.narrow(0, i * dim, dim);
    add_linear(name + parts[i], one);
  }
  add_linear(name + ".out_proj", attention.out);
  add_norm(name + "_layer_norm", attention.norm);
}

void HuggingFaceTensors::add_stack(const std::string& side, const StackWeights& stack) {
  for (std::size_t i = 0; i < stack.layers.size(); ++i) {
    const LayerWeights& layer = stack.layers[i];
    const std::string name = str("model.", side, ".layers.", i);
    add_attention(name + ".self_attn", layer.self_attention);
    if (layer.cross_attention) add_attention(name + ".encoder_attn", *layer.cross_attention);
    add_linear(name + ".fc1", layer.inner);
    add_linear(name + ".fc2", layer.outer);
    add_norm(name + ".final_layer_norm", layer.feed_forward_norm);
  }
}

/// Where they are not what transformers computes where none are stored.
void HuggingFaceTensors::add_positions(const std::string& side, const TransformerShape& shape,
                                       const StackWeights& stack) {
  if (shape.position == PositionKind::sinusoidal_halves) return;
  const Tensor table = stack.positions.defined() ? stack.positions
                       : shape.position == PositionKind::none
                           ? at::zeros({kPositions, shape.dim})
                           : position_table(shape.position, kPositions, shape.dim);
  add(str("model.", side, ".embed_positions.weight"), table);
}

HuggingFaceTensors::HuggingFaceTensors(const TransformerWeights& weights) {
  add_stack("encoder", weights.encoder);
  add_stack("decoder", weights.decoder);
  add_positions("encoder", weights.shape, weights.encoder);
  add_positions("decoder", weights.shape, weights.decoder);
  const Tie tie = weights.shape.tie;
  if (tie == Tie::all) {
    add("model.shared.weight", weights.encoder.embedding);
  } else {
    add("model.encoder.embed_tokens.weight", weights.encoder.embedding);
    add("model.decoder.embed_tokens.weight", weights.decoder.embedding);
  }
  if (tie == Tie::none) add("lm_head.weight", weights.output_weight);
  const Tensor bias = weights.output_bias.defined() ? weights.output_bias
                                                    : at::zeros({weights.output_weight.size(0)});
  add("final_logits_bias", bias.unsqueeze(0));
}

void write_json(const fs::path& path, const OrderedJson& json) {
  write_file_atomically(path,
                        json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n");
}

}  // namespace

std::vector<Problem> marian_hf_obstacles(const TransformerShape& shape, const fs::path& place) {
  std::vector<Problem> problems;
  const auto refuse = [&](const std::string& what, const std::string& fix) {
    problems.push_back({SourceSpot{place.string()}, what, fix});
  };
  if (shape.norm != NormPlacement::post) {
    refuse("model.norm: pre; MarianMTModel of transformers only has post-norm blocks",
           "train with model.norm: post, or export ctranslate2");
  }
  if (shape.encoder.is_gated || shape.decoder.is_gated)
    refuse("gated feed-forward networks are not part of MarianMTModel", "export ctranslate2");
  if (shape.encoder.activation != shape.decoder.activation)
    refuse("encoder and decoder have different activations; MarianMTModel has one",
           "export ctranslate2");
  return problems;
}

void write_marian_hf(const PortableModel& model, const fs::path& folder) {
  TransformerWeights weights = model.weights;
  if (weights.shape.position == PositionKind::sinusoidal) {
    weights = with_feature_order(weights, halves_order(weights.shape.dim));
    weights.shape.position = PositionKind::sinusoidal_halves;
  }
  const PieceTable source = piece_table_of(model.source);
  const PieceTable target = piece_table_of(model.target);
  const bool is_separate = source.fingerprint() != target.fingerprint();
  write_json(folder / "config.json", config_json(model));
  write_json(folder / "generation_config.json", generation_json(model));
  write_json(folder / "tokenizer_config.json", tokenizer_json(model, is_separate));
  write_file_atomically(folder / "vocab.json", source.to_json_object());
  if (is_separate) write_file_atomically(folder / "target_vocab.json", target.to_json_object());
  write_file_atomically(folder / "source.spm", model.source.bytes());
  write_file_atomically(folder / "target.spm", model.target.bytes());
  save_tensors(folder / "model.safetensors", HuggingFaceTensors(weights).tensors(), {});
}

}  // namespace regard
