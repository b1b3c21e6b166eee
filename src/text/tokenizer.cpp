#include "regard/text/tokenizer.h"

#include <algorithm>
#include <future>
#include <limits>
#include <mutex>
#include <sentencepiece_processor.h>
#include <stdexcept>
#include <utility>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/core/utf8.h"

#include "text/sentencepiece_check.h"

namespace regard {
namespace {

constexpr std::uint64_t kMaxFileBytes = std::uint64_t{64} << 20;

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw UserError(SourceSpot{name}, str("is not a usable SentencePiece model: ", why),
                  "give a .spm file that SentencePiece made");
}

/// What the library refuses to do with checked arguments is a mistake of ours.
void require_ok(const sentencepiece::util::Status& status) {
  if (!status.ok()) throw std::logic_error("SentencePiece: " + status.ToString());
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
  sentencepiece::SentencePieceProcessor processor;
  std::string bytes;
  std::uint64_t fingerprint = 0;
  SpecialIds special_ids;
};

Tokenizer Tokenizer::load(const std::filesystem::path& path) {
  return from_bytes(read_file(path, kMaxFileBytes), path.string());
}

Tokenizer Tokenizer::from_bytes(std::string bytes, const std::string& name) {
  if (bytes.size() > kMaxFileBytes) refuse(name, "it is larger than 64 MiB");
  const std::string fault = sentencepiece_model_fault(bytes);
  if (!fault.empty()) refuse(name, fault);
  auto impl = std::make_shared<Impl>();
  const auto status = impl->processor.LoadFromSerializedProto(bytes);
  if (!status.ok()) refuse(name, status.ToString());
  impl->special_ids = {impl->processor.pad_id(), impl->processor.unk_id(), impl->processor.bos_id(),
                       impl->processor.eos_id()};
  impl->fingerprint = regard::fingerprint(bytes);
  impl->bytes = std::move(bytes);
  return Tokenizer(std::move(impl));
}

std::vector<std::int32_t> Tokenizer::encode(std::string_view text) const {
  std::vector<int> ids;
  require_ok(impl_->processor.Encode(text, &ids));
  return ids;
}

std::vector<std::string> Tokenizer::encode_pieces(std::string_view text) const {
  std::vector<std::string> pieces;
  require_ok(impl_->processor.Encode(text, &pieces));
  return pieces;
}

std::vector<std::vector<std::int32_t>> Tokenizer::encode_sampled(std::span<const std::string> lines,
                                                                 const SamplingOptions& options,
                                                                 std::uint64_t seed) const {
  const auto encode_all = [&] {
    std::vector<std::vector<std::int32_t>> encoded(lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (options.alpha > 0) {
        const auto status =
            impl_->processor.SampleEncode(lines[i], static_cast<int>(options.nbest),
                                          static_cast<float>(options.alpha), &encoded[i]);
        if (!status.ok()) {
          throw UserError(str("the vocabulary cannot sample segmentations: ", status.ToString()),
                          "set vocabulary.sampling.alpha: 0");
        }
      } else {
        encoded[i] = encode(lines[i]);
      }
    }
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
  std::string text;
  require_ok(impl_->processor.Decode(std::vector<int>(ids.begin(), ids.end()), &text));
  return as_one_line(std::move(text));
}

std::string Tokenizer::decode_pieces(std::span<const std::string> pieces) const {
  std::string text;
  require_ok(
      impl_->processor.Decode(std::vector<std::string>(pieces.begin(), pieces.end()), &text));
  return as_one_line(std::move(text));
}

std::int32_t Tokenizer::size() const {
  return impl_->processor.GetPieceSize();
}

const std::string& Tokenizer::piece(std::int32_t id) const {
  if (id < 0 || id >= size()) {
    throw std::out_of_range(str("piece ", id, " of a vocabulary of ", size()));
  }
  return impl_->processor.IdToPiece(id);
}

std::int32_t Tokenizer::id_of(std::string_view piece) const {
  return impl_->processor.PieceToId(piece);
}

const SpecialIds& Tokenizer::special_ids() const {
  return impl_->special_ids;
}
const std::string& Tokenizer::bytes() const {
  return impl_->bytes;
}
std::uint64_t Tokenizer::fingerprint() const {
  return impl_->fingerprint;
}

std::string_view cut_for_encoding(std::string_view line, std::size_t max_bytes) {
  return utf8_prefix(line, max_bytes);
}

}  // namespace regard
