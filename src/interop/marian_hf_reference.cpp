#include <cmath>
#include <memory>
#include <string_view>

#include <nlohmann/json.hpp>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/formats/safetensors.h"
#include "regard/interop/marian_hf.h"
#include "regard/tensor/tensor_file.h"
#include "regard/tensor/torch.h"

#include "reference_transformer.h"

namespace regard {

namespace fs = std::filesystem;
using at::Tensor;
using Json = nlohmann::json;

namespace {

constexpr std::string_view kSharedTable = "model.shared.weight";
constexpr std::string_view kEncoder = "model.encoder.embed_tokens.weight";
constexpr std::string_view kDecoder = "model.decoder.embed_tokens.weight";
constexpr std::string_view kOutputTable = "lm_head.weight";

/// JSON of a directory that was read before; a file that has changed since may end in an exception.
Json read_json(const fs::path& path) {
  try {
    return Json::parse(read_file(path, std::uint64_t{512} << 20));
  } catch (const Json::exception&) {
    throw UserError(SourceSpot{path.string()}, "is not readable JSON", "use an intact model");
  }
}

/// MarianMTModel of transformers 5, by its source.
class MarianHfReference : public ReferenceTransformer {
 public:
  MarianHfReference(const fs::path& folder, const Json& config)
      : ReferenceTransformer({number(config, "encoder_layers"), number(config, "decoder_layers"),
                              number(config, "encoder_attention_heads"),
                              number(config, "decoder_attention_heads"), /*norms_before=*/false,
                              config.value("activation_function", "gelu")}),
        file_(SafetensorsFile::open(folder / "model.safetensors")),
        dim_(number(config, "d_model")),
        scales_embedding_(config.value("scale_embedding", false)),
        shares_embeddings_(config.value("share_encoder_decoder_embeddings", true)),
        ties_output_(config.value("tie_word_embeddings", true)) {
    source_end_ = number(read_json(folder / "vocab.json"), "</s>");
    std::error_code none;
    const Json generation = fs::exists(folder / "generation_config.json", none)
                                ? read_json(folder / "generation_config.json")
                                : Json::object();
    const char* const start = "decoder_start_token_id";
    const bool has_own = generation.contains(start) && !generation.at(start).is_null();
    start_ = number(has_own ? generation : config, start);
  }

 protected:
  Tensor project(const Tensor& x, Side side, std::int64_t layer,
                 const std::string& part) const override {
    const std::string name = layer_name(side, layer) + part_name(part);
    return x.matmul(tensor(name + ".weight").t()) + tensor(name + ".bias");
  }
  Tensor normalise(const Tensor& x, Side side, std::int64_t layer,
                   const std::string& part) const override {
    const std::string name =
        layer_name(side, layer) + (part == "self"    ? "self_attn_layer_norm"
                                   : part == "cross" ? "encoder_attn_layer_norm"
                                                     : "final_layer_norm");
    return at::layer_norm(x, {dim_}, tensor(name + ".weight"), tensor(name + ".bias"), 1e-5);
  }
  Tensor embed_source(const std::vector<std::int32_t>& ids) const override {
    std::vector<std::int64_t> all(ids.begin(), ids.end());
    all.push_back(source_end_);
    return embed(all, kEncoder, "model.encoder.embed_positions.weight");
  }
  Tensor embed_target(const std::vector<std::int32_t>& ids) const override {
    std::vector<std::int64_t> all = {start_};
    all.insert(all.end(), ids.begin(), ids.end());
    return embed(all, kDecoder, "model.decoder.embed_positions.weight");
  }
  Tensor output(const Tensor& x) const override {
    const Tensor logits = x.matmul(table(kOutputTable).t());
    return file_.contains("final_logits_bias") ? logits + tensor("final_logits_bias") : logits;
  }

 private:
  static std::int64_t number(const Json& json, const char* key) {
    return json.at(key).get<std::int64_t>();
  }
  static std::string layer_name(Side side, std::int64_t layer) {
    return str("model.", side == Side::encoder ? "encoder" : "decoder", ".layers.", layer, ".");
  }
  static std::string part_name(const std::string& part) {
    if (part == "ffn 1") return "fc1";
    if (part == "ffn 2") return "fc2";
    const std::size_t space = part.find(' ');
    return (part.starts_with("self") ? "self_attn." : "encoder_attn.") + part.substr(space + 1) +
           "_proj";
  }
  Tensor tensor(const std::string& name) const { return tensor_from(file_, name).to(at::kFloat); }

  /// A table of its own or, where none is stored, the one that transformers ties it to.
  Tensor table(std::string_view own) const {
    std::vector<std::string_view> names = {own};
    const bool shares = shares_embeddings_;
    const bool ties = ties_output_;
    if (shares && ties) names.insert(names.end(), {kSharedTable, kOutputTable, kDecoder, kEncoder});
    if (shares && !ties && own != kOutputTable)
      names.insert(names.end(), {kSharedTable, kDecoder, kEncoder});
    if (!shares && ties && own != kEncoder) names.insert(names.end(), {kDecoder, kOutputTable});
    for (const std::string_view name : names) {
      if (file_.contains(std::string(name))) return tensor(std::string(name));
    }
    return tensor(std::string(own));  // which is missing, and says so
  }

  Tensor embed(const std::vector<std::int64_t>& ids, std::string_view name,
               const std::string& positions) const {
    const auto count = static_cast<std::int64_t>(ids.size());
    Tensor embedded = table(name).index_select(0, at::tensor(ids, at::kLong));
    if (scales_embedding_) embedded = embedded * std::sqrt(static_cast<double>(dim_));
    return embedded + (file_.contains(positions)
                           ? tensor(positions).narrow(0, 0, count)
                           : reference_positions(count, dim_, /*is_of_marian=*/false));
  }

  SafetensorsFile file_;
  std::int64_t dim_ = 0;
  bool scales_embedding_ = false;
  bool shares_embeddings_ = true;
  bool ties_output_ = true;
  std::int64_t source_end_ = 0;
  std::int64_t start_ = 0;
};

}  // namespace

LogitsOf marian_hf_logits(const fs::path& folder) {
  try {
    const auto model =
        std::make_shared<const MarianHfReference>(folder, read_json(folder / "config.json"));
    return [model](const SentencePair& pair) { return model->logits(pair); };
  } catch (const Json::exception&) {
    throw UserError(SourceSpot{folder.string()}, "a key of its JSON files is missing or invalid",
                    "use an intact model");
  }
}

}  // namespace regard
