#pragma once

#include "regard/config/describe.h"

namespace regard {

/// How a masked language model hides subwords.
struct MaskingOptions {
  using Self = MaskingOptions;
  double rate = 0.15;
  double random = 0.1;
  double keep = 0.1;

  static void describe(auto&& field) {
    REGARD_FIELD(rate, "Fraction of the subwords of a line that are to be predicted.",
                 config::between(0.001, 0.9), config::course_on_resume());
    REGARD_FIELD(random, "Fraction of those that are replaced by a random subword.",
                 config::between(0.0, 1.0), config::course_on_resume());
    REGARD_FIELD(keep, "Fraction of those that stay as they are; the others are hidden.",
                 config::between(0.0, 1.0), config::course_on_resume());
  }
  static void check(const Self& self, config::Checks& checks);
};
REGARD_DESCRIBED(MaskingOptions);

}  // namespace regard
