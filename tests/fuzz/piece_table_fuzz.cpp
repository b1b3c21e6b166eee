#include <string>

#include "regard/text/piece_table.h"

#include "fuzz/fuzz_support.h"

// Vocabularies with ids of their own, as JSON and as Marian's YAML.

namespace regard::fuzz {
namespace {

void check(const PieceTable& table) {
  for (std::int32_t id = 0; id < table.size(); ++id)
    require(table.id_of(table.piece(id)) == id, "a piece with another id");
  for (const std::string& text : {table.to_json(), table.to_json_object()}) {
    const PieceTable again = PieceTable::from_json(text, "again.json");
    require(again.fingerprint() == table.fingerprint(), "another table after writing and reading");
    require(again.special_ids() == table.special_ids(), "other special ids");
  }
}

}  // namespace
}  // namespace regard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace fuzz = regard::fuzz;
  using regard::PieceTable;
  const std::string_view text = fuzz::as_text(data, size);
  fuzz::accepts([&] { fuzz::check(PieceTable::from_json(text, "fuzz.json")); });
  fuzz::accepts([&] { fuzz::check(PieceTable::from_marian_yaml(text, "fuzz.yml")); });
  return 0;
}
