#include "data/corpus_counts.h"

#include <string>
#include <string_view>
#include <vector>

#include "regard/core/strings.h"

namespace regard {

std::string dropped_reasons(const CorpusCounts& counts) {
  std::vector<std::string> reasons;
  const auto add = [&](std::int64_t count, std::string_view reason) {
    if (count > 0) reasons.push_back(str(with_thousands(count), " ", reason));
  };
  add(counts.blank, "blank");
  add(counts.too_long, "too long");
  add(counts.uneven, "with too different lengths");
  add(counts.invalid_utf8, "not UTF-8");
  return join(reasons, ", ");
}

CorpusCounts& CorpusCounts::operator+=(const CorpusCounts& other) {
  pairs_read += other.pairs_read;
  kept += other.kept;
  blank += other.blank;
  too_long += other.too_long;
  uneven += other.uneven;
  invalid_utf8 += other.invalid_utf8;
  source_tokens += other.source_tokens;
  target_tokens += other.target_tokens;
  source_unknown += other.source_unknown;
  target_unknown += other.target_unknown;
  return *this;
}

std::string to_string(const CorpusCounts& counts) {
  const auto side = [](std::int64_t tokens, std::int64_t unknown, std::string_view name) {
    const double percent =
        tokens == 0 ? 0.0 : 100.0 * static_cast<double>(unknown) / static_cast<double>(tokens);
    return str(with_thousands(tokens), " ", name, " subwords (", format_fixed(percent, 2),
               " % unknown)");
  };
  const std::string dropped = dropped_reasons(counts);
  return str(with_thousands(counts.kept), " of ", with_thousands(counts.pairs_read), " pairs kept",
             dropped.empty() ? "" : " (" + dropped + ")", "; ",
             side(counts.source_tokens, counts.source_unknown, "source"), ", ",
             side(counts.target_tokens, counts.target_unknown, "target"));
}

}  // namespace regard
