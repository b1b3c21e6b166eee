#include "regard/formats/npz.h"

#include <string_view>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/formats/zip.h"

#include "formats/npz_array.h"

namespace regard {
namespace {

constexpr std::string_view kSuffix = ".npy";

}  // namespace

NpzFile NpzFile::open(const std::filesystem::path& path) {
  const ZipFile zip = ZipFile::open(path);
  const auto storage = std::make_shared<std::vector<std::unique_ptr<std::byte[]>>>();
  NpzFile file;
  file.path_ = path;
  file.storage_ = storage;
  for (const std::string& entry : zip.names()) {
    const SourceSpot spot{path.string()};
    if (!entry.ends_with(kSuffix)) {
      throw UserError(spot,
                      str("entry ", quote_for_message(entry),
                          " is not an array: its name does not end in ", kSuffix),
                      "use a file written by NumPy's savez or by Marian");
    }
    std::string name = entry.substr(0, entry.size() - kSuffix.size());
    const std::size_t size = zip.size(entry);
    // Uninitialized, so a wrong size costs no memory before the contents show that it is wrong.
    storage->push_back(std::make_unique_for_overwrite<std::byte[]>(size));
    const std::span<std::byte> bytes(storage->back().get(), size);
    zip.read_into(entry, bytes);
    try {
      file.arrays_.emplace(name, parse_npy(bytes));
    } catch (const NpyProblem& problem) {
      throw UserError(spot, str("array ", quote_for_message(name), " ", problem.what), problem.fix);
    }
    file.names_.push_back(std::move(name));
  }
  return file;
}

const TensorView& NpzFile::at(const std::string& name) const {
  const auto found = arrays_.find(name);
  if (found == arrays_.end()) {
    throw UserError(SourceSpot{path_.string()}, str("has no array ", quote_for_message(name)));
  }
  return found->second;
}

}  // namespace regard
