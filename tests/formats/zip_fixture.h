#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "regard/formats/zip.h"

#include "formats/temporary_folder.h"

namespace regard {

/// Makes files to pack.
class ZipFixture : public testing::Test {
 protected:
  ZipEntry entry(const std::string& name, const std::string& contents) {
    const std::filesystem::path file = folder_ / ("file" + std::to_string(num_files_++));
    write_bytes(file, contents);
    return {name, file};
  }
  /// The bytes of a zip file of these entries.
  std::string zipped(const std::vector<ZipEntry>& entries, ZipMethod method) {
    write_zip(path_, entries, method);
    return bytes_of(path_);
  }
  /// One entry, "a", of 1000 times 'x'.
  std::string small_file(ZipMethod method) {
    return zipped({entry("a", std::string(1000, 'x'))}, method);
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "archive.zip";
  int num_files_ = 0;
};

}  // namespace regard
