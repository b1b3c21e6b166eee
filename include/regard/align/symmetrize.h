#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "regard/metrics/alignment_error.h"

namespace regard {

/// How the links of both directions become one set (Och and Ney 2003, section 4.2; Koehn, Och and
/// Marcu 2003).
enum class Symmetrization {
  intersect,            ///< links that both directions have: the surest, and few
  unite,                ///< links of either
  grow_diag,            ///< the common ones, and from there those of either that touch one and
                        ///< have a word without a link
  grow_diag_final,      ///< then also those with a word without a link that touch none
  grow_diag_final_and,  ///< the same, where both words have none
};

/// "intersect", "union", "grow-diag", "grow-diag-final" or "grow-diag-final-and". Throws UserError
/// naming the values for anything else.
Symmetrization parse_symmetrization(std::string_view name);
std::vector<std::string> symmetrization_names();

/// Links of a sentence pair, source-target, from those of both directions, all within `words`. The
/// result is sorted and has each link once; `forward` counts before `reverse` where order does.
Links symmetrize(const Links& forward, const Links& reverse, const SentenceWords& words,
                 Symmetrization how);

}  // namespace regard
