#include "regard/train/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <iomanip>
#include <set>
#include <sstream>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/run_layout.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = run_layout::kUpdatePrefix;
constexpr std::uint64_t kLongestState = 1 << 20;  // bytes of a state.json

std::string name_of(std::int64_t update) {
  std::ostringstream name;
  name << kPrefix << std::setw(8) << std::setfill('0') << update;
  return name.str();
}

std::optional<std::int64_t> update_of(const std::string& name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  const char* begin = name.data() + kPrefix.size();
  const char* end = name.data() + name.size();
  std::int64_t update = 0;
  const auto [stop, code] = std::from_chars(begin, end, update);
  if (code != std::errc() || stop != end || update < 0) return std::nullopt;
  return update;
}

/// The key under which training_state.safetensors carries the fingerprint of state.json, which has
/// no checksum itself.
constexpr const char* kStateKey = "regard.state";

void check_state(const SafetensorsFile& training, const std::string& json, const fs::path& place) {
  const auto expected = training.metadata().find(kStateKey);
  if (expected != training.metadata().end() && expected->second == to_hex(fingerprint(json)))
    return;
  throw UserError(SourceSpot{place.string()},
                  "does not belong to the tensors next to it, or is corrupt",
                  "remove this checkpoint");
}

bool is_whole(const fs::path& weights) {
  try {
    SafetensorsFile::open(weights);
    return true;
  } catch (const UserError&) {
    return false;
  }
}

TrainingState load_folder(const fs::path& folder, const CheckpointTensors& tensors) {
  const std::string json = read_file(folder / run_layout::kState, kLongestState);
  TrainingState state = training_state_from_json(json, folder / run_layout::kState);
  const fs::path weights = folder / run_layout::kWeights;
  const fs::path training = folder / run_layout::kTrainingTensors;
  // Both files are opened, which checks them completely, before either changes anything.
  const SafetensorsFile weights_file = SafetensorsFile::open(weights);
  const SafetensorsFile training_file = SafetensorsFile::open(training);
  check_state(training_file, json, folder / run_layout::kState);
  load_tensors(training_file, training, tensors.training);
  load_tensors(weights_file, weights, tensors.weights);
  return state;
}

}  // namespace

CheckpointStore::CheckpointStore(fs::path run, const CheckpointOptions& options)
    : run_(std::move(run)), folder_(run_ / run_layout::kCheckpoints), options_(options) {}

fs::path CheckpointStore::folder_of(std::int64_t update) const {
  return folder_ / name_of(update);
}

std::vector<std::int64_t> CheckpointStore::updates() const {
  std::vector<std::int64_t> updates;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder_, none)) {
    const auto update = update_of(entry.path().filename().string());
    if (update && entry.is_directory() && !entry.is_symlink()) updates.push_back(*update);
  }
  std::sort(updates.begin(), updates.end());
  return updates;
}

bool CheckpointStore::save(const TrainingState& state, const CheckpointTensors& tensors,
                           const WeightsHeader& header) const {
  std::error_code failed;
  fs::create_directories(folder_, failed);
  if (failed) throw RunError(SourceSpot{folder_.string()}, failed.message());
  write_folder_atomically(folder_of(state.update), [&](const fs::path& folder) {
    save_weights(folder / run_layout::kWeights, tensors.weights, header);
    const std::string json = to_json(state);
    save_tensors(folder / run_layout::kTrainingTensors, tensors.training,
                 {{"regard.version", "1"}, {kStateKey, to_hex(fingerprint(json))}});
    write_file_atomically(folder / run_layout::kState, json);
  });
  const bool has_links = replace_link(folder_ / "last", name_of(state.update));
  if (state.best.empty() || state.best.front().update == state.update) publish(state);
  prune(state);
  return has_links;
}

/// The top-level model is the best checkpoint's, the newest before any validation. Called after
/// every save that may have changed it, and on resume, because a crash may have come between a save
/// and this.
void CheckpointStore::publish(const TrainingState& state) const {
  const std::int64_t best = state.best.empty() ? state.update : state.best.front().update;
  const fs::path weights = folder_of(best) / run_layout::kWeights;
  if (!is_whole(weights)) return;  // what is published already is better than a damaged best
  if (!state.best.empty()) replace_link(folder_ / "best", name_of(best));
  write_file_atomically(run_ / run_layout::kWeights, read_file(weights));
}

namespace {

/// A folder that cannot be removed harms nothing.
void remove_old(const fs::path& folder) {
  try {
    remove_folder_atomically(folder);
  } catch (const RunError&) {
    // On a full disk there is no room for another name; what is removed makes some.
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
}

}  // namespace

/// Checkpoints beyond this update are damaged ones that the run went back behind: they must not
/// crowd out whole ones.
void CheckpointStore::prune(const TrainingState& state) const {
  const std::vector<std::int64_t> all = updates();
  const auto end = std::upper_bound(all.begin(), all.end(), state.update);
  std::set<std::int64_t> kept(
      end - std::min(end - all.begin(), static_cast<std::ptrdiff_t>(options_.keep_last)), end);
  for (const ScoredUpdate& item : state.best)
    kept.insert(item.update);
  for (const std::int64_t update : all) {
    if (!kept.contains(update)) remove_old(folder_of(update));
  }
  remove_leftovers(folder_);
  remove_leftovers(run_);
}

std::optional<TrainingState> CheckpointStore::load_newest(const CheckpointTensors& tensors,
                                                          Logger& logger) const {
  std::vector<std::int64_t> all = updates();
  std::reverse(all.begin(), all.end());
  std::vector<Problem> problems;
  for (const std::int64_t update : all) {
    try {
      TrainingState state = load_folder(folder_of(update), tensors);
      if (!problems.empty()) {
        logger.warning(str("corrupt checkpoint skipped, resuming from ", folder_of(update).string(),
                           ": ", to_string(problems.front())));
      }
      replace_link(folder_ / "last", name_of(update));
      publish(state);
      return state;
    } catch (const UserError& error) {
      problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    }
  }
  if (problems.empty()) return std::nullopt;
  throw UserError(problems);
}

void CheckpointStore::restore_links() const {
  std::error_code none;
  for (const char* name : {"best", "last"}) {
    const fs::path link = folder_ / name;
    if (fs::symlink_status(link, none).type() != fs::file_type::directory) continue;
    std::int64_t update = 0;
    try {
      const fs::path file = link / run_layout::kState;
      update = training_state_from_json(read_file(file, kLongestState), file).update;
    } catch (const UserError&) {
      throw UserError(SourceSpot{link.string()},
                      "is a folder that is not a copy of a checkpoint, but must be a link to one",
                      "remove it; the checkpoints next to it are kept");
    }
    if (fs::exists(folder_of(update), none)) {
      remove_old(link);
    } else {
      fs::rename(link, folder_of(update), none);
    }
    replace_link(link, name_of(update));
  }
}

std::optional<TrainingState> CheckpointStore::newest_state() const {
  std::vector<std::int64_t> all = updates();
  std::reverse(all.begin(), all.end());
  for (const std::int64_t update : all) {
    const fs::path file = folder_of(update) / run_layout::kState;
    try {
      return training_state_from_json(read_file(file, kLongestState), file);
    } catch (const UserError&) {
      continue;  // load_newest() has the words for it
    }
  }
  return std::nullopt;
}

void CheckpointStore::check_vocabularies(const WeightsHeader& header,
                                         std::int64_t target_vocabulary) const {
  std::vector<std::int64_t> all = updates();
  std::reverse(all.begin(), all.end());
  for (const std::int64_t update : all) {
    const fs::path weights = folder_of(update) / run_layout::kWeights;
    WeightsHeader saved;
    try {
      saved = read_header(SafetensorsFile::open(weights), target_vocabulary);
    } catch (const UserError&) {
      continue;  // load_newest() has the words for it
    }
    if (saved.labels != header.labels) {
      throw UserError(
          SourceSpot{weights.string()},
          "was trained with different labels from those in the run's directory",
          "restore the labels.json of this run, or start from scratch with --overwrite");
    }
    if (saved.source_tokenizer == header.source_tokenizer &&
        saved.target_tokenizer == header.target_tokenizer)
      return;
    throw UserError(SourceSpot{weights.string()},
                    "was trained with a different vocabulary from the one in the run's directory",
                    "restore the .spm files of this run, or start from scratch with --overwrite");
  }
}

}  // namespace regard
