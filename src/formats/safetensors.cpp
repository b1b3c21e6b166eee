#include "regard/formats/safetensors.h"

#include <cstring>
#include <utility>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/mapped_file.h"
#include "regard/core/strings.h"
#include "regard/formats/checksum.h"

#include "formats/safetensors_header.h"

namespace regard {
namespace {

constexpr const char* kDamageFix =
    "the file was damaged or changed after it was written; get a new copy";

/// Throws UserError unless the metadata hold the right checksums of header and tensors, or none at
/// all. Takes them out of the metadata and returns whether there were any.
bool verify_checksums(const std::string& file, SafetensorsHeader& header, const std::byte* data) {
  const bool has_tensors = header.metadata.contains(std::string(kChecksumsKey));
  const bool has_header = header.metadata.contains(std::string(kHeaderKey));
  if (!has_tensors && !has_header) return false;
  const auto refuse = [&](const std::string& what) {
    throw UserError(SourceSpot{file}, what, kDamageFix);
  };
  if (!has_tensors || !has_header) {
    refuse(str("the metadata has only one of ", kChecksumsKey, " and ", kHeaderKey));
  }
  if (header.metadata.at(std::string(kHeaderKey)) != to_hex(header_checksum(header))) {
    refuse("the checksum of the header is wrong");
  }
  const Metadata checksums =
      parse_string_map(file, kChecksumsKey, header.metadata.at(std::string(kChecksumsKey)));
  if (checksums.size() != header.tensors.size()) {
    refuse(
        str("there are ", checksums.size(), " checksums for ", header.tensors.size(), " tensors"));
  }
  for (const TensorEntry& tensor : header.tensors) {
    const auto expected = checksums.find(tensor.name);
    const std::string name = escape_for_message(tensor.name);
    if (expected == checksums.end()) refuse(str("tensor '", name, "' has no checksum"));
    if (expected->second != to_hex(checksum({data + tensor.begin, tensor.end - tensor.begin}))) {
      refuse(str("tensor '", name, "': the checksum of its data is wrong"));
    }
  }
  header.metadata.erase(std::string(kChecksumsKey));
  header.metadata.erase(std::string(kHeaderKey));
  return true;
}

}  // namespace

SafetensorsFile SafetensorsFile::open(const std::filesystem::path& path) {
  const std::string name = path.string();
  const MappedFile mapped = MappedFile::open_private(path, sizeof(std::uint64_t), kSafetensorsFix);
  const std::byte* bytes = mapped.bytes().data();
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, bytes, sizeof header_bytes);
  const std::uint64_t rest = mapped.bytes().size() - sizeof header_bytes;
  if (header_bytes > kMaxHeaderBytes || header_bytes > rest) {
    throw UserError(SourceSpot{name},
                    str("the header would have ", header_bytes, " bytes; the file has ", rest,
                        " after its length, and a header at most ", kMaxHeaderBytes),
                    kSafetensorsFix);
  }
  // A copy, so that a file that changes meanwhile cannot change what was checked.
  const std::string json(reinterpret_cast<const char*>(bytes) + sizeof header_bytes, header_bytes);
  SafetensorsHeader header = parse_header(name, json, rest - header_bytes);
  const std::byte* data = bytes + sizeof header_bytes + header_bytes;

  SafetensorsFile file;
  file.has_checksums_ = verify_checksums(name, header, data);
  file.path_ = path;
  file.storage_ = mapped.memory();
  file.metadata_ = std::move(header.metadata);
  for (TensorEntry& tensor : header.tensors) {
    file.names_.push_back(tensor.name);
    file.tensors_.emplace(std::move(tensor.name),
                          TensorView{tensor.dtype, std::move(tensor.shape), data + tensor.begin,
                                     tensor.end - tensor.begin});
  }
  return file;
}

const TensorView& SafetensorsFile::at(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    throw UserError(SourceSpot{path_.string()},
                    str("has no tensor '", escape_for_message(name), "'"));
  }
  return found->second;
}

}  // namespace regard
