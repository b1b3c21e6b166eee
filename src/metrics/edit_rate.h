#pragma once

#include <cstdint>
#include <span>

#include "metrics/ngrams.h"

namespace regard {

/// Edits of the translation edit rate: shifts found by Tercom's greedy search, plus the edit
/// distance after them (Snover et al. 2006, section 3). The search is that of sacreBLEU step by
/// step, since it is greedy and its limits decide the result: blocks of at most 10 words, moved at
/// most 50 words, at most 1000 tries, and an edit distance that looks only at 25 cells to either
/// side of the diagonal.
std::int64_t count_edits(std::span<const Symbol> hypothesis, std::span<const Symbol> reference);

}  // namespace regard
