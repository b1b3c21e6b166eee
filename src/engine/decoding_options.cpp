#include "regard/engine/decoding_options.h"

#include "regard/core/strings.h"

namespace regard {

void DecodingOptions::check(const Self& options, config::Checks& checks) {
  const MaxLengthOptions& longest = options.max_length;
  if (longest.factor > 0.0 || options.min_length <= longest.plus) return;
  checks.fail("min_length",
              str(options.min_length, " is more than max_length.plus = ", longest.plus),
              "make the longest translation at least as long as the shortest");
}

}  // namespace regard
