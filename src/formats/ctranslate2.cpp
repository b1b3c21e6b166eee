#include "regard/formats/ctranslate2.h"

#include <cstring>
#include <string_view>
#include <type_traits>

#include "regard/core/error.h"
#include "regard/core/mapped_file.h"
#include "regard/core/strings.h"

#include "formats/ctranslate2_format.h"
#include "formats/safetensors_header.h"

namespace regard {
namespace {

constexpr const char* kModelFix =
    "the file is truncated, corrupt or not a CTranslate2 model.bin; convert it again";

/// Reads a file front to back. Every number is copied out once, so a file that changes meanwhile
/// cannot change what was checked.
class ByteReader {
 public:
  ByteReader(std::string file, const std::byte* bytes, std::size_t size)
      : file_(std::move(file)), bytes_(bytes), size_(size) {}

  [[noreturn]] void refuse(const std::string& what, const char* fix = kModelFix) const {
    throw UserError(SourceSpot{file_}, what, fix);
  }

  std::size_t left() const { return size_ - used_; }

  const std::byte* take(std::size_t count, std::string_view what) {
    if (count > left()) {
      refuse(str(what, " would have ", count, " bytes at byte ", used_, ", but the file ends ",
                 left(), " bytes later"));
    }
    const std::byte* start = bytes_ + used_;
    used_ += count;
    return start;
  }

  template <class Number>
  Number number(std::string_view what) {
    static_assert(std::is_integral_v<Number>);
    Number value = 0;
    std::memcpy(&value, take(sizeof value, what), sizeof value);
    return value;
  }

  /// The bytes behind their length, the zero byte at the end included in it.
  std::string text(std::string_view what) {
    const auto length = number<std::uint16_t>(what);
    const std::string bytes(reinterpret_cast<const char*>(take(length, what)), length);
    if (bytes.find('\0') + 1 != length || length < 2) {
      refuse(str(what, " ", quote_for_message(bytes),
                 " is not a text that ends with its only zero byte"));
    }
    return bytes.substr(0, length - 1U);
  }

 private:
  std::string file_;
  const std::byte* bytes_;
  std::size_t size_;
  std::size_t used_ = 0;
};

Ctranslate2Header read_header(ByteReader& reader) {
  const auto version = reader.number<std::uint32_t>("the binary version");
  if (version > kCtranslate2Version) {
    reader.refuse(
        str("has binary version ", version, "; the newest supported one is ", kCtranslate2Version),
        "convert the model with CTranslate2 4, or check that this is a model.bin");
  }
  if (version < kCtranslate2Version) {
    reader.refuse(str("has binary version ", version, "; only ", kCtranslate2Version, " is read"),
                  "convert the model again with CTranslate2 4");
  }
  Ctranslate2Header header;
  header.spec = reader.text("the name of the model type");
  header.revision = reader.number<std::uint32_t>("the revision");
  return header;
}

TensorView read_variable(ByteReader& reader, const std::string& name) {
  const std::string what = str("variable ", quote_for_message(name));
  TensorView variable;
  const auto rank = reader.number<std::uint8_t>(what);
  if (rank > kMaxTensorRank) {
    reader.refuse(str(what, " has ", int{rank}, " dimensions, more than ", kMaxTensorRank));
  }
  for (int i = 0; i < rank; ++i)
    variable.shape.push_back(reader.number<std::uint32_t>(what));
  const auto type = reader.number<std::uint8_t>(what);
  if (type >= kCtranslate2Types.size()) {
    reader.refuse(str(what, " has the unknown number type ", int{type}));
  }
  variable.dtype = kCtranslate2Types[type];
  variable.bytes = reader.number<std::uint32_t>(what);
  std::uint64_t expected = 0;
  if (!count_bytes(variable.shape, variable.dtype, expected)) {
    reader.refuse(str(what, ": its shape is too large for 64 bits"));
  }
  if (expected != variable.bytes) {
    reader.refuse(str(what, ": its shape and ", name_of(variable.dtype), " need ", expected,
                      " bytes, but the file gives it ", variable.bytes));
  }
  variable.data = reader.take(variable.bytes, what);
  return variable;
}

}  // namespace

Ctranslate2File Ctranslate2File::open(const std::filesystem::path& path) {
  const MappedFile mapped = MappedFile::open_private(path, sizeof kCtranslate2Version, kModelFix);
  ByteReader reader(path.string(), mapped.bytes().data(), mapped.bytes().size());
  Ctranslate2File file;
  file.path_ = path;
  file.storage_ = mapped.memory();
  file.header_ = read_header(reader);
  const auto add = [&](const std::string& name, std::size_t index) {
    if (!file.indices_.emplace(name, index).second) {
      reader.refuse(str("the name ", quote_for_message(name), " occurs twice"));
    }
    file.names_.push_back(name);
  };
  const auto num_variables = reader.number<std::uint32_t>("the number of variables");
  for (std::uint32_t i = 0; i < num_variables; ++i) {
    const std::string name = reader.text("the name of a variable");
    add(name, i);
    file.variables_.push_back(read_variable(reader, name));
  }
  const auto num_aliases = reader.number<std::uint32_t>("the number of aliases");
  for (std::uint32_t i = 0; i < num_aliases; ++i) {
    const std::string name = reader.text("the name of an alias");
    const std::string target = reader.text("the target of an alias");
    const auto found = file.indices_.find(target);
    // An alias is known under the position of its variable, whose name is another.
    const bool is_variable = found != file.indices_.end() && file.names_[found->second] == target;
    if (!is_variable) {
      reader.refuse(str("alias ", quote_for_message(name), " leads to ", quote_for_message(target),
                        ", which is not a variable"));
    }
    add(name, found->second);
    file.aliases_.emplace_back(name, target);
  }
  if (reader.left() != 0) {
    reader.refuse(str("has ", reader.left(), " bytes after its last alias"));
  }
  return file;
}

const TensorView& Ctranslate2File::at(const std::string& name) const {
  const auto found = indices_.find(name);
  if (found == indices_.end()) {
    throw UserError(SourceSpot{path_.string()}, str("has no variable ", quote_for_message(name)));
  }
  return variables_[found->second];
}

}  // namespace regard
