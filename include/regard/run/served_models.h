#pragma once

#include <memory>
#include <string>
#include <vector>

#include "regard/run/loaded_translator.h"
#include "regard/serve/backend.h"
#include "regard/serve/model_pool.h"

namespace regard {

/// Models for a server.
struct ServedModelsSetup {
  /// MODEL arguments, whose languages are those of their configurations, or "de-en=MODEL". One that
  /// is named for several directions is opened once; where its vocabulary has language codes, the
  /// one of the target (">>en<<") is put before each sentence.
  std::vector<std::string> models;
  std::vector<std::string> pivots;  ///< languages, as with_pivots() takes them
  std::string device = "auto";
  SearchSetup search;
  int threads = 1;              ///< of a batch
  bool has_alignments = false;  ///< keeps what word alignments are read from
  ModelPoolOptions pool;
};

/// Opens them with `backend`, which outlives them. Throws UserError for what is no model, for one
/// without languages, and for what it and make_translator() refuse.
std::shared_ptr<const TranslationBackend> open_served_models(const ServedModelsSetup& setup,
                                                             const ModelBackend& backend);

}  // namespace regard
