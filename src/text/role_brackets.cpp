#include "text/role_brackets.h"

#include "regard/core/strings.h"

namespace regard {

std::string RoleBrackets::next(std::string_view cell, const SourceSpot& place) {
  constexpr const char* kForm = "write (A0*, *, *) or (A0*)";
  const std::size_t star = cell.find('*');
  const std::string_view before = cell.substr(0, star);
  const std::string_view after = star < cell.size() ? cell.substr(star + 1) : "";
  const bool opens = before.size() > 1 && before[0] == '(' && before.find('(', 1) == before.npos;
  if (star == cell.npos || (!before.empty() && !opens) || (!after.empty() && after != ")"))
    throw UserError(place, str("role ", quote_for_message(cell), " is no bracket"), kForm);
  if (opens && !open_.empty()) {
    throw UserError(
        place,
        str("bracket ", quote_for_message(cell), " inside of ", quote_for_message("(" + open_)),
        "give each argument of a predicate words of its own");
  }
  if (opens) {
    open_ = before.substr(1);
    opened_at_ = place;
  }
  if (open_.empty() && !after.empty()) {
    throw UserError(
        place, str("role ", quote_for_message(cell), " closes a bracket that is not open"), kForm);
  }
  std::string tag = open_.empty() ? "O" : str(opens ? "B-" : "I-", open_);
  if (!after.empty()) open_.clear();
  return tag;
}

void RoleBrackets::finish() const {
  if (open_.empty()) return;
  throw UserError(opened_at_,
                  str("bracket ", quote_for_message("(" + open_ + "*"),
                      " is not closed before the sentence ends"),
                  "close it with *) at its last word");
}

}  // namespace regard
