#pragma once

#include "regard/text/tokenizer.h"

namespace regard {

/// The pieces of a tokenizer in the order of its ids.
PieceTable piece_table_of(const Tokenizer& tokenizer);

}  // namespace regard
