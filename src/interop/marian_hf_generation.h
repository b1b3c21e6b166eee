#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regard/interop/portable_model.h"

#include "json_fields.h"

namespace regard {

/// Single tokens that transformers never generates (bad_words_ids, suppress_tokens); what else it
/// forbids is noted.
std::vector<std::int64_t> suppressed_ids(const JsonFields& generation, std::int64_t target_size,
                                         std::vector<std::string>& notes);

/// What transformers begins every translation with (forced_bos_token_id); -1 = nothing.
std::int64_t forced_first(const JsonFields& generation, std::int64_t target_size);

/// How transformers searches by default. What it would do besides is noted.
SearchDefaults search_of(const JsonFields& generation, std::vector<std::string>& notes);

}  // namespace regard
