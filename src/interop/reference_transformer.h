#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "regard/interop/verification.h"

namespace regard {

/// A Transformer by the book, one sentence at a time, for checking an import against the files
/// that it was made from. Kept apart from all that reads weights for use: an error made there must
/// not be made here as well. Classes below it know the names in the files.
class ReferenceTransformer {
 public:
  struct Sizes {
    std::int64_t encoder_layers = 0;
    std::int64_t decoder_layers = 0;
    std::int64_t encoder_heads = 0;
    std::int64_t decoder_heads = 0;
    bool norms_before = false;  ///< pre-norm, with a norm on top
    std::string activation;     ///< swish, relu or gelu
  };
  enum class Side { encoder, decoder };

  explicit ReferenceTransformer(Sizes sizes) : sizes_(std::move(sizes)) {}
  virtual ~ReferenceTransformer() = default;
  ReferenceTransformer(const ReferenceTransformer&) = delete;
  ReferenceTransformer& operator=(const ReferenceTransformer&) = delete;

  /// As LogitsOf.
  at::Tensor logits(const SentencePair& pair) const;

 protected:
  /// A linear map x [n, in] -> [n, out]: `part` is "self q", "cross out", "ffn 1", "ffn 2" ...
  virtual at::Tensor project(const at::Tensor& x, Side side, std::int64_t layer,
                             const std::string& part) const = 0;
  /// The norm of a sublayer, "self", "cross" or "ffn", or of the whole stack, "top".
  virtual at::Tensor normalise(const at::Tensor& x, Side side, std::int64_t layer,
                               const std::string& part) const = 0;
  /// Embeddings and positions [n, dim] of a source, its end mark added.
  virtual at::Tensor embed_source(const std::vector<std::int32_t>& ids) const = 0;
  /// The same of a target after the start mark.
  virtual at::Tensor embed_target(const std::vector<std::int32_t>& ids) const = 0;
  virtual at::Tensor output(const at::Tensor& x) const = 0;

 private:
  struct Layer;
  at::Tensor attend(const at::Tensor& x, const at::Tensor& memory, const Layer& layer,
                    const std::string& part) const;
  at::Tensor run(at::Tensor x, const at::Tensor& memory, Side side) const;

  Sizes sizes_;
};

/// Positions [n, dim] of sines, then cosines, of the position p times 10000^-exponent(i).
at::Tensor reference_positions(std::int64_t count, std::int64_t dim, bool is_of_marian);

}  // namespace regard
