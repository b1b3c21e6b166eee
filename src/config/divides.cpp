#include "regard/config/divides.h"

#include "regard/core/strings.h"

namespace regard::config {

std::int64_t nearest_divisor(std::int64_t whole, std::int64_t wanted) {
  if (wanted >= whole) return whole;
  for (std::int64_t distance = 0;; ++distance) {
    for (const std::int64_t divisor : {wanted - distance, wanted + distance}) {
      if (divisor > 0 && whole % divisor == 0) return divisor;
    }
  }
}

bool check_divides(Checks& checks, const std::string& path, std::int64_t part,
                   std::string_view whole_name, std::int64_t whole) {
  if (whole % part == 0) return true;
  checks.fail(path, str(part, " does not divide ", whole_name, " = ", whole),
              str("use ", nearest_divisor(whole, part)));
  return false;
}

}  // namespace regard::config
