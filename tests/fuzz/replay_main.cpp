#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/fuzz_support.h"

// Runs a fuzz target over all files of the folders that are named on the command line; a folder
// that does not exist holds none. No file at all is a failure.

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  if (!fs::is_directory(folder)) return files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::uint8_t> bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(in), {}};
  regard::fuzz::require(!in.bad(), "a case cannot be read");
  return bytes;
}

}  // namespace

int main(int num_arguments, char** arguments) {
  std::size_t num_files = 0;
  for (int i = 1; i < num_arguments; ++i) {
    for (const fs::path& file : files_in(arguments[i])) {
      std::printf("%s\n", file.c_str());
      std::fflush(stdout);  // a crash shall name its case
      const std::vector<std::uint8_t> bytes = bytes_of(file);
      LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
      ++num_files;
    }
  }
  std::printf("replayed %zu files\n", num_files);
  return num_files == 0 ? 1 : 0;
}
