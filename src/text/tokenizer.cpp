#include "regard/text/tokenizer.h"

#include <algorithm>
#include <future>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/core/utf8.h"

#include "text/sentencepiece_check.h"
#include "text/subword_coder.h"

namespace regard {
namespace {

constexpr std::uint64_t kMaxFileBytes = std::uint64_t{64} << 20;

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw UserError(SourceSpot{name}, str("is not a usable SentencePiece model: ", why),
                  "use a .spm file made by SentencePiece");
}

/// Pieces may hold line ends and bytes that do not make characters; a line of output may not.
std::string as_one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return is_valid_utf8(text) ? text : replace_invalid_utf8(text);
}

/// SentencePiece keeps the seed in a global, which a thread reads when it first draws a number.
std::mutex& seed_mutex() {
  static std::mutex mutex;
  return mutex;
}

unsigned library_seed(std::uint64_t seed) {
  const auto folded = static_cast<unsigned>(seed ^ (seed >> 32));
  // The largest value asks the library for a seed of the machine.
  return folded == std::numeric_limits<unsigned>::max() ? 0 : folded;
}

}  // namespace

struct Tokenizer::Impl {
  std::shared_ptr<const SentencePieceModel> model;
  std::unique_ptr<const SubwordCoder> coder;
};

Tokenizer Tokenizer::load(const std::filesystem::path& path) {
  return from_bytes(read_file(path, kMaxFileBytes), path.string());
}

Tokenizer Tokenizer::from_bytes(std::string bytes, const std::string& name) {
  if (bytes.size() > kMaxFileBytes) refuse(name, "it is larger than 64 MiB");
  const std::string fault = sentencepiece_model_fault(bytes);
  if (!fault.empty()) refuse(name, fault);
  auto model = std::make_shared<SentencePieceModel>();
  const auto status = model->processor.LoadFromSerializedProto(bytes);
  if (!status.ok()) refuse(name, status.ToString());
  model->fingerprint = regard::fingerprint(bytes);
  model->bytes = std::move(bytes);
  return Tokenizer(std::make_shared<Impl>(Impl{model, make_sentencepiece_coder(model)}));
}

Tokenizer Tokenizer::with_table(const Tokenizer& segmenter, PieceTable table) {
  const auto require = [&](std::int32_t id, const char* piece) {
    if (id >= 0) return;
    throw UserError(SourceSpot{table.name()},
                    str("the vocabulary does not contain the piece ", piece),
                    "use the file that came with the model");
  };
  require(table.special_ids().unknown, "<unk>");
  require(table.special_ids().end, "</s>");
  const auto& model = segmenter.impl_->model;
  return Tokenizer(std::make_shared<Impl>(Impl{model, make_table_coder(model, std::move(table))}));
}

std::vector<std::int32_t> Tokenizer::encode(std::string_view text) const {
  return impl_->coder->encode(text);
}

std::vector<std::string> Tokenizer::encode_pieces(std::string_view text) const {
  return impl_->coder->encode_pieces(text);
}

std::vector<ByteRange> Tokenizer::encode_ranges(std::string_view text) const {
  return impl_->coder->encode_ranges(text);
}

std::vector<std::vector<std::int32_t>> Tokenizer::encode_sampled(std::span<const std::string> lines,
                                                                 const SamplingOptions& options,
                                                                 std::uint64_t seed) const {
  const SubwordCoder& coder = *impl_->coder;
  const auto encode_all = [&] {
    std::vector<std::vector<std::int32_t>> encoded(lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i)
      encoded[i] = options.alpha > 0 ? coder.sample(lines[i], options) : coder.encode(lines[i]);
    return encoded;
  };
  if (options.alpha <= 0) return encode_all();
  const std::scoped_lock lock(seed_mutex());
  sentencepiece::SetRandomGeneratorSeed(library_seed(seed));
  return std::async(std::launch::async, encode_all).get();
}

std::string Tokenizer::decode(std::span<const std::int32_t> ids) const {
  for (const std::int32_t id : ids)
    piece(id);
  return as_one_line(impl_->coder->decode(ids));
}

std::string Tokenizer::decode_pieces(std::span<const std::string> pieces) const {
  return as_one_line(impl_->coder->decode_pieces(pieces));
}

std::vector<std::string> Tokenizer::decode_parts(std::span<const std::int32_t> ids) const {
  for (const std::int32_t id : ids)
    piece(id);
  return impl_->coder->decode_parts(ids);
}

std::int32_t Tokenizer::size() const {
  return impl_->coder->size();
}

const std::string& Tokenizer::piece(std::int32_t id) const {
  if (id < 0 || id >= size()) {
    throw std::out_of_range(str("piece ", id, " of a vocabulary of ", size()));
  }
  return impl_->coder->piece(id);
}

std::int32_t Tokenizer::id_of(std::string_view piece) const {
  return impl_->coder->id_of(piece);
}

const SpecialIds& Tokenizer::special_ids() const {
  return impl_->coder->special_ids();
}
const std::string& Tokenizer::bytes() const {
  return impl_->model->bytes;
}
const PieceTable* Tokenizer::table() const {
  return impl_->coder->table();
}
std::uint64_t Tokenizer::fingerprint() const {
  return impl_->coder->fingerprint();
}

std::string_view cut_for_encoding(std::string_view line, std::size_t max_bytes) {
  return utf8_prefix(line, max_bytes);
}

}  // namespace regard
