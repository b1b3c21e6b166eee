#pragma once

#include <filesystem>

#include "regard/config/describe.h"
#include "regard/interop/portable_model.h"

namespace regard {

/// The numbers that weights are written in.
enum class Quantization { float32, float16, bfloat16, int8 };
REGARD_ENUM(Quantization, float32, float16, bfloat16, int8);

/// The logit that tokens get which the model shall never say, as their output bias.
inline constexpr float kSuppressedBias = -10000.0F;

/// Writes a model directory of CTranslate2 (model.bin, config.json, vocabularies) into an empty
/// folder. int8: rows of every matrix scaled to +-127, norms and biases float32. Throws UserError
/// where a number does not fit the type, or source and target end with different marks.
void write_ctranslate2_model(const PortableModel& model, const std::filesystem::path& folder,
                             Quantization quantization);

/// The weights of such a directory, in float32. `shape` says what is expected; positions become a
/// learned table. Throws UserError naming file and variable.
TransformerWeights read_ctranslate2_weights(const std::filesystem::path& folder,
                                            const TransformerShape& shape);

}  // namespace regard
