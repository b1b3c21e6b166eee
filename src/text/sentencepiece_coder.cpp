#include <utility>

#include "regard/core/error.h"
#include "regard/core/strings.h"

#include "text/subword_coder.h"

namespace regard {
namespace {

class SentencePieceCoder : public SubwordCoder {
 public:
  explicit SentencePieceCoder(std::shared_ptr<const SentencePieceModel> model)
      : model_(std::move(model)), processor_(model_->processor) {
    special_ids_ = {processor_.pad_id(), processor_.unk_id(), processor_.bos_id(),
                    processor_.eos_id()};
  }

  std::vector<std::int32_t> encode(std::string_view text) const override {
    std::vector<int> ids;
    require_ok(processor_.Encode(text, &ids));
    return ids;
  }

  std::vector<std::string> encode_pieces(std::string_view text) const override {
    std::vector<std::string> pieces;
    require_ok(processor_.Encode(text, &pieces));
    return pieces;
  }

  std::vector<ByteRange> encode_ranges(std::string_view text) const override {
    return piece_ranges(processor_, text);
  }

  std::vector<std::int32_t> sample(std::string_view text,
                                   const SamplingOptions& options) const override {
    std::vector<int> ids;
    require_sampled(processor_.SampleEncode(text, static_cast<int>(options.nbest),
                                            static_cast<float>(options.alpha), &ids));
    return ids;
  }

  std::string decode(std::span<const std::int32_t> ids) const override {
    std::string text;
    require_ok(processor_.Decode(std::vector<int>(ids.begin(), ids.end()), &text));
    return text;
  }

  std::string decode_pieces(std::span<const std::string> pieces) const override {
    std::string text;
    require_ok(processor_.Decode(std::vector<std::string>(pieces.begin(), pieces.end()), &text));
    return text;
  }

  std::vector<std::string> decode_parts(std::span<const std::int32_t> ids) const override {
    sentencepiece::ImmutableSentencePieceText decoded;
    require_ok(
        processor_.Decode(std::vector<int>(ids.begin(), ids.end()), decoded.mutable_proto()));
    std::vector<std::string> parts;
    for (const auto& piece : decoded.pieces())
      parts.push_back(piece.surface());
    return parts;
  }

  std::int32_t size() const override { return processor_.GetPieceSize(); }
  const std::string& piece(std::int32_t id) const override { return processor_.IdToPiece(id); }
  std::int32_t id_of(std::string_view piece) const override { return processor_.PieceToId(piece); }
  const SpecialIds& special_ids() const override { return special_ids_; }
  const PieceTable* table() const override { return nullptr; }
  std::uint64_t fingerprint() const override { return model_->fingerprint; }

 private:
  std::shared_ptr<const SentencePieceModel> model_;
  const sentencepiece::SentencePieceProcessor& processor_;
  SpecialIds special_ids_;
};

}  // namespace

std::unique_ptr<const SubwordCoder> make_sentencepiece_coder(
    std::shared_ptr<const SentencePieceModel> model) {
  return std::make_unique<SentencePieceCoder>(std::move(model));
}

std::vector<ByteRange> piece_ranges(const sentencepiece::SentencePieceProcessor& processor,
                                    std::string_view text, std::size_t offset) {
  sentencepiece::ImmutableSentencePieceText encoded;
  require_ok(processor.Encode(text, encoded.mutable_proto()));
  std::vector<ByteRange> ranges;
  ranges.reserve(encoded.pieces_size());
  for (const auto& piece : encoded.pieces())
    ranges.push_back({offset + piece.begin(), offset + piece.end()});
  return ranges;
}

void require_ok(const sentencepiece::util::Status& status) {
  if (status.ok()) return;
  throw UserError(str("the SentencePiece model cannot be used: ", status.ToString()),
                  "use a .spm file made by SentencePiece");
}

void require_sampled(const sentencepiece::util::Status& status) {
  if (status.ok()) return;
  throw UserError(str("the vocabulary cannot sample segmentations: ", status.ToString()),
                  "set vocabulary.sampling.alpha: 0");
}

}  // namespace regard
