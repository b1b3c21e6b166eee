#include "regard/interop/marian_npz.h"

#include <optional>

#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/formats/npz.h"
#include "regard/tensor/torch.h"

#include "marian_settings.h"
#include "marian_vocabulary.h"
#include "weight_reader.h"

namespace regard {

namespace fs = std::filesystem;
using torch::Tensor;

namespace {

constexpr const char* kOptions = "special:model.yml";

/// The options inside the file: YAML bytes that end with a NUL.
MarianSettings options_in(const NpzFile& file) {
  if (!file.contains(kOptions))
    throw UserError(SourceSpot{file.path().string()},
                    "has no special:model.yml, so it is not a Marian model",
                    "use the .npz file that Marian saved");
  const TensorView& view = file.at(kOptions);
  std::string text(reinterpret_cast<const char*>(view.data), view.bytes);
  while (!text.empty() && text.back() == '\0')
    text.pop_back();
  return {text, file.path()};
}

Activation activation_of(const MarianSettings& options) {
  const std::string name = options.text("transformer-ffn-activation", "swish");
  if (name == "swish") return Activation::silu;
  if (name == "relu") return Activation::relu;
  options.fail("transformer-ffn-activation", escape_for_message(name) + " cannot be imported",
               "only swish and relu can");
}

NormPlacement norm_of(const MarianSettings& options) {
  const std::string before = options.text("transformer-preprocess", "");
  const std::string after = options.text("transformer-postprocess", "dan");
  const std::string top = options.text("transformer-postprocess-top", "");
  if (before.empty() && after == "dan" && top.empty()) return NormPlacement::post;
  if (before == "n" && after == "da" && top == "n") return NormPlacement::pre;
  options.fail(
      "transformer-postprocess",
      str("preprocess '", escape_for_message(before), "', postprocess '", escape_for_message(after),
          "', postprocess-top '", escape_for_message(top), "' together cannot be imported"),
      "only '', dan, '' and n, da, n can");
}

void require_setting(const MarianSettings& options, const char* key, const char* needed) {
  const std::string value = options.text(key, needed);
  if (value != needed)
    options.fail(key, escape_for_message(value) + " cannot be imported",
                 str("only models with '", needed, "' can"));
}

StackShape stack_shape(const MarianSettings& options, const char* depth) {
  StackShape shape;
  shape.layers = options.integer(depth, 6, 1, 256);
  shape.heads = options.integer("transformer-heads", 8, 1, 1024);
  shape.feed_forward = options.integer("transformer-dim-ffn", 2048, 1, 1048576);
  shape.activation = activation_of(options);
  return shape;
}

TransformerShape shape_of(const MarianSettings& options) {
  require_setting(options, "type", "transformer");
  require_setting(options, "transformer-decoder-autoreg", "self-attention");
  for (const char* key :
       {"transformer-no-projection", "transformer-rnn-projection", "transformer-no-bias"})
    require_setting(options, key, "false");
  require_setting(options, "transformer-ffn-depth", "2");
  if (!options.list("transformer-tied-layers").empty())
    options.fail("transformer-tied-layers", "cannot be imported", "only untied layers can");
  const std::string embedding = options.text("transformer-postprocess-emb", "d");
  if (embedding != "d" && !embedding.empty())
    options.fail("transformer-postprocess-emb",
                 escape_for_message(embedding) + " cannot be imported", "only d can");
  TransformerShape shape;
  shape.dim = options.integer("dim-emb", 512, 2, 65536);
  shape.encoder = stack_shape(options, "enc-depth");
  shape.decoder = stack_shape(options, "dec-depth");
  const std::int64_t inner = options.integer("transformer-decoder-dim-ffn", 0, 0, 1048576);
  if (inner > 0) shape.decoder.feed_forward = inner;
  if (shape.dim % 2 != 0 || shape.dim % shape.encoder.heads != 0)
    options.fail("transformer-heads",
                 str(shape.encoder.heads, " does not divide dim-emb = ", shape.dim),
                 "use an intact model");
  shape.norm = norm_of(options);
  shape.norm_epsilon = 1e-6;
  shape.position = PositionKind::timing;
  const double dropout = options.number("transformer-dropout", 0.1);
  shape.dropout.residual = shape.dropout.embedding = std::min(std::max(dropout, 0.0), 0.95);
  return shape;
}

/// Reads the weights under Marian's names. Its matrices are [in, out], its vectors [1, n].
class MarianWeights {
 public:
  MarianWeights(WeightReader& reader, TransformerShape& shape) : reader_(reader), shape_(shape) {}

  TransformerWeights read(std::int64_t source_size, std::int64_t target_size);

 private:
  LinearWeights linear(const std::string& scope, const std::string& letter, std::int64_t out,
                       std::int64_t in) {
    return {reader_.read_transposed(str(scope, "_W", letter), {out, in}),
            vector(str(scope, "_b", letter), out)};
  }
  Tensor vector(const std::string& name, std::int64_t size) {
    return reader_.read(name, {1, size}).squeeze(0);
  }
  NormWeights norm(const std::string& scope);
  AttentionWeights attention(const std::string& scope);
  StackWeights stack(const std::string& side, const StackShape& sizes);
  void read_tables(TransformerWeights& weights, std::int64_t source_size, std::int64_t target_size);
  void read_positions(TransformerWeights& weights);

  WeightReader& reader_;
  TransformerShape& shape_;
};

NormWeights MarianWeights::norm(const std::string& scope) {
  const std::string suffix = reader_.contains(scope + "_ln_scale_pre") ? "_pre" : "";
  return {vector(scope + "_ln_scale" + suffix, shape_.dim),
          vector(scope + "_ln_bias" + suffix, shape_.dim)};
}

AttentionWeights MarianWeights::attention(const std::string& scope) {
  std::vector<Tensor> weights;
  std::vector<Tensor> biases;
  for (const char* letter : {"q", "k", "v"}) {
    const LinearWeights one = linear(scope, letter, shape_.dim, shape_.dim);
    weights.push_back(one.weight);
    biases.push_back(one.bias);
  }
  return {{at::cat(weights), at::cat(biases)},
          linear(scope, "o", shape_.dim, shape_.dim),
          norm(scope + "_Wo")};
}

StackWeights MarianWeights::stack(const std::string& side, const StackShape& sizes) {
  StackWeights stack;
  for (std::int64_t i = 1; i <= sizes.layers; ++i) {
    const std::string scope = str(side, "_l", i);
    LayerWeights layer;
    layer.self_attention = attention(scope + "_self");
    if (side == "decoder") layer.cross_attention = attention(scope + "_context");
    layer.inner = linear(scope + "_ffn", "1", sizes.feed_forward, shape_.dim);
    layer.outer = linear(scope + "_ffn", "2", shape_.dim, sizes.feed_forward);
    layer.feed_forward_norm = norm(scope + "_ffn_ffn");
    stack.layers.push_back(std::move(layer));
  }
  if (shape_.norm == NormPlacement::pre) stack.final_norm = norm(side + "_top");
  return stack;
}

/// With a row of zeros at the end, from which the decoder starts.
Tensor with_start_row(const Tensor& table) {
  return at::cat({table, at::zeros({1, table.size(1)})});
}

void MarianWeights::read_tables(TransformerWeights& weights, std::int64_t source_size,
                                std::int64_t target_size) {
  const auto own = [&](const char* name) { return reader_.contains(name) ? name : "Wemb"; };
  const std::string source = own("encoder_Wemb");
  const std::string target = own("decoder_Wemb");
  const bool is_one_table = source == target;
  weights.decoder.embedding = with_start_row(reader_.read(target, {target_size, shape_.dim}));
  weights.encoder.embedding =
      is_one_table ? weights.decoder.embedding : reader_.read(source, {source_size, shape_.dim});
  const std::string output = "decoder_ff_logit_out";
  const bool is_tied = !reader_.contains(output + "_W") && !reader_.contains(output + "_Wt");
  if (is_tied) {
    weights.output_weight = weights.decoder.embedding;
  } else {
    weights.output_weight =
        with_start_row(reader_.contains(output + "_Wt")
                           ? reader_.read(output + "_Wt", {target_size, shape_.dim})
                           : reader_.read_transposed(output + "_W", {target_size, shape_.dim}));
  }
  shape_.tie = !is_tied ? Tie::none : is_one_table ? Tie::all : Tie::decoder;
  if (!reader_.contains(output + "_b")) return;
  weights.output_bias = at::cat({vector(output + "_b", target_size), at::zeros({1})});
  shape_.has_output_bias = true;
}

void MarianWeights::read_positions(TransformerWeights& weights) {
  if (!reader_.contains("Wpos")) return;
  const std::int64_t positions = reader_.rows("Wpos");
  weights.encoder.positions = reader_.read("Wpos", {positions, shape_.dim});
  weights.decoder.positions = weights.encoder.positions;
  shape_.position = PositionKind::learned;
  shape_.max_positions = positions;
}

TransformerWeights MarianWeights::read(std::int64_t source_size, std::int64_t target_size) {
  TransformerWeights weights;
  weights.encoder = stack("encoder", shape_.encoder);
  weights.decoder = stack("decoder", shape_.decoder);
  read_tables(weights, source_size, target_size);
  read_positions(weights);
  reader_.require_all_read({kOptions});
  weights.shape = shape_;
  return weights;
}

/// The configuration that Marian wrote next to a model.
MarianSettings settings_beside(const fs::path& file) {
  std::error_code none;
  for (const fs::path& candidate :
       {fs::path(file.string() + ".decoder.yml"), fs::path(file.string() + ".yml"),
        file.parent_path() / "decoder.yml"}) {
    if (!fs::exists(candidate, none)) continue;
    const MarianSettings settings(read_file(candidate, std::uint64_t{1} << 20), candidate);
    if (settings.contains("vocabs")) return settings;
  }
  throw UserError(SourceSpot{file.string()},
                  "there is no .yml file next to it that names the vocabularies",
                  str("restore ", file.filename().string(), ".yml or decoder.yml"));
}

SearchDefaults search_of(const MarianSettings& settings, std::vector<std::string>& notes) {
  SearchDefaults search;
  search.beam_size = settings.integer("beam-size", 6, 1, 256);
  search.length_penalty = std::min(10.0, std::max(0.0, settings.number("normalize", 0.0)));
  search.end = SearchEnd::finished;
  if (settings.number("word-penalty", 0.0) != 0.0) notes.emplace_back("word-penalty is ignored");
  return search;
}

}  // namespace

PortableModel read_marian_npz(const fs::path& path) {
  const NpzFile file = NpzFile::open(path);
  TransformerShape shape = shape_of(options_in(file));
  const MarianSettings settings = settings_beside(path);
  const std::vector<std::string> names = settings.list("vocabs");
  if (names.size() != 2)
    settings.fail("vocabs", str(names.size(), " vocabularies, not 2"),
                  "only models with one source and one target can be imported");
  const fs::path source_path = vocabulary_path(names[0], path);
  const fs::path target_path = vocabulary_path(names[1], path);
  const MarianVocabulary source = read_marian_vocabulary(source_path, "source.spm");
  const MarianVocabulary target = read_marian_vocabulary(target_path, "target.spm");
  WeightReader reader(tensor_source(file));
  TransformerWeights weights =
      MarianWeights(reader, shape).read(source.table.size(), target.table.size());
  const bool is_shared =
      weights.shape.tie == Tie::all || source.table.fingerprint() == target.table.fingerprint();
  const std::int64_t start = target.table.size();
  const auto source_rows = weights.encoder.embedding.size(0);
  const PieceTable source_table = source_rows > source.table.size()
                                      ? with_start_piece(source.table, source_path)
                                      : source.table;
  PortableModel model{
      std::move(weights),
      Tokenizer::with_table(source.segmenter, source_table),
      Tokenizer::with_table(target.segmenter, with_start_piece(target.table, target_path)),
      is_shared,
      {},
      {},
      "",
      "",
      {}};
  model.search = search_of(settings, model.notes);
  model.roles.decoder_start = start;
  // Padding is never read, but must be a row of both tables.
  model.roles.pad = start < model.source.size() ? start : 0;
  model.roles.unknown = model.target.special_ids().unknown;
  model.roles.target_end = model.target.special_ids().end;
  model.roles.source_end = model.source.special_ids().end;
  model.roles.suppressed = {start};
  if (!settings.flag("allow-unk", false)) model.roles.suppressed.push_back(model.roles.unknown);
  return model;
}

}  // namespace regard
