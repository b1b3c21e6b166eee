#include <algorithm>

#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/interop/marian_hf.h"
#include "regard/tensor/torch.h"

#include "json_fields.h"
#include "marian_hf_generation.h"
#include "marian_hf_vocabulary.h"
#include "marian_hf_weights.h"
#include "weight_reader.h"

namespace regard {

namespace fs = std::filesystem;

namespace {

Activation activation_of(const JsonFields& config) {
  const std::string name = config.text("activation_function", "gelu");
  if (name == "swish" || name == "silu") return Activation::silu;
  if (name == "relu") return Activation::relu;
  if (name == "gelu") return Activation::gelu;
  config.fail("activation_function", escape_for_message(name) + " is unknown",
              "only swish, silu, relu and gelu are");
}

/// What no current version of transformers computes either.
void refuse_variants(const JsonFields& config) {
  for (const char* key : {"normalize_before", "normalize_embedding", "add_final_layer_norm"}) {
    if (config.flag(key, false))
      config.fail(key, "true is not what MarianMTModel computes", "only false can be imported");
  }
  const std::string type = config.text("model_type", "marian");
  if (type != "marian")
    config.fail("model_type", str(quote_for_message(type), " is not marian"),
                "use the directory of a MarianMT model");
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
  shape.dropout.residual = shape.dropout.embedding = config.number("dropout", 0.1, 0.0, 0.95);
  shape.dropout.attention = config.number("attention_dropout", 0.0, 0.0, 0.95);
  shape.dropout.feed_forward = config.number("activation_dropout", 0.0, 0.0, 0.95);
  return shape;
}

MarianHfTables tables_of(const JsonFields& config) {
  MarianHfTables tables;
  tables.shares_embeddings = config.flag("share_encoder_decoder_embeddings", true);
  tables.ties_output = config.flag("tie_word_embeddings", true);
  tables.source_rows = config.integer("vocab_size", 1, PieceTable::kMaxPieces);
  // Shared tables have one size.
  tables.target_rows =
      tables.shares_embeddings
          ? tables.source_rows
          : config.integer("decoder_vocab_size", 1, PieceTable::kMaxPieces, tables.source_rows);
  tables.positions = config.integer("max_position_embeddings", 2, 1048576, 1024);
  return tables;
}

fs::path weights_file(const fs::path& folder) {
  const fs::path safe = folder / "model.safetensors";
  std::error_code none;
  if (fs::exists(safe, none)) return safe;
  if (fs::exists(folder / "pytorch_model.bin", none)) {
    throw UserError(
        SourceSpot{(folder / "pytorch_model.bin").string()},
        "weights in Python's pickle format are not loaded: such a file can execute arbitrary code",
        "convert it if you trust it: MarianMTModel.from_pretrained(DIR).save_pretrained(NEW)");
  }
  if (fs::exists(folder / "model.safetensors.index.json", none)) {
    throw UserError(SourceSpot{folder.string()}, "weights in several files are not supported",
                    "save the model again with max_shard_size=\"100GB\"");
  }
  throw UserError(SourceSpot{safe.string()}, "there is no such file",
                  "use the directory of a MarianMT model");
}

/// Generation settings are in a file of their own, in older directories next to the architecture.
JsonFields generation_of(const fs::path& folder) {
  std::error_code none;
  const fs::path own = folder / "generation_config.json";
  return JsonFields::read(fs::exists(own, none) ? own : folder / "config.json");
}

/// An id of generation_config.json or, where it has none, of config.json.
std::int64_t start_of(const JsonFields& config, const JsonFields& generation, std::int64_t size) {
  const char* const key = "decoder_start_token_id";
  return (generation.value(key).is_null() ? config : generation).integer(key, 0, size - 1);
}

TokenRoles roles_of(const JsonFields& config, const JsonFields& generation,
                    const MarianHfVocabularies& vocabularies, std::vector<std::string>& notes) {
  const std::int64_t size = vocabularies.target.size();
  TokenRoles roles;
  // Padding is never read, but must be a row of both tables.
  roles.pad = config.integer("pad_token_id", 0,
                             std::min<std::int64_t>(size, vocabularies.source.size()) - 1);
  roles.unknown = vocabularies.target.special_ids().unknown;
  roles.decoder_start = start_of(config, generation, size);
  roles.target_end = config.integer("eos_token_id", 0, size - 1);
  roles.source_end = vocabularies.source.special_ids().end;
  roles.suppressed = suppressed_ids(generation, size, notes);
  roles.suppressed.insert(roles.suppressed.end(), vocabularies.unnamed.begin(),
                          vocabularies.unnamed.end());
  roles.forced_first = forced_first(generation, size);
  if (roles.target_end != vocabularies.target.special_ids().end)
    config.fail("eos_token_id", str(roles.target_end, " is not the vocabulary's </s>"));
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
  const MarianHfTables tables = tables_of(config);
  const JsonFields tokenizer = read_tokenizer_config(folder);
  const JsonFields generation = generation_of(folder);
  const SafetensorsFile file = SafetensorsFile::open(file_name);
  WeightReader reader(tensor_source(file));
  if (!config.flag("static_position_embeddings", true) &&
      !reader.contains("model.encoder.embed_positions.weight"))
    config.fail("static_position_embeddings", "false, but no positions are stored",
                "save the model with its embed_positions.weight");
  std::vector<std::string> notes;
  // First, because the file bounds the number of rows.
  TransformerWeights weights = read_marian_hf_weights(reader, shape, tables, notes);
  const MarianHfVocabularies vocabularies =
      read_marian_hf_vocabularies(folder, tokenizer, tables.source_rows, tables.target_rows, notes);
  if (weights.shape.tie == Tie::all && !vocabularies.is_shared)
    config.fail("share_encoder_decoder_embeddings", "true, but there are two vocabularies");
  TokenRoles roles = roles_of(config, generation, vocabularies, notes);
  const SearchDefaults search = search_of(generation, notes);
  return {std::move(weights),
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
