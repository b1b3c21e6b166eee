#include <algorithm>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "regard/core/file_writer.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/core/utf8.h"
#include "regard/formats/checksum.h"

#include "formats/safetensors_header.h"

namespace regard {
namespace {

// The length and the header together fill a multiple of this, so that the data lie well in memory.
constexpr std::size_t kAlignment = 64;

[[noreturn]] void refuse_tensor(const std::string& name, const char* why) {
  throw std::invalid_argument(str("write_safetensors: '", escape_for_message(name), "' ", why));
}

bool has_control_bytes(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

void check_tensor(const NamedTensor& named) {
  const auto& [name, tensor] = named;
  if (name == kMetadataName) refuse_tensor(name, "is reserved");
  if (!is_valid_utf8(name)) refuse_tensor(name, "is not UTF-8");
  if (has_control_bytes(name)) refuse_tensor(name, "has control bytes");
  std::uint64_t bytes = 0;
  if (!count_bytes(tensor.shape, tensor.dtype, bytes) || bytes != tensor.bytes) {
    refuse_tensor(name, "has a size that differs from its shape and dtype");
  }
  if (tensor.data == nullptr && bytes > 0) refuse_tensor(name, "has no data");
}

/// The tensors in the order of the file.
std::vector<const NamedTensor*> ordered(std::span<const NamedTensor> tensors) {
  std::vector<const NamedTensor*> order;
  order.reserve(tensors.size());
  for (const NamedTensor& named : tensors) {
    check_tensor(named);
    order.push_back(&named);
  }
  // The order of the reference implementation, so that our checksums survive a round trip through
  // it.
  std::sort(order.begin(), order.end(), [](const NamedTensor* a, const NamedTensor* b) {
    if (a->tensor.dtype != b->tensor.dtype) return a->tensor.dtype > b->tensor.dtype;
    return a->name < b->name;
  });
  return order;
}

SafetensorsHeader make_header(const std::vector<const NamedTensor*>& order, Metadata metadata) {
  SafetensorsHeader header;
  Metadata checksums;
  std::uint64_t end = 0;
  for (const NamedTensor* named : order) {
    const TensorView& tensor = named->tensor;
    const std::uint64_t begin = end;
    if (__builtin_add_overflow(begin, tensor.bytes, &end))
      refuse_tensor(named->name, "is too large");
    header.tensors.push_back({named->name, tensor.dtype, tensor.shape, begin, end});
    const std::string sum = to_hex(checksum({tensor.data, tensor.bytes}));
    if (!checksums.emplace(named->name, sum).second) refuse_tensor(named->name, "occurs twice");
  }
  for (const auto& [key, value] : metadata) {
    if (!is_valid_utf8(key) || !is_valid_utf8(value))
      refuse_tensor(key, "is metadata that is not UTF-8");
  }
  header.metadata = std::move(metadata);
  header.metadata["format"] = "pt";
  header.metadata[std::string(kChecksumsKey)] = to_json(checksums);
  header.metadata[std::string(kHeaderKey)] = to_hex(header_checksum(header));
  return header;
}

}  // namespace

std::string to_json(const Metadata& strings) {
  return nlohmann::json(strings).dump();
}

std::string to_json(const SafetensorsHeader& header) {
  std::string text = str("{\"", kMetadataName, "\":", to_json(header.metadata));
  for (const TensorEntry& tensor : header.tensors) {
    text += str(",", nlohmann::json(tensor.name).dump(), ":{\"dtype\":\"", name_of(tensor.dtype),
                "\",\"shape\":", nlohmann::json(tensor.shape).dump(), ",\"data_offsets\":[",
                tensor.begin, ",", tensor.end, "]}");
  }
  return text + "}";
}

std::uint64_t header_checksum(const SafetensorsHeader& header) {
  std::string text;
  const auto add_text = [&](std::string_view item) { text += str(item.size(), ":", item); };
  const auto add_number = [&](std::uint64_t item) { add_text(std::to_string(item)); };
  add_number(header.metadata.size() - header.metadata.count(std::string(kHeaderKey)));
  for (const auto& [key, value] : header.metadata) {
    if (key == kHeaderKey) continue;
    add_text(key);
    add_text(value);
  }
  for (const TensorEntry& tensor : header.tensors) {
    add_text(tensor.name);
    add_text(name_of(tensor.dtype));
    add_number(tensor.shape.size());
    for (const std::int64_t size : tensor.shape)
      add_number(static_cast<std::uint64_t>(size));
    add_number(tensor.begin);
    add_number(tensor.end);
  }
  return checksum(std::as_bytes(std::span(text)));
}

void write_safetensors(const ByteSink& sink, std::span<const NamedTensor> tensors,
                       Metadata metadata) {
  const std::vector<const NamedTensor*> order = ordered(tensors);
  std::string text = to_json(make_header(order, std::move(metadata)));
  const std::size_t used = sizeof(std::uint64_t) + text.size();
  text.append((kAlignment - used % kAlignment) % kAlignment, ' ');
  if (text.size() > kMaxHeaderBytes)
    throw std::invalid_argument("write_safetensors: header too long");
  const std::uint64_t length = text.size();
  sink(std::as_bytes(std::span(&length, 1)));
  sink(std::as_bytes(std::span(text)));
  for (const NamedTensor* named : order)
    sink({named->tensor.data, named->tensor.bytes});
}

void write_safetensors(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
                       Metadata metadata) {
  FileWriter file(path, FileWriter::Mode::replace);
  write_safetensors([&file](std::span<const std::byte> bytes) { file.write(bytes); }, tensors,
                    std::move(metadata));
  file.close();
}

void write_safetensors_atomically(const std::filesystem::path& path,
                                  std::span<const NamedTensor> tensors, Metadata metadata) {
  AtomicFile file(path);
  const ByteSink sink = [&file](std::span<const std::byte> bytes) {
    file.write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  };
  write_safetensors(sink, tensors, std::move(metadata));
  file.commit();
}

}  // namespace regard
