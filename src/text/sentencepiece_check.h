#pragma once

#include <string>
#include <string_view>

namespace regard {

/// Why a SentencePiece model must not be given to the library, which crashes on some damaged ones
/// (pieces of many kilobytes or with a NUL, a broken normalization table); empty when it may. Reads
/// the protobuf encoding only.
std::string sentencepiece_model_fault(std::string_view bytes);

}  // namespace regard
