#include <string>
#include <vector>

#include "regard/core/utf8.h"
#include "regard/text/tokenizer.h"

#include "fuzz/fuzz_support.h"

// A SentencePiece model: what the check before the library lets through must load and work
// without harm.

namespace regard::fuzz {
namespace {

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
  const std::string bytes(regard::fuzz::as_text(data, size));
  regard::fuzz::accepts(
      [&] { regard::fuzz::use(regard::Tokenizer::from_bytes(bytes, "fuzz.spm")); });
  return 0;
}
