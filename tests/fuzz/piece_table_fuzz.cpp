#include <string>

#include "regard/text/piece_table.h"

#include "fuzz/fuzz_support.h"

// Vocabularies with ids of their own, as JSON, as Marian's YAML and as plain text.

namespace regard::fuzz {
namespace {

void check(const PieceTable& table) {
  for (std::int32_t id = 0; id < table.size(); ++id)
    require(table.id_of(table.piece(id)) == id, "a piece with another id");
  const PieceTable again = PieceTable::from_json(table.to_json(), "again.json");
  require(again.fingerprint() == table.fingerprint(), "another table after writing and reading");
  require(again.special_ids() == table.special_ids(), "other special ids");
  require(again.added() == table.added(), "other added pieces");
  const PieceTable plain = PieceTable::from_json(table.to_plain_json(), "plain.json");
  const PieceTable object = PieceTable::from_json(table.to_json_object(), "object.json");
  require(plain.fingerprint() == object.fingerprint(), "the forms are different tables");
  require(plain.size() == table.size(), "another number of pieces");
}

}  // namespace
}  // namespace regard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace fuzz = regard::fuzz;
  using regard::PieceTable;
  const std::string_view text = fuzz::as_text(data, size);
  fuzz::accepts([&] { fuzz::check(PieceTable::from_json(text, "fuzz.json")); });
  fuzz::accepts([&] { fuzz::check(PieceTable::from_marian_yaml(text, "fuzz.yml")); });
  fuzz::accepts([&] { fuzz::check(PieceTable::from_lines(text, "fuzz.vocab")); });
  return 0;
}
