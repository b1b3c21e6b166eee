#include "regard/run/init_from.h"

#include <cstdint>
#include <map>
#include <optional>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/run_layout.h"
#include "regard/core/strings.h"
#include "regard/run/model_names.h"
#include "regard/run/task_model.h"
#include "regard/tensor/torch.h"
#include "regard/train/checkpoint.h"

namespace regard {

namespace fs = std::filesystem;

namespace {

/// Rows of an old table for the rows of a new one.
struct RowMap {
  std::vector<std::int64_t> from;  ///< rows[i] of the old table ...
  std::vector<std::int64_t> to;    ///< ... become these of the new one
  std::int64_t size = 0;           ///< rows of the new one
};

/// Pieces are the same where they read the same.
RowMap rows_by_piece(const Tokenizer& before, const Tokenizer& after) {
  RowMap rows;
  rows.size = after.size();
  for (std::int32_t id = 0; id < after.size(); ++id) {
    const std::int32_t old = before.id_of(after.piece(id));
    if (old < 0 || before.piece(old) != after.piece(id)) continue;
    rows.from.push_back(old);
    rows.to.push_back(id);
  }
  return rows;
}

void report_rows(const RowMap& rows, const char* side, Logger& logger) {
  const auto copied = static_cast<std::int64_t>(rows.to.size());
  const std::int64_t fresh = rows.size - copied;
  const std::string text =
      str("training.init_from: ", with_thousands(copied), " pieces of the ", side,
          "vocabulary keep their embedding, ", with_thousands(fresh),
          fresh == 1 ? " is new and initialized at random" : " are new and initialized at random");
  // Hardly a piece in common is hardly what was meant.
  copied * 2 < rows.size ? logger.warning(text) : logger.info(text);
}

/// Which of the two vocabularies a weight has a row for each piece of.
enum class Side { none, source, target };

Side side_of(const std::string& name) {
  if (name == "encoder.embedding.weight") return Side::source;
  const bool is_target = name == "decoder.embedding.weight" || name == "output.weight" ||
                         name == "output_bias" || name == "head.output_bias";
  return is_target ? Side::target : Side::none;
}

void copy_rows(const at::Tensor& before, const RowMap& rows, at::Tensor& after) {
  const at::Tensor mixed = after.detach().to(at::kCPU, /*non_blocking=*/false, /*copy=*/true);
  mixed.index_copy_(0, at::tensor(rows.to), before.index_select(0, at::tensor(rows.from)));
  after.copy_(mixed);
}

/// Weights of `other` for a model with another vocabulary; `prefix` names those that are taken.
void take_by_piece(const OpenedNetwork& other, const TokenizerPair& tokenizers,
                   const std::string& prefix, NetworkImpl& model, Logger& logger) {
  const RowMap source = rows_by_piece(other.tokenizers.source, tokenizers.source);
  const RowMap target = rows_by_piece(other.tokenizers.target, tokenizers.target);
  const bool has_one = tokenizers.is_shared && other.tokenizers.is_shared;
  report_rows(source, has_one ? "" : "source ", logger);
  if (!has_one && prefix.empty()) report_rows(target, "target ", logger);
  std::map<std::string, at::Tensor> weights;
  for (const auto& [name, tensor] : named_weights(*other.network))
    weights.emplace(name, tensor.detach());
  torch::NoGradGuard no_grad;
  for (auto& [name, tensor] : named_weights(model)) {
    if (!name.starts_with(prefix)) continue;
    const at::Tensor& before = weights.at(name);
    at::Tensor after = tensor;
    const Side side = side_of(name);
    if (side == Side::none) {
      after.copy_(before);
    } else {
      copy_rows(before, side == Side::source ? source : target, after);
    }
  }
}

}  // namespace

namespace {

/// All weights are those of the same task and labels.
void require_same_task(const OpenedNetwork& other, const InitSubject& subject) {
  const std::string& from = subject.config.training.init_from;
  const bool is_same = other.config.task == subject.config.task;
  if (is_same && other.header.labels == subject.labels) return;
  throw UserError(str("training.init_from: ", from, " is a model of ",
                      is_same ? "other labels" : str("task ", other.config.task)),
                  "set training.init_scope: encoder to take its encoder alone");
}

}  // namespace

void apply_init_from(const InitSubject& subject, NetworkImpl& network, Logger& logger) {
  const Config& config = subject.config;
  const TokenizerPair& tokenizers = subject.tokenizers;
  const TrainingOptions& training = config.training;
  if (training.init_from.empty()) return;
  const OpenedNetwork other = open_network(training.init_from, torch::kCPU);
  const bool is_whole = training.init_scope == InitScope::model;
  if (is_whole) require_same_task(other, subject);
  const bool is_same_source =
      other.tokenizers.source.fingerprint() == tokenizers.source.fingerprint();
  const bool is_same_target =
      other.tokenizers.target.fingerprint() == tokenizers.target.fingerprint();
  const std::vector<std::string> of_decoder = {"decoder", "tie", "output_bias", "head"};
  require_same_model(other.config.model, config.model, other.weights,
                     is_whole ? std::vector<std::string>() : of_decoder);
  const std::string prefix = is_whole ? "" : "encoder.";
  if (is_same_source && (!is_whole || is_same_target)) {
    load_weights_of(other.weights, network, prefix);
    return;
  }
  if (training.init_optimizer == InitOptimizer::keep) {
    throw UserError(str("training.init_optimizer: keep, but the vocabulary is not that of ",
                        training.init_from),
                    "use fresh, or remove what changes the vocabulary");
  }
  take_by_piece(other, tokenizers, prefix, network, logger);
}

namespace {

/// Roles under the ids of another vocabulary; nothing where it does not contain a piece that is
/// needed.
std::optional<TokenRoles> by_piece(const TokenRoles& roles, const TokenizerPair& before,
                                   const TokenizerPair& after) {
  const auto moved = [](std::int64_t id, const Tokenizer& from, const Tokenizer& to) {
    if (id < 0 || id >= from.size()) return std::int64_t{-1};
    const std::string& piece = from.piece(static_cast<std::int32_t>(id));
    const std::int32_t found = to.id_of(piece);
    return static_cast<std::int64_t>(found >= 0 && to.piece(found) == piece ? found : -1);
  };
  const auto of_target = [&](std::int64_t id) { return moved(id, before.target, after.target); };
  TokenRoles result;
  result.pad = of_target(roles.pad);
  result.unknown = of_target(roles.unknown);
  result.decoder_start = of_target(roles.decoder_start);
  result.target_end = of_target(roles.target_end);
  result.source_end = moved(roles.source_end, before.source, after.source);
  const bool has_unknown = roles.unknown < 0 || result.unknown >= 0;
  if (result.pad < 0 || !has_unknown || result.decoder_start < 0 || result.target_end < 0 ||
      result.source_end < 0) {
    return std::nullopt;
  }
  result.forced_first = of_target(roles.forced_first);
  result.suppressed.clear();
  for (const std::int64_t id : roles.suppressed) {
    if (of_target(id) >= 0) result.suppressed.push_back(of_target(id));
  }
  return result;
}

std::optional<WeightsHeader> header_in(const fs::path& folder, std::int64_t vocabulary) {
  std::error_code none;
  if (folder.empty()) return std::nullopt;
  const fs::path weights = follow_link_file(folder) / run_layout::kWeights;
  if (!fs::exists(weights, none)) return std::nullopt;
  try {
    return read_header(SafetensorsFile::open(weights), vocabulary);
  } catch (const UserError&) {
    return std::nullopt;  // who needs the weights has the words for it
  }
}

/// What the ids of training.init_from mean for this vocabulary.
std::optional<TokenRoles> roles_of_init(const TrainingOptions& training,
                                        const TokenizerPair& tokenizers) {
  if (training.init_scope != InitScope::model) return std::nullopt;
  try {
    const TokenizerPair before = load_tokenizers(model_folder_of(training.init_from));
    const auto header = header_in(training.init_from, before.target.size());
    return header ? by_piece(header->roles, before, tokenizers) : std::nullopt;
  } catch (const UserError&) {
    return std::nullopt;
  }
}

}  // namespace

TokenRoles roles_for(const Config& config, const TokenizerPair& tokenizers, const fs::path& run) {
  for (const fs::path& folder : {run, fs::path(config.training.init_from)}) {
    const auto header = header_in(folder, tokenizers.target.size());
    if (header && header->source_tokenizer == tokenizers.source.fingerprint() &&
        header->target_tokenizer == tokenizers.target.fingerprint()) {
      return header->roles;
    }
  }
  if (!config.training.init_from.empty()) {
    if (const auto roles = roles_of_init(config.training, tokenizers)) return *roles;
  }
  return roles_of(tokenizers);
}

fs::path init_checkpoint(const TrainingOptions& training) {
  const fs::path model = follow_link_file(training.init_from);
  std::error_code none;
  if (fs::exists(model / run_layout::kTrainingTensors, none)) return model;
  const WeightsHeader header =
      read_header(SafetensorsFile::open(model / run_layout::kWeights), INT64_MAX);
  const fs::path folder = CheckpointStore(model_folder_of(model), {}).folder_of(header.update);
  if (!fs::exists(folder / run_layout::kTrainingTensors, none)) {
    throw UserError(str("training.init_optimizer: keep, but there is no checkpoint ",
                        folder.string(), " with the optimizer state of these weights"),
                    "use fresh, or give a checkpoint as training.init_from");
  }
  return folder;
}

}  // namespace regard
