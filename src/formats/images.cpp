#include "regard/formats/images.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <optional>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/formats/idx.h"
#include "regard/formats/npz.h"

namespace regard {
namespace {

using Shape = std::vector<std::int64_t>;

constexpr std::int64_t kMaxChannels = 4;
constexpr std::int64_t kMaxImageLabel = 65'535;

bool is_npz(const std::filesystem::path& path) {
  return path.extension() == ".npz";
}

std::string to_text(const Shape& shape) {
  std::vector<std::string> sizes;
  for (const std::int64_t size : shape)
    sizes.push_back(std::to_string(size));
  return str("[", join(sizes, ", "), "]");
}

bool is_shape_of_images(const Shape& shape) {
  return shape.size() == 3 || (shape.size() == 4 && shape[3] >= 1 && shape[3] <= kMaxChannels);
}
bool is_shape_of_labels(const Shape& shape) {
  return shape.size() == 1 || (shape.size() == 2 && shape[1] == 1);
}

/// Of whole numbers; nothing for other types.
std::optional<std::int64_t> whole_number_at(const TensorView& view, std::size_t place) {
  const std::byte* const at = view.data + place * size_of(view.dtype);
  const auto as = [at]<class Number>(Number value) {
    std::memcpy(&value, at, sizeof value);
    return static_cast<std::int64_t>(value);
  };
  switch (view.dtype) {
    case DType::u8:
      return as(std::uint8_t{});
    case DType::i8:
      return as(std::int8_t{});
    case DType::u16:
      return as(std::uint16_t{});
    case DType::i16:
      return as(std::int16_t{});
    case DType::i32:
      return as(std::int32_t{});
    case DType::i64:
      return as(std::int64_t{});
    default:
      return std::nullopt;
  }
}

[[noreturn]] void refuse_images(const std::filesystem::path& path, const std::string& what,
                                const std::string& fix) {
  throw UserError(SourceSpot{path.string()}, what, fix);
}

/// The array of this name or, without a name, the only one that fits.
const TensorView& choose_array(const NpzFile& file, const std::string& array,
                               const std::function<bool(const TensorView&)>& fits) {
  const std::string all = escape_for_message(join(file.names(), ", "));
  if (!array.empty()) {
    if (file.contains(array)) return file.at(array);
    refuse_images(file.path(), str("has no array ", quote_for_message(array)),
                  str("name one of ", all));
  }
  const TensorView* chosen = nullptr;
  for (const std::string& name : file.names()) {
    if (!fits(file.at(name))) continue;
    if (chosen != nullptr)
      refuse_images(file.path(), "has several arrays that may be meant", str("name one of ", all));
    chosen = &file.at(name);
  }
  if (chosen == nullptr)
    refuse_images(file.path(), "has no array of a fitting shape and type", str("it has ", all));
  return *chosen;
}

ByteImages images_of(const std::filesystem::path& path, const Shape& shape,
                     std::vector<std::uint8_t> pixels) {
  if (!is_shape_of_images(shape)) {
    refuse_images(path, str("has shape ", to_text(shape), ", which is none of images"),
                  "give [images, height, width], or 1 to 4 channels behind them");
  }
  if (pixels.empty())
    refuse_images(path, str("has no pixels: shape ", to_text(shape)), "give images");
  return {shape[0], shape[1], shape[2], shape.size() == 4 ? shape[3] : 1, std::move(pixels)};
}

std::int32_t image_label(const std::filesystem::path& path, std::int64_t value, std::size_t place) {
  if (value < 0 || value > kMaxImageLabel) {
    refuse_images(path, str("label ", value, " of image ", place + 1, " is no class"),
                  "number classes from 0 to 65535");
  }
  return static_cast<std::int32_t>(value);
}

}  // namespace

ByteImages read_images(const std::filesystem::path& path, const std::string& array) {
  if (!is_npz(path)) {
    IdxBytes idx = read_idx(path);
    return images_of(path, idx.shape, std::move(idx.values));
  }
  const NpzFile file = NpzFile::open(path);
  const TensorView& view = choose_array(file, array, [](const TensorView& each) {
    return each.dtype == DType::u8 && is_shape_of_images(each.shape);
  });
  if (view.dtype != DType::u8) {
    refuse_images(path, str("the images are ", name_of(view.dtype), ", not bytes (U8)"),
                  "write the pixels as unsigned bytes, 0 to 255");
  }
  std::vector<std::uint8_t> pixels(view.bytes);
  if (!pixels.empty()) std::memcpy(pixels.data(), view.data, view.bytes);
  return images_of(path, view.shape, std::move(pixels));
}

std::vector<std::int32_t> read_image_labels(const std::filesystem::path& path,
                                            const std::string& array) {
  std::vector<std::int32_t> labels;
  if (!is_npz(path)) {
    const IdxBytes idx = read_idx(path);
    if (!is_shape_of_labels(idx.shape))
      refuse_images(path, str("has shape ", to_text(idx.shape), ", which is none of labels"),
                    "give [images]");
    labels.assign(idx.values.begin(), idx.values.end());
  } else {
    const NpzFile file = NpzFile::open(path);
    const auto fits = [](const TensorView& each) {
      const bool is_whole = each.dtype == DType::u8 || each.dtype == DType::i8 ||
                            each.dtype == DType::i16 || each.dtype == DType::u16 ||
                            each.dtype == DType::i32 || each.dtype == DType::i64;
      return is_whole && is_shape_of_labels(each.shape);
    };
    const TensorView& view = choose_array(file, array, fits);
    if (!fits(view)) {
      refuse_images(path,
                    str("the labels are ", name_of(view.dtype), " of shape ", to_text(view.shape)),
                    "give whole numbers of shape [images]");
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(view.shape[0]); ++i)
      labels.push_back(image_label(path, whole_number_at(view, i).value_or(-1), i));
  }
  if (labels.empty()) refuse_images(path, "has no labels", "give a label per image");
  return labels;
}

void require_label_per_image(const ByteImages& images, const std::filesystem::path& image_file,
                             const std::vector<std::int32_t>& labels,
                             const std::filesystem::path& label_file) {
  const auto num_labels = static_cast<std::int64_t>(labels.size());
  if (num_labels == images.num_images) return;
  throw UserError(SourceSpot{label_file.string()},
                  str(with_thousands(num_labels), num_labels == 1 ? " label" : " labels", ", but ",
                      image_file.string(), " has ", with_thousands(images.num_images), " images"),
                  "give the labels of these images");
}

}  // namespace regard
