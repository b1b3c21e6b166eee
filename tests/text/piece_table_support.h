#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/core/random.h"
#include "regard/text/piece_table.h"

namespace regard::test {

using Pieces = std::vector<std::string>;
using Maker = PieceTable (*)(std::string_view, const std::string&);

inline Pieces pieces_of(const PieceTable& table) {
  Pieces pieces;
  for (std::int32_t id = 0; id < table.size(); ++id)
    pieces.push_back(table.piece(id));
  return pieces;
}

/// What real vocabularies hold and what readers stumble over.
inline Pieces odd_pieces() {
  return {"</s>",     "<unk>",      "",         " ",      "\u2581",   "\u2581the", "\u2581:",
          ":",        "a:",         "a: b",     "#",      "a #b",     "- ",        "-",
          "- a",      "? ",         "?",        "\"",     "\"\"",     "'",         "''",
          "\\",       "\\x41",      "\\u00e4",  "\n",     "a\r\nb",   "\t",        "\x01",
          "\x7f",     "\u0085",     "\u00a0",   "\u2028", "\u2029",   "\ufeff",    "Stra\u00dfe",
          "\u65e5",   "\U0001f600", "null",     "~",      "true",     "7",         "1.5",
          ">>de<<",   "{",          "}",        "[",      "]",        ",",         "&a",
          "*a",       "!",          "|",        ">",      "%",        "@",         "`",
          "---",      "...",        "e\u0301",  "  a  ",  "a b",      "<pad>",     "\x1b[31m",
          "[\"a\",1", "{\"a\":1}",  "\u200b\"", "/*",     "\u2581//", "=",         "<<"};
}

/// The message about `text`, after a check that it is one UserError that names the file.
inline std::string problem_with(Maker make, std::string_view text) {
  try {
    make(text, "dir/v.file");
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems().size(), 1U);
    EXPECT_THAT(error.what(), testing::StartsWith("dir/v.file"));
    EXPECT_THAT(error.what(), testing::HasSubstr("is not a usable vocabulary"));
    EXPECT_THAT(error.what(), testing::HasSubstr("Fix: "));
    return error.what();
  }
  return "accepted";
}

struct Refusal {
  std::string text;
  std::string why;
};

inline void expect_refused(Maker make, const std::vector<Refusal>& refusals) {
  for (const Refusal& refusal : refusals)
    EXPECT_THAT(problem_with(make, refusal.text), testing::HasSubstr(refusal.why)) << refusal.text;
}

/// Changes bytes of a good file: what is still accepted is a whole table.
inline void expect_damage_is_harmless(Maker make, const std::string& good) {
  RandomStream random(4);
  int refused = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string text = good;
    for (std::uint64_t flips = 1 + random.below(3); flips > 0; --flips) {
      text[static_cast<std::size_t>(random.below(text.size()))] =
          static_cast<char>(random.below(256));
    }
    if (problem_with(make, text) != "accepted") {
      ++refused;
      continue;
    }
    const PieceTable table = make(text, "v");
    ASSERT_EQ(pieces_of(PieceTable::from_json(table.to_json(), "again")), pieces_of(table));
  }
  EXPECT_GT(refused, 500);
  EXPECT_LT(refused, 2000);
}

}  // namespace regard::test
