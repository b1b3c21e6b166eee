#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "regard/core/error.h"

namespace regard {

constexpr const char* kTooManyPieces = "it contains more than 10,000,000 pieces";

/// Throws the UserError for a vocabulary that cannot be used.
[[noreturn]] void refuse_table(const SourceSpot& spot, const std::string& why);

/// A piece for a message, quoted and cut.
std::string shown_piece(std::string_view piece);

/// A piece with the id that a file gives it.
struct NumberedPiece {
  std::string piece;
  std::uint64_t id = 0;
};

/// The pieces in the order of their ids. Refuses the table called `name` unless the ids are 0, 1,
/// 2 ... each exactly once.
std::vector<std::string> in_order_of_ids(std::vector<NumberedPiece> numbered,
                                         const std::string& name);

}  // namespace regard
