#pragma once

#include <filesystem>

#include "regard/core/logger.h"
#include "regard/core/profile.h"
#include "regard/core/stop_flag.h"
#include "regard/data/batch_stream.h"
#include "regard/run/config.h"
#include "regard/run/tokenizer_files.h"

namespace regard {

/// Reads the training corpora of a configuration, with `cache` as the folder of the tokenized text
/// (empty = in memory), and logs what was read. Throws UserError naming what is wrong with them,
/// RunError when `stop` asks to stop.
Corpus load_training(const Config& config, const TokenizerPair& tokenizers,
                     const std::filesystem::path& cache, Logger& logger, const StopFlag& stop);

/// Throws UserError where small weights leave nothing of small corpora.
void check_epoch(const Corpus& corpus);

/// How batches are made of them. `profile` may be null.
BatchStreamOptions stream_options(const Config& config, Profile* profile);

/// The position among batches of `options` at the same share of the epoch as `position` has among
/// batches of `batch_tokens`.
StreamPosition same_share(const Corpus& corpus, const BatchStreamOptions& options,
                          StreamPosition position, std::int64_t batch_tokens);

/// "batches: 1,234 of at most 4,096 subwords an epoch, 3.1 % padding".
std::string batches_text(const Corpus& corpus, const BatchStreamOptions& options);

}  // namespace regard
