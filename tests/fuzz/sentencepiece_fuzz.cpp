#include <cstring>
#include <string>
#include <vector>

#include "regard/core/utf8.h"
#include "regard/text/tokenizer.h"

#include "fuzz/fuzz_support.h"
#include "text/protobuf_fields.h"

// A SentencePiece model: what the check before the library lets through must load and work
// without harm. An input that begins with 'M' is the plan of a model, so that the fuzzer need not
// keep lengths right.

namespace regard::fuzz {
namespace {

using test::bytes_field;
using test::varint;

std::string number_field(std::uint64_t number, std::uint64_t value) {
  return varint(number << 3) + varint(value);
}

/// The next piece of a plan: kind and length in one byte, a score, the text.
std::string planned_piece(std::string_view& plan) {
  const std::uint8_t head = take_byte(plan);
  const float score = static_cast<float>(take_byte(plan)) / -16.0F;
  const std::string text(plan.substr(0, head >> 3));
  plan.remove_prefix(text.size());
  std::string score_bytes(sizeof score, '\0');
  std::memcpy(score_bytes.data(), &score, sizeof score);
  return bytes_field(
      1, bytes_field(1, text) + varint(2 << 3 | 5) + score_bytes + number_field(3, head & 7U));
}

/// A model in the encoding of sentencepiece_model.proto: its type, switches, special ids, pieces.
std::string planned_model(std::string_view plan) {
  std::string trainer = number_field(3, take_byte(plan) % 8U);
  const std::uint8_t switches = take_byte(plan);
  trainer += number_field(24, switches & 1U) + number_field(35, switches >> 1 & 1U);
  std::string normalizer;
  for (const unsigned number : {3U, 4U, 5U})
    normalizer += number_field(number, switches >> number & 1U);
  for (const unsigned number : {40U, 41U, 42U, 43U}) {
    const auto id = static_cast<std::int8_t>(take_byte(plan));
    trainer += number_field(number, static_cast<std::uint64_t>(std::int64_t{id}));
  }
  std::string model = bytes_field(2, trainer) + bytes_field(3, normalizer);
  while (!plan.empty())
    model += planned_piece(plan);
  return model;
}

void use(const Tokenizer& tokenizer) {
  for (const char* text :
       {"ab ba", "\u65e5\u672c \uff21\ufb01 \u00bd", "", "<s>\x01 A\u0308\xFF"}) {
    const std::vector<std::int32_t> ids = tokenizer.encode(text);
    for (const std::int32_t id : ids)
      require(id >= 0 && id < tokenizer.size(), "an id outside the vocabulary");
    require(is_valid_utf8(tokenizer.decode(ids)), "decoded text is not UTF-8");
    require(is_valid_utf8(tokenizer.decode_pieces(tokenizer.encode_pieces(text))),
            "decoded pieces are not UTF-8");
  }
  const SpecialIds& special = tokenizer.special_ids();
  for (const std::int32_t id : {special.pad, special.unknown, special.start, special.end})
    require(id >= -1 && id < tokenizer.size(), "a special id outside the vocabulary");
}

}  // namespace
}  // namespace regard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace fuzz = regard::fuzz;
  const std::string_view input = fuzz::as_text(data, size);
  const std::string bytes =
      input.starts_with('M') ? fuzz::planned_model(input.substr(1)) : std::string(input);
  fuzz::accepts([&] { fuzz::use(regard::Tokenizer::from_bytes(bytes, "fuzz.spm")); });
  return 0;
}
