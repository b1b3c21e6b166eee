#include "regard/text/piece_table.h"

#include <algorithm>
#include <stdexcept>
#include <unordered_map>

#include <nlohmann/json.hpp>

#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/core/utf8.h"

#include "text/piece_table_problem.h"

namespace regard {
namespace {

constexpr std::size_t kMaxPieceBytes = 4096;

/// Why a piece cannot be in a table; empty when it can.
std::string piece_fault(std::string_view piece) {
  if (piece.size() > kMaxPieceBytes) {
    return str("has ", piece.size(), " bytes (at most ", kMaxPieceBytes, " are allowed)");
  }
  if (piece.find('\0') != std::string_view::npos) return "contains a NUL character";
  if (!is_valid_utf8(piece)) return "is not UTF-8";
  return "";
}

std::string quoted_json(const std::string& piece) {
  return nlohmann::json(piece).dump();
}

/// A JSON list with one entry a line.
template <class Entry>
std::string json_list(std::int32_t size, const Entry& entry) {
  std::string text = "[";
  for (std::int32_t id = 0; id < size; ++id) {
    text += id == 0 ? "\n" : ",\n";
    text += entry(id);
  }
  return text + "\n]\n";
}

}  // namespace

struct PieceTable::Contents {
  std::string name;
  std::vector<std::string> pieces;
  std::unordered_map<std::string_view, std::int32_t> ids;  ///< keys point into `pieces`
  std::vector<std::int32_t> added;
  SpecialIds special_ids;
  std::uint64_t fingerprint = 0;

  void take_added(std::vector<std::int32_t> given);
};

void PieceTable::Contents::take_added(std::vector<std::int32_t> given) {
  std::sort(given.begin(), given.end());
  given.erase(std::unique(given.begin(), given.end()), given.end());
  for (const std::int32_t id : given) {
    if (pieces.at(static_cast<std::size_t>(id)).empty())
      refuse_table({name}, str("the added piece of id ", id, " is empty"));
    fingerprint = regard::fingerprint(std::to_string(id) + "+", fingerprint);
  }
  added = std::move(given);
}

PieceTable PieceTable::from_pieces(std::vector<std::string> pieces, const std::string& name,
                                   std::vector<std::int32_t> added) {
  if (pieces.empty()) refuse_table({name}, "it contains no pieces");
  if (pieces.size() > kMaxPieces) refuse_table({name}, kTooManyPieces);
  auto contents = std::make_shared<Contents>();
  contents->name = name;
  contents->pieces = std::move(pieces);
  contents->ids.reserve(contents->pieces.size());
  contents->fingerprint = regard::fingerprint("");
  for (std::size_t i = 0; i < contents->pieces.size(); ++i) {
    const std::string& piece = contents->pieces[i];
    const auto id = static_cast<std::int32_t>(i);
    if (const std::string fault = piece_fault(piece); !fault.empty()) {
      refuse_table({name}, str("piece ", shown_piece(piece), " of id ", id, " ", fault));
    }
    const auto [place, is_new] = contents->ids.emplace(piece, id);
    if (!is_new) {
      refuse_table({name},
                   str("piece ", shown_piece(piece), " has two ids, ", place->second, " and ", id));
    }
    // No piece holds the zero byte that c_str() ends with, so it separates them.
    contents->fingerprint =
        regard::fingerprint({piece.c_str(), piece.size() + 1}, contents->fingerprint);
  }
  contents->take_added(std::move(added));
  const auto id_or_none = [&](std::string_view piece) {
    const auto found = contents->ids.find(piece);
    return found == contents->ids.end() ? -1 : found->second;
  };
  contents->special_ids = {id_or_none("<pad>"), id_or_none("<unk>"), id_or_none("<s>"),
                           id_or_none("</s>")};
  return PieceTable(std::move(contents));
}

std::string PieceTable::to_json() const {
  return json_list(size(), [this](std::int32_t id) {
    const std::string quoted = quoted_json(piece(id));
    const bool is_added = std::binary_search(added().begin(), added().end(), id);
    return is_added ? str(R"({"added": )", quoted, "}") : quoted;
  });
}

std::string PieceTable::to_plain_json() const {
  return json_list(size(), [this](std::int32_t id) { return quoted_json(piece(id)); });
}

std::string PieceTable::to_json_object() const {
  std::string text = "{";
  for (std::int32_t id = 0; id < size(); ++id) {
    text += id == 0 ? "\n  " : ",\n  ";
    text += quoted_json(piece(id)) + ": " + std::to_string(id);
  }
  return text + "\n}\n";
}

std::int32_t PieceTable::size() const {
  return static_cast<std::int32_t>(contents_->pieces.size());
}

const std::string& PieceTable::piece(std::int32_t id) const {
  if (id < 0 || id >= size()) {
    throw std::out_of_range(str("piece ", id, " of a vocabulary of ", size()));
  }
  return contents_->pieces[static_cast<std::size_t>(id)];
}

std::optional<std::int32_t> PieceTable::id_of(std::string_view piece) const {
  const auto found = contents_->ids.find(piece);
  if (found == contents_->ids.end()) return std::nullopt;
  return found->second;
}

const std::vector<std::int32_t>& PieceTable::added() const {
  return contents_->added;
}

const SpecialIds& PieceTable::special_ids() const {
  return contents_->special_ids;
}
const std::string& PieceTable::name() const {
  return contents_->name;
}
std::uint64_t PieceTable::fingerprint() const {
  return contents_->fingerprint;
}

bool is_language_code(std::string_view piece) {
  return piece.size() > 4 && piece.starts_with(">>") && piece.find("<<") == piece.size() - 2;
}

}  // namespace regard
