#include "run/own_links.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/data/own_links.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEnding = ".own_links";

/// Tells a text from another, or from itself after a change.
std::string state_of(const fs::path& path) {
  return str(path.string(), '\n', fs::file_size(path), ' ',
             fs::last_write_time(path).time_since_epoch().count(), '\n');
}

}  // namespace

OwnLinks::OwnLinks(fs::path cache, int threads, const AlignmentWatch& watch)
    : folder_(std::move(cache)), threads_(threads), watch_(watch) {}

void OwnLinks::make(const CorpusFiles& corpus, const fs::path& links) const {
  WordAlignmentOptions options;
  options.source = corpus.source.string();
  options.target = corpus.target.string();
  options.output = links.string();
  options.invalid_utf8 = InvalidUtf8::replace;
  options.threads = threads_;
  watch_.logger.info(str("alignments: auto: aligning ", options.source, " and ", options.target));
  if (!align_texts(options, watch_)) throw RunError("stopped while aligning words");
}

void OwnLinks::remove_others(const std::vector<CorpusFiles>& files) const {
  std::error_code error;
  std::vector<fs::path> old;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_, error)) {
    const bool is_used = std::any_of(files.begin(), files.end(), [&](const CorpusFiles& corpus) {
      return corpus.alignments == entry.path();
    });
    if (entry.path().extension() == kEnding && !is_used) old.push_back(entry.path());
  }
  for (const fs::path& path : old)
    fs::remove(path, error);
}

void OwnLinks::add_to(std::vector<CorpusFiles>& files) {
  const auto is_asked = [](const CorpusFiles& corpus) { return corpus.alignments == kOwnLinks; };
  if (std::none_of(files.begin(), files.end(), is_asked)) return;
  if (folder_.empty()) folder_ = scratch_.emplace().path();
  fs::create_directories(folder_);
  for (CorpusFiles& corpus : files) {
    if (!is_asked(corpus)) continue;
    const std::uint64_t key = fingerprint(state_of(corpus.source) + state_of(corpus.target));
    const fs::path links = folder_ / (to_hex(key) + kEnding);
    if (!fs::exists(links)) make(corpus, links);
    corpus.alignments = links;
  }
  remove_others(files);
}

}  // namespace regard
