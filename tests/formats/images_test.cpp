#include "regard/formats/images.h"

#include <zlib.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/formats/idx.h"
#include "regard/formats/zip.h"

#include "formats/temporary_folder.h"

namespace regard {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string big_endian_word(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16 & 0xFF),
          static_cast<char>(value >> 8 & 0xFF), static_cast<char>(value & 0xFF)};
}
std::string idx_file(const std::vector<std::uint32_t>& shape, const std::string& values,
                     char type = 8) {
  std::string file = {0, 0, type, static_cast<char>(shape.size())};
  for (const std::uint32_t size : shape)
    file += big_endian_word(size);
  return file + values;
}
std::string values_to(int count) {
  std::string values;
  for (int i = 0; i < count; ++i)
    values += static_cast<char>(i);
  return values;
}

std::string gzip_of(const TemporaryFolder& folder, const std::string& bytes) {
  const std::string path = (folder / "packed.gz").string();
  gzFile file = ::gzopen(path.c_str(), "wb");
  if (file == nullptr ||
      ::gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())) !=
          static_cast<int>(bytes.size()) ||
      ::gzclose(file) != Z_OK) {
    throw std::runtime_error("gzip failed");
  }
  return read_file(path);
}

/// An .npy file of version 1.
std::string npy_file(const std::string& type, const std::string& shape, const std::string& data) {
  const std::string header =
      "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header +
         data;
}

class Images : public testing::Test {
 protected:
  std::filesystem::path put(const std::string& name, const std::string& bytes) {
    write_file_atomically(folder_ / name, bytes);
    return folder_ / name;
  }
  std::filesystem::path put_npz(const std::vector<std::pair<std::string, std::string>>& arrays) {
    std::vector<ZipEntry> entries;
    for (const auto& [name, bytes] : arrays)
      entries.push_back({name + ".npy", put(name + ".npy", bytes)});
    write_zip(folder_ / "file.npz", entries);
    return folder_ / "file.npz";
  }
  std::string error_of_idx(const std::string& bytes) {
    return error_of([&] { read_idx(put("file", bytes)); });
  }
  template <class Call>
  static std::string error_of(Call call) {
    try {
      call();
    } catch (const UserError& error) {
      return error.what();
    }
    return "no error";
  }

  TemporaryFolder folder_;
};

TEST_F(Images, IdxIsReadPackedAndPlain) {
  const std::string bytes = idx_file({2, 2, 3}, values_to(12));
  for (const std::string& file : {bytes, gzip_of(folder_, bytes)}) {
    const IdxBytes idx = read_idx(put("images", file));
    EXPECT_THAT(idx.shape, ElementsAre(2, 2, 3));
    ASSERT_EQ(idx.values.size(), 12U);
    EXPECT_EQ(idx.values[11], 11);
    const ByteImages images = read_images(folder_ / "images");
    EXPECT_EQ(images.num_images, 2);
    EXPECT_EQ(images.height, 2);
    EXPECT_EQ(images.width, 3);
    EXPECT_EQ(images.channels, 1);
    EXPECT_EQ(images.pixels, idx.values);
  }
  EXPECT_THAT(read_image_labels(put("labels", idx_file({3}, "\x07\x01\xFF"))),
              ElementsAre(7, 1, 255));
}

TEST_F(Images, DamagedIdxIsNamedWithWhatIsWrong) {
  const std::string good = idx_file({2, 2}, values_to(4));
  EXPECT_EQ(error_of_idx(good), "no error");
  EXPECT_THAT(error_of_idx(""), HasSubstr("file: is no IDX file"));
  EXPECT_THAT(error_of_idx("PK\x03\x04"), HasSubstr("is no IDX file"));
  EXPECT_THAT(error_of_idx(idx_file({2}, "ab", 0x0D)), HasSubstr("numbers of type 13, not bytes"));
  EXPECT_THAT(error_of_idx(idx_file({}, "")), HasSubstr("has 0 dimensions"));
  EXPECT_THAT(error_of_idx(idx_file(std::vector<std::uint32_t>(9, 1), "a")),
              HasSubstr("has 9 dimensions"));
  for (std::size_t size = 4; size < 12; ++size)
    EXPECT_THAT(error_of_idx(good.substr(0, size)), HasSubstr("is cut in its header")) << size;
  EXPECT_THAT(error_of_idx(good.substr(0, 15)),
              HasSubstr("has 3 bytes of values, but its sizes multiply up to 4"));
  EXPECT_THAT(error_of_idx(good + "x"), HasSubstr("has more than the 4 bytes of values"));
  EXPECT_THAT(error_of_idx(idx_file({1 << 20, 1 << 20}, "x")),
              HasSubstr("multiply up to more than"));
  // Within the limit, but a lie: told without taking the memory.
  EXPECT_THAT(error_of_idx(idx_file({1 << 16, 1 << 16}, "x")),
              HasSubstr("has 1 bytes of values, but its sizes multiply up to 4,294,967,296"));
  EXPECT_THAT(error_of([&] { read_idx(folder_ / "none"); }), HasSubstr("none"));
}

TEST_F(Images, DamagedGzipIsRefused) {
  const std::string packed = gzip_of(folder_, idx_file({3, 1000}, std::string(3000, 'x')));
  EXPECT_EQ(error_of_idx(packed), "no error");
  EXPECT_THAT(error_of_idx(packed.substr(0, packed.size() - 9)), HasSubstr("file: "));
  std::string changed = packed;
  changed[changed.size() - 6] ^= 1;  // of the checksum
  EXPECT_THAT(error_of_idx(changed), HasSubstr("is cut or damaged"));
  int refused = 0;
  for (std::size_t size = 0; size < packed.size(); ++size)
    refused += error_of_idx(packed.substr(0, size)) == "no error" ? 0 : 1;
  EXPECT_EQ(refused, static_cast<int>(packed.size()));
}

TEST_F(Images, NpzArraysAreFoundByShapeOrName) {
  const auto path = put_npz({{"x_train", npy_file("|u1", "(2, 1, 2, 3)", values_to(12))},
                             {"y_train", npy_file("<i8", "(2, 1)",
                                                  std::string("\x05\0\0\0\0\0\0\0"
                                                              "\x01\1\0\0\0\0\0\0",
                                                              16))},
                             {"x_float", npy_file("<f4", "(1, 1, 1)", values_to(4))}});
  const ByteImages images = read_images(path);
  EXPECT_EQ(images.num_images, 2);
  EXPECT_EQ(images.height, 1);
  EXPECT_EQ(images.width, 2);
  EXPECT_EQ(images.channels, 3);
  EXPECT_EQ(images.pixels[11], 11);
  EXPECT_THAT(read_image_labels(path), ElementsAre(5, 257));
  EXPECT_EQ(read_images(path, "x_train").pixels, images.pixels);
  EXPECT_THAT(error_of([&] { read_images(path, "x_float"); }), HasSubstr("are F32, not bytes"));
  EXPECT_THAT(error_of([&] { read_images(path, "y"); }),
              HasSubstr("has no array 'y'. Fix: name one of x_train, y_train, x_float"));
  EXPECT_THAT(error_of([&] { read_image_labels(path, "x_train"); }),
              HasSubstr("the labels are U8 of shape [2, 1, 2, 3]"));
}

TEST_F(Images, AmbiguousAndMissingArraysAreRefused) {
  const std::string one = npy_file("|u1", "(1, 1, 1)", "x");
  const auto two = put_npz({{"train", one}, {"test", one}});
  EXPECT_THAT(error_of([&] { read_images(two); }),
              HasSubstr("several arrays that may be meant. Fix: name one of train, test"));
  EXPECT_THAT(error_of([&] { read_image_labels(two); }), HasSubstr("no array of a fitting shape"));
  const auto negative = put_npz({{"y", npy_file("|i1", "(2,)", "\x01\xFF")}});
  EXPECT_THAT(error_of([&] { read_image_labels(negative); }),
              HasSubstr("label -1 of image 2 is no class"));
}

TEST_F(Images, OtherShapesAreRefused) {
  EXPECT_THAT(error_of([&] { read_images(put("f", idx_file({4}, "abcd"))); }),
              HasSubstr("has shape [4], which is none of images"));
  EXPECT_THAT(error_of([&] {
                read_images(put("f", idx_file({1, 1, 1, 5}, "abcde")));
              }),
              HasSubstr("has shape [1, 1, 1, 5]"));
  EXPECT_THAT(error_of([&] {
                read_images(put("f", idx_file({0, 28, 28}, "")));
              }),
              HasSubstr("has no pixels"));
  EXPECT_THAT(error_of([&] {
                read_image_labels(put("f", idx_file({2, 2}, "abcd")));
              }),
              HasSubstr("none of labels"));
  EXPECT_THAT(error_of([&] { read_image_labels(put("f", idx_file({0}, ""))); }),
              HasSubstr("has no labels"));
}

TEST_F(Images, EveryImageHasALabel) {
  const ByteImages images = read_images(put("images", idx_file({2, 1, 1}, "ab")));
  require_label_per_image(images, "images", {1, 2}, "labels");
  EXPECT_EQ(error_of([&] { require_label_per_image(images, "images", {1}, "labels"); }),
            "labels: 1 label, but images has 2 images. Fix: give the labels of these images.");
}

}  // namespace
}  // namespace regard
