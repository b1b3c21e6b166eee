#include <cmath>
#include <memory>

#include "regard/core/strings.h"
#include "regard/formats/npz.h"
#include "regard/interop/marian_npz.h"
#include "regard/tensor/tensor_file.h"
#include "regard/tensor/torch.h"

#include "marian_settings.h"
#include "reference_transformer.h"

namespace regard {

namespace fs = std::filesystem;
using at::Tensor;

namespace {

constexpr std::int64_t kMost = 1048576;

std::string options_text(const NpzFile& file) {
  const TensorView& view = file.at("special:model.yml");
  const std::string text(reinterpret_cast<const char*>(view.data), view.bytes);
  return text.substr(0, text.find('\0'));
}

ReferenceTransformer::Sizes sizes_of(const MarianSettings& options) {
  const std::int64_t heads = options.integer("transformer-heads", 8, 1, kMost);
  return {options.integer("enc-depth", 6, 1, kMost),
          options.integer("dec-depth", 6, 1, kMost),
          heads,
          heads,
          options.text("transformer-preprocess", "") == "n",
          options.text("transformer-ffn-activation", "swish")};
}

/// Marian's transformer.h, for the models that are imported.
class MarianNpzReference : public ReferenceTransformer {
 public:
  MarianNpzReference(const fs::path& path, const NpzFile& file, std::int64_t source_end)
      : ReferenceTransformer(sizes_of({options_text(file), path})),
        file_(file),
        source_end_(source_end) {}

 protected:
  Tensor project(const Tensor& x, Side side, std::int64_t layer,
                 const std::string& part) const override {
    const std::size_t space = part.find(' ');
    const std::string scope = layer_name(side, layer) + scope_of(part.substr(0, space));
    const std::string letter =
        part == "self out" || part == "cross out" ? "o" : part.substr(space + 1);
    return x.matmul(array(scope + "_W" + letter)) + array(scope + "_b" + letter);
  }
  Tensor normalise(const Tensor& x, Side side, std::int64_t layer,
                   const std::string& part) const override {
    std::string name =
        part == "top" ? (side == Side::encoder ? std::string("encoder_top") : "decoder_top")
                      : layer_name(side, layer) + scope_of(part) + (part == "ffn" ? "_ffn" : "_Wo");
    const std::string suffix = file_.contains(name + "_ln_scale_pre") ? "_pre" : "";
    const Tensor centred = x - x.mean(-1, /*keepdim=*/true);
    const Tensor deviation = (centred * centred).mean(-1, /*keepdim=*/true).add(1e-6).sqrt();
    return centred / deviation * array(name + "_ln_scale" + suffix) +
           array(name + "_ln_bias" + suffix);
  }
  Tensor embed_source(const std::vector<std::int32_t>& ids) const override {
    std::vector<std::int64_t> all(ids.begin(), ids.end());
    all.push_back(source_end_);
    return with_positions(rows(table("encoder_Wemb"), all));
  }
  Tensor embed_target(const std::vector<std::int32_t>& ids) const override {
    const Tensor words = table("decoder_Wemb");
    const Tensor start = at::zeros({1, words.size(1)});
    return with_positions(
        at::cat({start, rows(words, std::vector<std::int64_t>(ids.begin(), ids.end()))}));
  }
  Tensor output(const Tensor& x) const override {
    const std::string name = "decoder_ff_logit_out";
    const Tensor weight = file_.contains(name + "_W")    ? array(name + "_W")
                          : file_.contains(name + "_Wt") ? array(name + "_Wt").t()
                                                         : table("decoder_Wemb").t();
    return file_.contains(name + "_b") ? x.matmul(weight) + array(name + "_b") : x.matmul(weight);
  }

 private:
  static std::string layer_name(Side side, std::int64_t layer) {
    return str(side == Side::encoder ? "encoder" : "decoder", "_l", layer + 1, "_");
  }
  static std::string scope_of(const std::string& part) {
    return part == "cross" ? "context" : part;
  }
  Tensor array(const std::string& name) const {
    return tensor_from(file_.at(name), file_.storage()).to(at::kFloat);
  }
  Tensor table(const std::string& own) const {
    return array(file_.contains(own) ? own : std::string("Wemb"));
  }
  static Tensor rows(const Tensor& words, const std::vector<std::int64_t>& ids) {
    return words.index_select(0, at::tensor(ids, at::kLong)) *
           std::sqrt(static_cast<double>(words.size(1)));
  }
  Tensor with_positions(const Tensor& x) const {
    return x + (file_.contains("Wpos")
                    ? array("Wpos").narrow(0, 0, x.size(0))
                    : reference_positions(x.size(0), x.size(1), /*is_of_marian=*/true));
  }

  const NpzFile& file_;
  std::int64_t source_end_;
};

/// The model, and the file that it reads from.
struct OpenedReference {
  OpenedReference(const fs::path& path, std::int64_t source_end)
      : file(NpzFile::open(path)), model(path, file, source_end) {}
  NpzFile file;
  MarianNpzReference model;
};

}  // namespace

LogitsOf marian_npz_logits(const fs::path& path, std::int64_t source_end) {
  const auto opened = std::make_shared<const OpenedReference>(path, source_end);
  return [opened](const SentencePair& pair) { return opened->model.logits(pair); };
}

}  // namespace regard
