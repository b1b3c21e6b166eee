#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regard/text/piece_table.h"
#include "regard/text/vocabulary_options.h"

namespace regard {

/// A part of a text, in bytes.
struct ByteRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// A SentencePiece model: text to subwords and back. Immutable and cheap to copy; every member may
/// be called from several threads at once. Encoding and decoding throw UserError for a model made
/// by hand that contradicts itself in a way that only shows then.
///
/// Whatever stands in a text is text: "<s>" or "<unk>" never become the control piece of that name,
/// and a literal U+2581 is a space.
///
/// Ids are those of the SentencePiece model or those of a table, as models of Marian have them.
/// With a table, a text may begin with a language code: from a leading ">>" to the first "<<" it is
/// one piece, and SentencePiece gets the rest. Pieces that the table lacks are unknown; decoded
/// text has no white space at its ends and shows language codes.
class Tokenizer {
 public:
  /// Reads a .spm file of at most 64 MiB. Throws UserError naming the file when it is missing,
  /// damaged or made to harm.
  static Tokenizer load(const std::filesystem::path& path);
  /// As load(), from the bytes of such a file; `name` is for messages.
  static Tokenizer from_bytes(std::string bytes, const std::string& name);
  /// A tokenizer that cuts text as `segmenter` does but whose ids are those of the table. Throws
  /// UserError naming the table when it has no <unk> or no </s>.
  static Tokenizer with_table(const Tokenizer& segmenter, PieceTable table);

  /// Subwords of one line, without start and end marks. Time grows with the square of a run of
  /// unknown characters: cut untrusted lines first (cut_for_encoding). Invalid UTF-8 becomes the
  /// unknown piece.
  std::vector<std::int32_t> encode(std::string_view text) const;
  std::vector<std::string> encode_pieces(std::string_view text) const;
  /// The part of `text` that each subword of encode(text) stands for: of the text itself, not of
  /// what normalization makes of it. In the order of the text, without overlaps; empty where a
  /// character became several subwords (but for its last one) and for a space that was added.
  std::vector<ByteRange> encode_ranges(std::string_view text) const;

  /// Random segmentations of several lines, a function of the arguments alone. With `options.alpha`
  /// 0 they are encode()'s. Runs on a thread of its own, because SentencePiece takes a seed only
  /// once per thread; calls wait for each other, so give it many lines at a time.
  std::vector<std::vector<std::int32_t>> encode_sampled(std::span<const std::string> lines,
                                                        const SamplingOptions& options,
                                                        std::uint64_t seed) const;

  /// Text of the subwords: valid UTF-8 on one line. Special pieces give nothing, the unknown piece
  /// " ⁇ ". Throws std::out_of_range for an id outside [0, size()).
  std::string decode(std::span<const std::int32_t> ids) const;
  std::string decode_pieces(std::span<const std::string> pieces) const;
  /// The text of each subword in decode(ids): one after the other they are that text before white
  /// space at its ends is removed, line ends become spaces and invalid UTF-8 is replaced. A
  /// character that is made of several subwords belongs to its last one. Throws std::out_of_range.
  std::vector<std::string> decode_parts(std::span<const std::int32_t> ids) const;

  /// Number of pieces.
  std::int32_t size() const;
  /// The piece of an id; throws std::out_of_range.
  const std::string& piece(std::int32_t id) const;
  /// The id of a piece, or that of the unknown piece.
  std::int32_t id_of(std::string_view piece) const;
  const SpecialIds& special_ids() const;

  /// The content of the SentencePiece model's file.
  const std::string& bytes() const;
  /// Null when the ids are SentencePiece's; lives as long as any copy of the tokenizer.
  const PieceTable* table() const;
  /// Of bytes() and the table (core/files.h): equal fingerprints, equal vocabularies.
  std::uint64_t fingerprint() const;

 private:
  struct Impl;
  explicit Tokenizer(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

/// The front of a line, at most `max_bytes` long, that can be encoded in bounded time. Characters
/// stay whole.
std::string_view cut_for_encoding(std::string_view line, std::size_t max_bytes = 16384);

}  // namespace regard
