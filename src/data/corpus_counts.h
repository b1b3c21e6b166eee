#pragma once

#include <string>

#include "regard/data/corpus.h"

namespace regard {

/// "2 blank, 1 too long"; empty when nothing was dropped.
std::string dropped_reasons(const CorpusCounts& counts);

}  // namespace regard
