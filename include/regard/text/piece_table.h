#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace regard {

/// Ids of the pieces with a role; -1 = the vocabulary has none.
struct SpecialIds {
  std::int32_t pad = -1;
  std::int32_t unknown = -1;
  std::int32_t start = -1;
  std::int32_t end = -1;
  bool operator==(const SpecialIds&) const = default;
};

/// Pieces in the order of their ids, for a vocabulary whose ids are not SentencePiece's. Immutable
/// and cheap to copy; may be used from several threads at once.
///
/// Pieces may be marked as added, as Hugging Face calls tokens that a vocabulary got later: a text
/// is cut at them first, wherever they stand, and SentencePiece gets what is between.
///
/// Ids are 0 to size() - 1, each exactly once, and no piece occurs twice. A piece is valid UTF-8
/// of at most 4096 bytes without a NUL; spaces, line ends and other control characters are allowed,
/// for real vocabularies hold them.
class PieceTable {
 public:
  static constexpr std::size_t kMaxPieces = 10'000'000;

  /// All makers throw UserError with `name` in it: none or too many pieces, and what the class
  /// description rules out. `name` is a file's path, `added` has the ids of added pieces.
  static PieceTable from_pieces(std::vector<std::string> pieces, const std::string& name,
                                std::vector<std::int32_t> added = {});
  /// {"piece": id, ...} in any order (vocab.json of Hugging Face) or ["piece", ...] in the order of
  /// the ids (to_json(), vocabularies of CTranslate2), with {"added": "piece"} for added ones.
  static PieceTable from_json(std::string_view text, const std::string& name);
  /// A Marian vocab.yml: a block mapping of pieces to ids, in any order. Pieces may be plain,
  /// 'single' or "double" quoted and written as `? piece` and `: id` on two lines. Other YAML is
  /// refused.
  static PieceTable from_marian_yaml(std::string_view text, const std::string& name);
  /// A piece on each line, in the order of the ids, as Marian reads vocabularies of any other name.
  /// A tab and a number after it are left out: that is how SentencePiece writes .vocab files.
  static PieceTable from_lines(std::string_view text, const std::string& name);

  /// ["piece", ...], one piece a line. Added pieces are {"added": "piece"}.
  std::string to_json() const;
  /// The same without telling which are added.
  std::string to_plain_json() const;
  /// {"piece": id, ...} in the order of the ids, one piece a line.
  std::string to_json_object() const;

  /// Number of pieces, at least 1.
  std::int32_t size() const;
  /// The piece of an id; throws std::out_of_range.
  const std::string& piece(std::int32_t id) const;
  std::optional<std::int32_t> id_of(std::string_view piece) const;
  /// Ids of the added pieces, rising.
  const std::vector<std::int32_t>& added() const;
  /// Where <pad>, <unk>, <s> and </s> are.
  const SpecialIds& special_ids() const;
  /// What the table came from, for messages.
  const std::string& name() const;
  /// Of the pieces and their order, not of the file's form (core/files.h).
  std::uint64_t fingerprint() const;

 private:
  struct Contents;
  explicit PieceTable(std::shared_ptr<const Contents> contents) : contents_(std::move(contents)) {}
  std::shared_ptr<const Contents> contents_;
};

/// ">>de<<" and the like: what multilingual models of Marian take before a source text.
bool is_language_code(std::string_view piece);

}  // namespace regard
