#include "regard/run/task_labels.h"

#include <algorithm>
#include <vector>

#include "regard/core/strings.h"

namespace regard {

std::string labels_text(const LabelSet& labels) {
  constexpr std::size_t kShown = 10;
  std::vector<LabelCount> sorted = labels.labels();
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const LabelCount& a, const LabelCount& b) { return a.count > b.count; });
  std::int64_t total = 0;
  for (const LabelCount& label : sorted)
    total += label.count;
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < std::min(kShown, sorted.size()); ++i) {
    const double percent =
        total == 0 ? 0.0
                   : 100.0 * static_cast<double>(sorted[i].count) / static_cast<double>(total);
    shown.push_back(
        str(escape_for_message(sorted[i].label, 40), " (", format_fixed(percent, 1), " %)"));
  }
  const std::string more =
      sorted.size() > kShown ? str(" and ", sorted.size() - kShown, " more") : "";
  return str(sorted.size(), ": ", join(shown, ", "), more);
}

}  // namespace regard
