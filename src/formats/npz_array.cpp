#include "formats/npz_array.h"

#include <array>
#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>

#include "regard/core/strings.h"

#include "formats/safetensors_header.h"

namespace regard {
namespace {

constexpr const char* kArrayFix =
    "the file is truncated, corrupt or not an .npz file; get a new copy";
constexpr std::string_view kMagic = "\x93NUMPY";

[[noreturn]] void refuse_array(std::string what, std::string fix = kArrayFix) {
  throw NpyProblem{std::move(what), std::move(fix)};
}

std::string quoted(std::string_view text) {
  constexpr std::size_t kShown = 60;
  return quote_for_message(text, kShown);
}

DType parse_descr(std::string_view descr) {
  struct Name {
    std::string_view text;
    DType dtype;
  };
  // One byte has no order; NumPy writes '|', the library that Marian uses writes '<'.
  constexpr std::array<Name, 12> kNames = {{{"<f4", DType::f32},
                                            {"<f2", DType::f16},
                                            {"<f8", DType::f64},
                                            {"|i1", DType::i8},
                                            {"<i1", DType::i8},
                                            {"|u1", DType::u8},
                                            {"<u1", DType::u8},
                                            {"<i2", DType::i16},
                                            {"<i4", DType::i32},
                                            {"<i8", DType::i64},
                                            {"|b1", DType::boolean},
                                            {"<b1", DType::boolean}}};
  for (const Name& name : kNames) {
    if (name.text == descr) return name.dtype;
  }
  refuse_array(str("has dtype ", quoted(descr), ", which is not supported"),
               "save it as one of f2, f4, f8, i1, i2, i4, i8, u1, b1, little-endian");
}

/// Reads the dictionary of a header: Python's text of it, with no other values than these.
class DictReader {
 public:
  struct Dict {
    DType dtype = DType::f32;
    bool is_fortran = false;
    std::vector<std::int64_t> shape;
  };

  explicit DictReader(std::string_view text) : text_(text) {}

  Dict read() {
    expect('{');
    while (!accept('}')) {
      read_item();
      if (accept(',')) continue;
      expect('}');
      break;
    }
    if (text_.find_first_not_of(" \n", used_) != std::string_view::npos) refuse_here("the end");
    if (!has_descr_ || !has_order_ || !has_shape_) {
      refuse_array("has no descr, fortran_order or shape in its header");
    }
    return dict_;
  }

 private:
  void read_item() {
    const std::string_view key = read_string();
    expect(':');
    const auto note = [key](bool& is_known) {
      if (std::exchange(is_known, true)) refuse_array(str("has ", key, " twice in its header"));
    };
    if (key == "descr") {
      note(has_descr_);
      if (peek() == '[') {
        refuse_array("contains records of several fields", "save every field as a separate array");
      }
      dict_.dtype = parse_descr(read_string());
    } else if (key == "fortran_order") {
      note(has_order_);
      dict_.is_fortran = read_boolean();
    } else if (key == "shape") {
      note(has_shape_);
      read_shape();
    } else {
      refuse_array(str("has the unknown key ", quoted(key), " in its header"));
    }
  }

  void read_shape() {
    expect('(');
    while (!accept(')')) {
      if (dict_.shape.size() == kMaxTensorRank)
        refuse_array(str("has more than ", kMaxTensorRank, " dimensions"));
      dict_.shape.push_back(read_count());
      if (accept(',')) continue;
      expect(')');
      // Python takes (5) for the number 5.
      if (dict_.shape.size() == 1) refuse_array("has a shape that is not a tuple");
      break;
    }
  }

  std::int64_t read_count() {
    skip_spaces();
    std::int64_t count = 0;
    const char* start = text_.data() + used_;
    const auto [end, error] = std::from_chars(start, text_.data() + text_.size(), count);
    if (error == std::errc::result_out_of_range)
      refuse_array("has a dimension of more than 64 bits");
    if (error != std::errc() || count < 0) refuse_here("a dimension");
    used_ += static_cast<std::size_t>(end - start);
    return count;
  }

  bool read_boolean() {
    skip_spaces();
    for (const std::string_view word : {"True", "False"}) {
      if (text_.substr(used_).starts_with(word)) {
        used_ += word.size();
        return word == "True";
      }
    }
    refuse_here("True or False");
  }

  /// Text in quotes, without escapes.
  std::string_view read_string() {
    const char mark = peek();
    if (mark != '\'' && mark != '"') refuse_here("text in quotes");
    const std::size_t start = ++used_;
    used_ = text_.find(mark, start);
    if (used_ == std::string_view::npos) {
      used_ = start;
      refuse_here("the end of a text in quotes");
    }
    return text_.substr(start, used_++ - start);
  }

  void skip_spaces() {
    while (used_ < text_.size() && text_[used_] == ' ')
      ++used_;
  }
  /// The next character that is not space; a zero byte at the end.
  char peek() {
    skip_spaces();
    return used_ < text_.size() ? text_[used_] : '\0';
  }
  bool accept(char wanted) {
    if (used_ == text_.size() || peek() != wanted) return false;
    ++used_;
    return true;
  }
  void expect(char wanted) {
    if (!accept(wanted)) refuse_here(str("'", wanted, "'"));
  }
  [[noreturn]] void refuse_here(std::string_view wanted) {
    refuse_array(str("should have ", wanted, " at byte ", used_, " of its header, but has ",
                     quoted(text_.substr(used_, 20))));
  }

  std::string_view text_;
  std::size_t used_ = 0;
  Dict dict_;
  bool has_descr_ = false;
  bool has_order_ = false;
  bool has_shape_ = false;
};

/// Takes magic, version, length and header off the front of `bytes`; returns the header.
std::string_view take_header(std::span<const std::byte>& bytes) {
  const auto take = [&bytes](std::size_t count) {
    if (count > bytes.size()) {
      refuse_array(str("ends in its header, which needs ", count, " bytes more than the ",
                       bytes.size(), " that are left"));
    }
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), count);
    bytes = bytes.subspan(count);
    return text;
  };
  if (take(kMagic.size()) != kMagic) refuse_array("is not an .npy file");
  const std::string_view version = take(2);
  if (version[0] < 1 || version[0] > 3 || version[1] != 0) {
    refuse_array(str("has version ", int{static_cast<unsigned char>(version[0])}, ".",
                     int{static_cast<unsigned char>(version[1])},
                     " of the .npy format; 1.0 to 3.0 are supported"));
  }
  const std::string_view number = take(version[0] == 1 ? 2 : 4);
  std::uint32_t length = 0;
  std::memcpy(&length, number.data(), number.size());
  return take(length);
}

}  // namespace

TensorView parse_npy(std::span<const std::byte> bytes) {
  DictReader::Dict dict = DictReader(take_header(bytes)).read();
  if (dict.is_fortran && dict.shape.size() > 1) {
    refuse_array("is in Fortran order", "save it again as numpy.ascontiguousarray(...)");
  }
  TensorView array{dict.dtype, std::move(dict.shape), bytes.data(), bytes.size()};
  std::uint64_t expected = 0;
  if (!count_bytes(array.shape, array.dtype, expected)) {
    refuse_array("has a shape that is too large for 64 bits");
  }
  if (expected != bytes.size()) {
    refuse_array(str("needs ", expected, " bytes for its shape and dtype, but has ", bytes.size()));
  }
  return array;
}

}  // namespace regard
