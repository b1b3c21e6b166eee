#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regard/interop/portable_model.h"

#include "json_fields.h"

namespace regard {

/// Single tokens that transformers never generates (bad_words_ids); what else it forbids is noted.
std::vector<std::int64_t> suppressed_ids(const JsonFields& generation, std::int64_t target_size,
                                         std::vector<std::string>& notes);

/// How transformers searches by default.
SearchDefaults search_of(const JsonFields& generation, std::vector<std::string>& notes);

}  // namespace regard
