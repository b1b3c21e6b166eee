#include "formats/safetensors_header.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/core/utf8.h"
#include "regard/formats/strict_json.h"

namespace regard {
namespace {

/// Collects what a header says; the relations between the numbers are checked afterwards.
class HeaderReader final : public StrictJsonReader {
 public:
  SafetensorsHeader header;

  bool start_object(std::size_t) override {
    if (where_ == Where::outside) return enter(Where::file);
    if (where_ != Where::file) return refuse_value("an object");
    fields_ = {};
    if (key_ != kMetadataName) {
      header.tensors.push_back({.name = key_});
      return enter(Where::tensor);
    }
    if (std::exchange(has_metadata_, true)) return refuse("duplicate key '__metadata__'");
    return enter(Where::metadata);
  }

  bool key(std::string& name) override {
    key_ = std::move(name);
    if (where_ == Where::metadata && header.metadata.contains(key_)) {
      return refuse(str("__metadata__: duplicate key ", quote_for_message(key_)));
    }
    if (where_ != Where::tensor) return true;
    const auto* field = std::find(kFields.begin(), kFields.end(), key_);
    if (field == kFields.end()) return refuse_here(str("unknown key ", quote_for_message(key_)));
    bool& is_known = fields_[static_cast<std::size_t>(field - kFields.begin())];
    if (std::exchange(is_known, true))
      return refuse_here(str("duplicate key ", quote_for_message(key_)));
    return true;
  }

  bool string(std::string& value) override {
    if (where_ == Where::metadata) {
      header.metadata.emplace(key_, std::move(value));
      return true;
    }
    if (where_ != Where::tensor || key_ != "dtype") return refuse_value("a string");
    const std::optional<DType> dtype = find_dtype(value);
    if (!dtype) return refuse_here(str("unknown dtype ", quote_for_message(value)));
    header.tensors.back().dtype = *dtype;
    return true;
  }

  bool start_array(std::size_t) override {
    if (where_ != Where::tensor || key_ == "dtype") return refuse_value("an array");
    offsets_.clear();
    return enter(key_ == "shape" ? Where::shape : Where::offsets);
  }

  bool number_unsigned(std::uint64_t value) override {
    if (where_ == Where::shape) return add_dimension(value);
    if (where_ != Where::offsets) return refuse_value("a number");
    if (offsets_.size() == 2) return refuse_here("data_offsets has more than 2 numbers");
    offsets_.push_back(value);
    return true;
  }

  bool end_array() override {
    if (where_ == Where::offsets) {
      if (offsets_.size() != 2) return refuse_here("data_offsets has fewer than 2 numbers");
      header.tensors.back().begin = offsets_[0];
      header.tensors.back().end = offsets_[1];
    }
    return enter(Where::tensor);
  }

  bool end_object() override {
    if (where_ == Where::file) return enter(Where::outside);
    if (where_ == Where::tensor) {
      for (std::size_t i = 0; i < kFields.size(); ++i) {
        if (!fields_[i]) return refuse_here(str("has no ", kFields[i]));
      }
    }
    return enter(Where::file);
  }

 protected:
  bool refuse_value(std::string_view value) override {
    switch (where_) {
      case Where::outside:
        return refuse(str("the header is ", value, ", not an object"));
      case Where::file:
        return refuse(str("the entry ", quote_for_message(key_), " is ", value, ", not an object"));
      case Where::metadata:
        return refuse(str("__metadata__: the value of ", quote_for_message(key_), " is ", value,
                          ", not a string"));
      default:
        return refuse_here(str(key_, " must not contain ", value));
    }
  }

 private:
  enum class Where { outside, file, metadata, tensor, shape, offsets };
  static constexpr std::array<std::string_view, 3> kFields = {"dtype", "shape", "data_offsets"};

  bool enter(Where where) {
    where_ = where;
    return true;
  }
  bool refuse_here(std::string_view problem) {
    return refuse(str("tensor ", quote_for_message(header.tensors.back().name), ": ", problem));
  }
  bool add_dimension(std::uint64_t value) {
    std::vector<std::int64_t>& shape = header.tensors.back().shape;
    if (value > INT64_MAX) return refuse_here(str("the dimension ", value, " is too large"));
    if (shape.size() == kMaxTensorRank)
      return refuse_here(str("has more than ", kMaxTensorRank, " dimensions"));
    shape.push_back(static_cast<std::int64_t>(value));
    return true;
  }

  Where where_ = Where::outside;
  std::string key_;
  std::array<bool, kFields.size()> fields_{};
  std::vector<std::uint64_t> offsets_;
  bool has_metadata_ = false;
};

/// Accepts one object whose values are strings.
class StringMapReader final : public StrictJsonReader {
 public:
  Metadata strings;

  bool start_object(std::size_t) override {
    if (std::exchange(is_inside_, true)) return refuse_value("an object");
    return true;
  }
  bool key(std::string& name) override {
    key_ = std::move(name);
    return !strings.contains(key_) || refuse(str("duplicate key ", quote_for_message(key_)));
  }
  bool string(std::string& value) override {
    if (!is_inside_) return refuse_value("a string");
    strings.emplace(key_, std::move(value));
    return true;
  }
  bool end_object() override { return true; }

 protected:
  bool refuse_value(std::string_view value) override {
    if (!is_inside_) return refuse(str("it is ", value, ", not an object"));
    return refuse(str("the value of ", quote_for_message(key_), " is ", value, ", not a string"));
  }

 private:
  std::string key_;
  bool is_inside_ = false;
};

[[noreturn]] void refuse_file(const std::string& file, const std::string& what) {
  throw UserError(SourceSpot{file}, what, kSafetensorsFix);
}

void check_text(const std::string& file, std::string_view json) {
  if (json.empty() || json.front() != '{') refuse_file(file, "the header does not begin with '{'");
  if (json[json.find_last_not_of(' ')] != '}') {
    refuse_file(file, "the header does not end with '}' and spaces");
  }
  if (const std::size_t bad = first_invalid_utf8(json); bad != std::string_view::npos) {
    refuse_file(file, str("the header is not UTF-8 at byte ", bad));
  }
}

void check_names(const std::string& file, const std::vector<TensorEntry>& tensors) {
  std::vector<std::string_view> names;
  names.reserve(tensors.size());
  for (const TensorEntry& tensor : tensors)
    names.push_back(tensor.name);
  std::sort(names.begin(), names.end());
  const auto twin = std::adjacent_find(names.begin(), names.end());
  if (twin != names.end()) refuse_file(file, str("duplicate tensor ", quote_for_message(*twin)));
}

/// Tensors must cover the data without holes or overlaps, each with as many bytes as its shape
/// says.
void check_layout(const std::string& file, const std::vector<TensorEntry>& tensors,
                  std::uint64_t data_bytes) {
  std::uint64_t covered = 0;
  for (const TensorEntry& tensor : tensors) {
    const auto refuse = [&](const std::string& what) {
      refuse_file(file, str("tensor ", quote_for_message(tensor.name), ": ", what));
    };
    if (tensor.end < tensor.begin) {
      refuse(str("its data ends at byte ", tensor.end, ", before it begins at ", tensor.begin));
    }
    if (tensor.begin != covered) {
      refuse(str("its data begins at byte ", tensor.begin, ", but the data before it ends at ",
                 covered));
    }
    std::uint64_t bytes = 0;
    if (!count_bytes(tensor.shape, tensor.dtype, bytes))
      refuse("its shape is too large for 64 bits");
    if (tensor.end - tensor.begin != bytes) {
      refuse(str("its shape and dtype need ", bytes, " bytes, but data_offsets give it ",
                 tensor.end - tensor.begin));
    }
    covered = tensor.end;
  }
  if (covered != data_bytes) {
    refuse_file(file, str("the header describes ", covered, " bytes of data, but the file has ",
                          data_bytes));
  }
}

}  // namespace

SafetensorsHeader parse_header(const std::string& file, std::string_view json,
                               std::uint64_t data_bytes) {
  check_text(file, json);
  HeaderReader reader;
  if (!reader.read(json)) refuse_file(file, reader.problem());
  std::vector<TensorEntry>& tensors = reader.header.tensors;
  check_names(file, tensors);
  std::stable_sort(tensors.begin(), tensors.end(), [](const TensorEntry& a, const TensorEntry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  check_layout(file, tensors, data_bytes);
  return std::move(reader.header);
}

Metadata parse_string_map(const std::string& file, std::string_view what, std::string_view json) {
  StringMapReader reader;
  if (!reader.read(json)) refuse_file(file, str(what, ": ", reader.problem()));
  return std::move(reader.strings);
}

}  // namespace regard
