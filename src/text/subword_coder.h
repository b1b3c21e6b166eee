#pragma once

#include <cstdint>
#include <memory>
#include <sentencepiece_processor.h>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regard/text/piece_table.h"
#include "regard/text/tokenizer.h"
#include "regard/text/vocabulary_options.h"

namespace regard {

/// A loaded .spm file.
struct SentencePieceModel {
  sentencepiece::SentencePieceProcessor processor;
  std::string bytes;
  std::uint64_t fingerprint = 0;
};

/// How the text of a Tokenizer becomes ids and back, one class for each meaning of the ids. The
/// members are those of Tokenizer, but for what is said here.
class SubwordCoder {
 public:
  SubwordCoder() = default;
  virtual ~SubwordCoder() = default;
  SubwordCoder(const SubwordCoder&) = delete;
  SubwordCoder& operator=(const SubwordCoder&) = delete;

  virtual std::vector<std::int32_t> encode(std::string_view text) const = 0;
  virtual std::vector<std::string> encode_pieces(std::string_view text) const = 0;
  virtual std::vector<ByteRange> encode_ranges(std::string_view text) const = 0;
  /// One random segmentation with alpha above 0, drawn from the thread's generator. Throws
  /// UserError when the model's type cannot be sampled so.
  virtual std::vector<std::int32_t> sample(std::string_view text,
                                           const SamplingOptions& options) const = 0;
  /// Ids lie in [0, size()). The text may hold line ends and invalid UTF-8.
  virtual std::string decode(std::span<const std::int32_t> ids) const = 0;
  virtual std::string decode_pieces(std::span<const std::string> pieces) const = 0;
  virtual std::vector<std::string> decode_parts(std::span<const std::int32_t> ids) const = 0;

  virtual std::int32_t size() const = 0;
  /// `id` lies in [0, size()).
  virtual const std::string& piece(std::int32_t id) const = 0;
  virtual std::int32_t id_of(std::string_view piece) const = 0;
  virtual const SpecialIds& special_ids() const = 0;
  virtual const PieceTable* table() const = 0;
  virtual std::uint64_t fingerprint() const = 0;
};

/// Ids are those of the SentencePiece model.
std::unique_ptr<const SubwordCoder> make_sentencepiece_coder(
    std::shared_ptr<const SentencePieceModel> model);
/// Ids are those of the table, which has <unk> and </s>.
std::unique_ptr<const SubwordCoder> make_table_coder(
    std::shared_ptr<const SentencePieceModel> model, PieceTable table);

/// Throws UserError for what the library refuses to do: its arguments are checked, so the model is
/// at fault, such as one with a control piece that ordinary text holds.
void require_ok(const sentencepiece::util::Status& status);
/// Throws UserError when the model's type cannot be sampled with the options.
void require_sampled(const sentencepiece::util::Status& status);

/// The part of the text that each piece of Encode(text) stands for, moved by `offset` bytes.
std::vector<ByteRange> piece_ranges(const sentencepiece::SentencePieceProcessor& processor,
                                    std::string_view text, std::size_t offset = 0);

}  // namespace regard
