#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "regard/core/error.h"

namespace regard {

/// Reads one column of CoNLL-2005's brackets, word by word, into BIO.
class RoleBrackets {
 public:
  /// The tag of the next word. Throws UserError for a cell that is not of the format, and for a
  /// bracket inside of another one.
  std::string next(std::string_view cell, const SourceSpot& place);
  /// Throws UserError at the place of a bracket that was not closed.
  void finish() const;

 private:
  std::string open_;  ///< its label; empty = none
  SourceSpot opened_at_;
};

}  // namespace regard
