#include <algorithm>
#include <array>
#include <optional>

#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/interop/marian_hf.h"
#include "regard/tensor/torch.h"

#include "json_fields.h"
#include "marian_hf_generation.h"
#include "weight_reader.h"

namespace regard {

namespace fs = std::filesystem;
using torch::Tensor;

namespace {

constexpr std::uint64_t kMaxVocabularyBytes = std::uint64_t{512} << 20;

Activation activation_of(const JsonFields& config) {
  const std::string name = config.text("activation_function", "gelu");
  if (name == "swish" || name == "silu") return Activation::silu;
  if (name == "relu") return Activation::relu;
  if (name == "gelu") return Activation::gelu;
  config.fail("activation_function", escape_for_message(name) + " is not known",
              "only swish, silu, relu and gelu are");
}

/// What no current version of transformers computes either.
void refuse_variants(const JsonFields& config) {
  for (const char* key : {"normalize_before", "normalize_embedding", "add_final_layer_norm"}) {
    if (config.flag(key, false))
      config.fail(key, "true is not what MarianMTModel computes", "only false can be imported");
  }
  if (!config.flag("static_position_embeddings", true))
    config.fail("static_position_embeddings", "false is not what MarianMTModel computes",
                "only true can be imported");
  const std::string type = config.text("model_type", "marian");
  if (type != "marian")
    config.fail("model_type", str("'", escape_for_message(type), "' is not marian"),
                "give the directory of a MarianMT model");
}

StackShape stack_shape(const JsonFields& config, const std::string& side, std::int64_t dim) {
  StackShape stack;
  stack.layers = config.integer(side + "_layers", 1, 256);
  stack.heads = config.integer(side + "_attention_heads", 1, 1024);
  stack.feed_forward = config.integer(side + "_ffn_dim", 1, 1048576);
  stack.activation = activation_of(config);
  if (dim % stack.heads != 0)
    config.fail(side + "_attention_heads", str(stack.heads, " does not divide d_model = ", dim));
  return stack;
}

TransformerShape shape_of(const JsonFields& config) {
  refuse_variants(config);
  TransformerShape shape;
  shape.dim = config.integer("d_model", 2, 65536);
  if (shape.dim % 2 != 0) config.fail("d_model", str(shape.dim, " is odd"));
  shape.encoder = stack_shape(config, "encoder", shape.dim);
  shape.decoder = stack_shape(config, "decoder", shape.dim);
  shape.norm = NormPlacement::post;
  shape.position = PositionKind::sinusoidal_halves;
  shape.scales_embedding = config.flag("scale_embedding", false);
  const bool shares_tables = config.flag("share_encoder_decoder_embeddings", true);
  const bool ties_output = config.flag("tie_word_embeddings", true);
  if (shares_tables && !ties_output)
    config.fail("tie_word_embeddings", "false beside shared embeddings cannot be imported",
                "set share_encoder_decoder_embeddings to false and save both tables");
  shape.tie = shares_tables ? Tie::all : ties_output ? Tie::decoder : Tie::none;
  shape.dropout.residual = shape.dropout.embedding = config.number("dropout", 0.1, 0.0, 0.95);
  shape.dropout.attention = config.number("attention_dropout", 0.0, 0.0, 0.95);
  shape.dropout.feed_forward = config.number("activation_dropout", 0.0, 0.0, 0.95);
  return shape;
}

/// Reads the weights under the names of MarianMTModel.
class HuggingFaceWeights {
 public:
  HuggingFaceWeights(WeightReader& reader, const TransformerShape& shape)
      : reader_(reader), shape_(shape) {}

  TransformerWeights read(std::int64_t source_size, std::int64_t target_size);

 private:
  StackWeights stack(const std::string& side, const StackShape& shape);
  LinearWeights linear(const std::string& name, std::int64_t out, std::int64_t in) {
    return {reader_.read(name + ".weight", {out, in}), reader_.read(name + ".bias", {out})};
  }
  NormWeights norm(const std::string& name) {
    return {reader_.read(name + ".weight", {shape_.dim}),
            reader_.read(name + ".bias", {shape_.dim})};
  }
  AttentionWeights attention(const std::string& name);
  Tensor table(const std::string& side, std::int64_t size);

  WeightReader& reader_;
  const TransformerShape& shape_;
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

StackWeights HuggingFaceWeights::stack(const std::string& side, const StackShape& shape) {
  StackWeights stack;
  for (std::int64_t i = 0; i < shape.layers; ++i) {
    const std::string name = str("model.", side, ".layers.", i);
    LayerWeights layer;
    layer.self_attention = attention(name + ".self_attn");
    if (side == "decoder") layer.cross_attention = attention(name + ".encoder_attn");
    layer.inner = linear(name + ".fc1", shape.feed_forward, shape_.dim);
    layer.outer = linear(name + ".fc2", shape_.dim, shape.feed_forward);
    layer.feed_forward_norm = norm(name + ".final_layer_norm");
    stack.layers.push_back(std::move(layer));
  }
  return stack;
}

/// Tied tables are usually stored once, as model.shared.weight.
Tensor HuggingFaceWeights::table(const std::string& side, std::int64_t size) {
  const std::string own = str("model.", side, ".embed_tokens.weight");
  const bool is_shared = shape_.tie == Tie::all && reader_.contains("model.shared.weight");
  return reader_.read(is_shared ? "model.shared.weight" : own, {size, shape_.dim});
}

TransformerWeights HuggingFaceWeights::read(std::int64_t source_size, std::int64_t target_size) {
  TransformerWeights weights;
  weights.shape = shape_;
  weights.encoder = stack("encoder", shape_.encoder);
  weights.decoder = stack("decoder", shape_.decoder);
  weights.encoder.embedding = table("encoder", source_size);
  weights.decoder.embedding =
      shape_.tie == Tie::all ? weights.encoder.embedding : table("decoder", target_size);
  weights.output_weight = shape_.tie == Tie::none
                              ? reader_.read("lm_head.weight", {target_size, shape_.dim})
                              : weights.decoder.embedding;
  if (reader_.contains("final_logits_bias")) {
    const Tensor bias = reader_.read("final_logits_bias", {1, target_size}).squeeze(0);
    if (bias.ne(0).any().item<bool>()) weights.output_bias = bias;
  }
  weights.shape.has_output_bias = weights.output_bias.defined();
  // Copies of tied tables, and positions, which follow from the width.
  reader_.require_all_read(
      {"model.shared.weight", "lm_head.weight", "model.encoder.embed_tokens.weight",
       "model.decoder.embed_tokens.weight", "model.encoder.embed_positions.weight",
       "model.decoder.embed_positions.weight"});
  return weights;
}

fs::path weights_file(const fs::path& folder) {
  const fs::path safe = folder / "model.safetensors";
  std::error_code none;
  if (fs::exists(safe, none)) return safe;
  if (fs::exists(folder / "pytorch_model.bin", none)) {
    throw UserError(
        SourceSpot{(folder / "pytorch_model.bin").string()},
        "weights in Python's pickle format are not read: such a file can run any program",
        "convert it where it is trusted: MarianMTModel.from_pretrained(DIR).save_pretrained(NEW)");
  }
  if (fs::exists(folder / "model.safetensors.index.json", none)) {
    throw UserError(SourceSpot{folder.string()}, "weights in several files are not read",
                    "save the model again with max_shard_size=\"100GB\"");
  }
  throw UserError(SourceSpot{safe.string()}, "there is no such file",
                  "give the directory of a MarianMT model");
}

PieceTable read_table(const fs::path& path) {
  return PieceTable::from_json(read_file(path, kMaxVocabularyBytes), path.string());
}

struct Vocabularies {
  Tokenizer source;
  Tokenizer target;
  bool is_shared = true;
};

Vocabularies read_vocabularies(const fs::path& folder, bool is_separate) {
  const PieceTable source = read_table(folder / "vocab.json");
  const PieceTable target = is_separate ? read_table(folder / "target_vocab.json") : source;
  return {Tokenizer::with_table(Tokenizer::load(folder / "source.spm"), source),
          Tokenizer::with_table(Tokenizer::load(folder / "target.spm"), target), !is_separate};
}

void check_size(const JsonFields& config, const char* key, std::int64_t size,
                const Tokenizer& tokenizer) {
  if (size != tokenizer.size())
    config.fail(key, str(size, ", but the vocabulary has ", tokenizer.size(), " pieces"));
}

/// Generation settings are in a file of their own, in older directories beside the architecture.
JsonFields generation_of(const fs::path& folder) {
  std::error_code none;
  const fs::path own = folder / "generation_config.json";
  return JsonFields::read(fs::exists(own, none) ? own : folder / "config.json");
}

TokenRoles roles_of(const JsonFields& config, const JsonFields& generation,
                    const Vocabularies& vocabularies, std::vector<std::string>& notes) {
  const std::int64_t size = vocabularies.target.size();
  TokenRoles roles;
  // Padding is never read, but must be a row of both tables.
  roles.pad = config.integer("pad_token_id", 0,
                             std::min<std::int64_t>(size, vocabularies.source.size()) - 1);
  roles.unknown = vocabularies.target.special_ids().unknown;
  roles.decoder_start = generation.integer("decoder_start_token_id", 0, size - 1,
                                           config.integer("decoder_start_token_id", 0, size - 1));
  roles.target_end = config.integer("eos_token_id", 0, size - 1);
  roles.source_end = vocabularies.source.special_ids().end;
  roles.suppressed = suppressed_ids(generation, size, notes);
  if (roles.target_end != vocabularies.target.special_ids().end)
    config.fail("eos_token_id", str(roles.target_end, " is not </s> of the vocabulary"));
  return roles;
}

JsonFields read_tokenizer_config(const fs::path& folder) {
  std::error_code none;
  const fs::path own = folder / "tokenizer_config.json";
  return JsonFields::read(fs::exists(own, none) ? own : folder / "config.json");
}

}  // namespace

PortableModel read_marian_hf(const fs::path& folder) {
  const fs::path file_name = weights_file(folder);
  const JsonFields config = JsonFields::read(folder / "config.json");
  const TransformerShape shape = shape_of(config);
  const JsonFields tokenizer = read_tokenizer_config(folder);
  Vocabularies vocabularies = read_vocabularies(folder, tokenizer.flag("separate_vocabs", false));
  const std::int64_t source_size = config.integer("vocab_size", 1, PieceTable::kMaxPieces);
  const std::int64_t target_size =
      config.integer("decoder_vocab_size", 1, PieceTable::kMaxPieces, source_size);
  check_size(config, "vocab_size", source_size, vocabularies.source);
  check_size(config, "decoder_vocab_size", target_size, vocabularies.target);
  if (shape.tie == Tie::all && !vocabularies.is_shared)
    config.fail("share_encoder_decoder_embeddings", "true, but there are two vocabularies");
  const SafetensorsFile file = SafetensorsFile::open(file_name);
  WeightReader reader(tensor_source(file));
  std::vector<std::string> notes;
  const JsonFields generation = generation_of(folder);
  TokenRoles roles = roles_of(config, generation, vocabularies, notes);
  const SearchDefaults search = search_of(generation, notes);
  return {HuggingFaceWeights(reader, shape).read(source_size, target_size),
          vocabularies.source,
          vocabularies.target,
          vocabularies.is_shared,
          std::move(roles),
          search,
          tokenizer.text("source_lang", ""),
          tokenizer.text("target_lang", ""),
          std::move(notes)};
}

}  // namespace regard
