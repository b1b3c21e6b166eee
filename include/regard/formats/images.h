#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace regard {

/// Images of one size. Grey ones have one channel.
struct ByteImages {
  std::int64_t num_images = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;
  std::vector<std::uint8_t> pixels;  ///< [images, height, width, channels]
};

/// Reads images from an IDX file, packed or not, or from an .npz file (by its name), as bytes of
/// shape [images, height, width] or [images, height, width, channels] with 1 to 4 channels.
/// `array`: which one of an .npz file; empty = the only one of such a shape. Throws UserError
/// naming the file and what is wrong: like read_idx() and NpzFile::open(), another shape or type,
/// no such array, several, no image, an empty one.
ByteImages read_images(const std::filesystem::path& path, const std::string& array = "");

/// Reads the labels of images from an IDX file, or from an .npz file: whole numbers of shape
/// [images] or [images, 1]. `array` as above. Throws UserError like read_images(), and for a number
/// below 0 or above 65,535.
std::vector<std::int32_t> read_image_labels(const std::filesystem::path& path,
                                            const std::string& array = "");

/// Throws UserError naming both files unless there is a label for every image.
void require_label_per_image(const ByteImages& images, const std::filesystem::path& image_file,
                             const std::vector<std::int32_t>& labels,
                             const std::filesystem::path& label_file);

}  // namespace regard
