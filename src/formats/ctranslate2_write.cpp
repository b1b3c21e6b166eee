#include <algorithm>
#include <set>
#include <stdexcept>
#include <string_view>

#include "regard/core/file_writer.h"
#include "regard/core/strings.h"
#include "regard/formats/ctranslate2.h"

#include "formats/ctranslate2_format.h"
#include "formats/safetensors_header.h"

namespace regard {
namespace {

constexpr std::size_t kMaxTextBytes = 65'534;  // a length of 16 bits counts the zero byte too

[[noreturn]] void refuse_variable(const std::string& name, std::string_view why) {
  throw std::invalid_argument(str("write_ctranslate2: '", escape_for_message(name), "' ", why));
}

void check_text(const std::string& text) {
  if (text.empty()) refuse_variable(text, "is empty");
  if (text.size() > kMaxTextBytes) refuse_variable(text, "is longer than 65,534 bytes");
  if (text.find('\0') != std::string::npos) refuse_variable(text, "has a zero byte");
}

void check_variable(const NamedTensor& named) {
  const auto& [name, tensor] = named;
  const auto* type = std::find(kCtranslate2Types.begin(), kCtranslate2Types.end(), tensor.dtype);
  if (type == kCtranslate2Types.end()) {
    refuse_variable(
        name, str("has dtype ", name_of(tensor.dtype), ", which the format does not support"));
  }
  if (tensor.shape.size() > kMaxTensorRank) refuse_variable(name, "has more than 64 dimensions");
  std::uint64_t bytes = 0;
  if (!count_bytes(tensor.shape, tensor.dtype, bytes) || bytes != tensor.bytes) {
    refuse_variable(name, "has a size that differs from its shape and dtype");
  }
  if (bytes > UINT32_MAX) refuse_variable(name, "has 4 GiB or more");
  const bool fits = std::all_of(tensor.shape.begin(), tensor.shape.end(),
                                [](std::int64_t size) { return size <= UINT32_MAX; });
  if (!fits) refuse_variable(name, "has a dimension of more than 32 bits");
  if (tensor.data == nullptr && bytes > 0) refuse_variable(name, "has no data");
}

void check_names(std::span<const NamedTensor> variables,
                 std::span<const Ctranslate2Alias> aliases) {
  std::set<std::string_view> names;
  const auto add = [&names](const std::string& name) {
    check_text(name);
    if (!names.insert(name).second) refuse_variable(name, "occurs twice");
  };
  for (const NamedTensor& named : variables)
    add(named.name);
  const std::set<std::string_view> targets = names;
  for (const auto& [alias, target] : aliases) {
    add(alias);
    if (!targets.contains(target)) {
      refuse_variable(alias,
                      str("leads to '", escape_for_message(target), "', which is not a variable"));
    }
  }
}

/// What comes between the data of two variables.
class Text {
 public:
  template <class Number>
  void add_number(Number value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void add_text(const std::string& text) {
    add_number(static_cast<std::uint16_t>(text.size() + 1));
    bytes_.append(text.c_str(), text.size() + 1);
  }
  void write_to(FileWriter& file) {
    file.write(std::as_bytes(std::span(bytes_)));
    bytes_.clear();
  }

 private:
  std::string bytes_;
};

void add_description(Text& text, const NamedTensor& named) {
  const TensorView& tensor = named.tensor;
  text.add_text(named.name);
  text.add_number(static_cast<std::uint8_t>(tensor.shape.size()));
  for (const std::int64_t size : tensor.shape)
    text.add_number(static_cast<std::uint32_t>(size));
  const auto* type = std::find(kCtranslate2Types.begin(), kCtranslate2Types.end(), tensor.dtype);
  text.add_number(static_cast<std::uint8_t>(type - kCtranslate2Types.begin()));
  text.add_number(static_cast<std::uint32_t>(tensor.bytes));
}

/// Pointers, by name.
template <class Item, class Name>
std::vector<const Item*> sorted(std::span<const Item> items, Name Item::*name) {
  std::vector<const Item*> order;
  for (const Item& item : items)
    order.push_back(&item);
  std::sort(order.begin(), order.end(),
            [name](const Item* a, const Item* b) { return a->*name < b->*name; });
  return order;
}

}  // namespace

void write_ctranslate2(const std::filesystem::path& path, const Ctranslate2Header& header,
                       std::span<const NamedTensor> variables,
                       std::span<const Ctranslate2Alias> aliases) {
  check_text(header.spec);
  std::for_each(variables.begin(), variables.end(), check_variable);
  check_names(variables, aliases);

  FileWriter file(path, FileWriter::Mode::replace);
  Text text;
  text.add_number(kCtranslate2Version);
  text.add_text(header.spec);
  text.add_number(header.revision);
  text.add_number(static_cast<std::uint32_t>(variables.size()));
  for (const NamedTensor* named : sorted(variables, &NamedTensor::name)) {
    add_description(text, *named);
    text.write_to(file);
    file.write({named->tensor.data, named->tensor.bytes});
  }
  text.add_number(static_cast<std::uint32_t>(aliases.size()));
  for (const Ctranslate2Alias* alias : sorted(aliases, &Ctranslate2Alias::first)) {
    text.add_text(alias->first);
    text.add_text(alias->second);
  }
  text.write_to(file);
  file.close();
}

}  // namespace regard
