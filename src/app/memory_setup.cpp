#include "memory_setup.h"

#include <filesystem>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/train/memory_plan.h"
#include "regard/train/updater.h"

namespace regard {
namespace {

std::string mebibytes(std::int64_t bytes) {
  return with_thousands(bytes / (1 << 20)) + " MiB";
}

void report(const MemoryNeed& need, Logger& logger) {
  const std::string tried = str("a batch of ", need.rows, " pairs of ", need.longest.source + 1,
                                " and ", need.longest.target + 1, " subwords");
  if (!need.fits) {
    logger.warning(str("memory: ", tried,
                       " does not fit and will be done in parts; lower "
                       "training.batch_tokens, or set training.recompute_blocks"));
    return;
  }
  logger.info(str("memory: about ", mebibytes(need.bytes), " (", tried, " was tried)",
                  need.limit > 0 ? str(", there are ", mebibytes(need.limit)) : ""));
}

}  // namespace

void settle_memory(const MemorySubject& subject, Config& config, Logger& logger, Profile* profile) {
  const ProfileSpan span(profile, "trying the largest batch");
  // Its moments are zeros that no memory is taken for before they are written.
  Updater updater(subject.model, config.training, static_cast<std::uint64_t>(config.seed),
                  subject.device);
  const PairLengths longest = longest_sides(subject.corpus.lengths());
  if (config.training.batch_tokens.is_auto()) {
    config.training.batch_tokens = fitting_batch_tokens(updater, longest, subject.ids);
    logger.info(str("training.batch_tokens: auto is ",
                    with_thousands(config.training.batch_tokens.value), " subwords here"));
  }
  report(memory_need(updater, longest, config.training.batch_tokens, subject.ids), logger);
}

void take_batch_tokens_of_run(Config& config) {
  const std::filesystem::path file = std::filesystem::path(config.output) / "config.yaml";
  std::error_code none;
  if (!config.training.batch_tokens.is_auto() || !std::filesystem::exists(file, none)) return;
  config.training.batch_tokens = load_config(file, {}).config.training.batch_tokens;
}

}  // namespace regard
