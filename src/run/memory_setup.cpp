#include "regard/run/memory_setup.h"

#include <filesystem>

#include "regard/core/error.h"
#include "regard/core/run_layout.h"
#include "regard/core/strings.h"
#include "regard/layers/sublayer_kind.h"
#include "regard/tensor/device.h"
#include "regard/train/memory_plan.h"
#include "regard/train/updater.h"

namespace regard {
namespace {

std::string whole_mebibytes(std::int64_t bytes) {
  return with_thousands(bytes / (1 << 20)) + " MiB";
}

void report(const MemoryNeed& need, Logger& logger) {
  const std::string tried =
      need.target == 0 ? str("a batch of ", need.rows, " texts of ", need.source, " subwords")
                       : str("a batch of ", need.rows, " pairs of ", need.source, " and ",
                             need.target, " subwords");
  if (!need.fits) {
    logger.warning(str("memory: ", tried,
                       " does not fit into memory and will be split; lower training.batch_tokens, "
                       "or set training.recompute_blocks"));
    return;
  }
  logger.info(str("memory: about ", whole_mebibytes(need.bytes), " (", tried, " was tried)",
                  need.limit > 0 ? str(", there are ", whole_mebibytes(need.limit)) : ""));
}

/// Its moments are zeros that no memory is taken for before they are written.
Updater trial_updater(const MemorySubject& subject, const Config& config) {
  return {subject.objective, config.training, static_cast<std::uint64_t>(config.seed),
          subject.objective.network().device()};
}

/// Of the matrices of a stack of blocks; widths in between are taken as the first.
double weights_of(const BlocksOptions& blocks, const SublayerWidths& widths) {
  double weights = 0;
  for (const SublayerOptions& sublayer : blocks.sublayers)
    weights += kind_of(sublayer).parameters(sublayer, widths);
  return weights * static_cast<double>(blocks.repeat);
}

}  // namespace

void settle_batch_tokens(const MemorySubject& subject, Config& config, Logger& logger,
                         Profile* profile) {
  if (!config.training.batch_tokens.is_auto()) return;
  const ProfileSpan span(profile, "trying batches");
  Updater updater = trial_updater(subject, config);
  config.training.batch_tokens = fitting_batch_tokens(updater, subject.batches);
  logger.info(str("training.batch_tokens: auto is ",
                  with_thousands(config.training.batch_tokens.value), " subwords here"));
}

void try_largest_batch(const MemorySubject& subject, const Config& config, Logger& logger,
                       Profile* profile) {
  const ProfileSpan span(profile, "trying the largest batch");
  Updater updater = trial_updater(subject, config);
  report(memory_need(updater, subject.batches, config.training.batch_tokens), logger);
}

void check_weights_fit(const ModelOptions& model, std::int64_t target_vocabulary,
                       const torch::Device& device) {
  TORCH_CHECK(model.encoder && (model.decoder || model.head),
              "the full form of the options is needed");
  const auto dim = static_cast<double>(model.dim);
  double weights = static_cast<double>(target_vocabulary) * dim;
  for (const BlocksOptions& blocks : branches_of(*model.encoder))
    weights += weights_of(blocks, {model.dim, 0});
  if (model.decoder && model.decoder->blocks)
    weights += weights_of(*model.decoder->blocks, {model.dim, 0});
  const double bytes = 4.0 * weights;
  const std::int64_t there = memory_limit(device);
  if (there <= 0 || bytes <= static_cast<double>(there)) return;
  throw RunError(str("model: its weights take ", format_fixed(bytes / 1073741824.0, 0),
                     " GiB or more, there are ", whole_mebibytes(there), " of memory"),
                 "use a smaller model.dim or fewer model.layers");
}

void take_batch_tokens_of_run(Config& config) {
  const std::filesystem::path file = std::filesystem::path(config.output) / run_layout::kConfig;
  std::error_code none;
  if (!config.training.batch_tokens.is_auto() || !std::filesystem::exists(file, none)) return;
  config.training.batch_tokens = load_config(file, {}).config.training.batch_tokens;
}

}  // namespace regard
