#include "text/piece_table_problem.h"

#include <algorithm>
#include <utility>

#include "regard/core/strings.h"

namespace regard {

void refuse_table(const SourceSpot& spot, const std::string& why) {
  throw UserError(spot, str("is not a usable vocabulary: ", why),
                  "use the file that came with the model");
}

std::string shown_piece(std::string_view piece) {
  return str('"', escape_for_message(piece, 60), '"');
}

std::vector<std::string> in_order_of_ids(std::vector<NumberedPiece> numbered,
                                         const std::string& name) {
  std::vector<std::string> pieces(numbered.size());
  std::vector<bool> is_taken(numbered.size(), false);
  const NumberedPiece* beyond = nullptr;
  for (NumberedPiece& entry : numbered) {
    const auto place = static_cast<std::size_t>(entry.id);
    if (entry.id >= numbered.size()) {
      beyond = &entry;
    } else if (is_taken[place]) {
      refuse_table({name}, str("pieces ", shown_piece(pieces[place]), " and ",
                               shown_piece(entry.piece), " have the same id ", entry.id));
    } else {
      is_taken[place] = true;
      pieces[place] = std::move(entry.piece);
    }
  }
  if (beyond != nullptr) {
    const auto missing = std::find(is_taken.begin(), is_taken.end(), false) - is_taken.begin();
    refuse_table({name}, str("no piece has the id ", missing, ", but ", shown_piece(beyond->piece),
                             " has ", beyond->id));
  }
  return pieces;
}

}  // namespace regard
