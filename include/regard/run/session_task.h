#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "regard/core/logger.h"
#include "regard/core/stop_flag.h"
#include "regard/data/text_fingerprint.h"
#include "regard/model/weights.h"
#include "regard/run/config.h"
#include "regard/run/tokenizer_files.h"
#include "regard/tensor/device.h"
#include "regard/train/validator.h"

namespace regard {

/// What a session has settled when it asks its task for the rest. Everything outlives the task.
struct SessionBasis {
  const Config& config;
  const TokenizerPair& tokenizers;
  const TokenRoles& roles;
  Logger& logger;
  const StopFlag& stop;
};

/// What the task of a run gives its session. Its network, objective and validator belong together.
class SessionTask {
 public:
  virtual ~SessionTask() = default;

  /// Reads through all files once, so that a mistake in them costs seconds and leaves nothing
  /// behind. Throws UserError with every problem found. Gives what tells these texts from others.
  virtual RunTexts check_texts(const Config& config) = 0;
  /// What looks like a mistake without being one, a sentence each.
  virtual std::vector<std::string> doubts(const Config& config) = 0;
  virtual TokenizerPair make_tokenizers(const Config& config, Logger& logger) = 0;
  /// Takes what else a run that continues has in its folder.
  virtual void resume_from(const std::filesystem::path& /*folder*/) {}

  /// The training corpus; `cache` is a folder for it, empty = none.
  virtual std::shared_ptr<const BatchMaker> batches(const SessionBasis& basis,
                                                    const std::filesystem::path& cache) = 0;
  virtual std::shared_ptr<NetworkImpl> network(const SessionBasis& basis) = 0;
  /// Once the network is on its device.
  virtual std::unique_ptr<Objective> objective(const SessionBasis& basis) = 0;
  /// Null where there is nothing to validate with.
  virtual std::unique_ptr<Validator> validator(const SessionBasis& basis, Objective& objective) = 0;
  /// Fingerprint of the labels that the network tells apart; 0 = none.
  virtual std::uint64_t labels() const { return 0; }
  /// What the folder of a run holds because of its task.
  virtual void write(const std::filesystem::path& /*folder*/) const {}
  /// "translate with:  regard translate …".
  virtual std::string next_step(const std::filesystem::path& folder) const = 0;
};

/// The one of config.task.
std::unique_ptr<SessionTask> make_session_task(const Config& config);

}  // namespace regard
