#include <set>

#include "regard/metrics/answers.h"

#include "metrics/item_f1.h"
#include "metrics/set_type.h"

namespace regard {
namespace {

class SetF1 final : public ItemF1 {
 public:
  using ItemF1::ItemF1;

 protected:
  Statistics compare(std::string_view answer, std::string_view right) const override {
    const auto ours = set_of(answer);
    const auto theirs = set_of(right);
    Statistics counts = nothing();
    for (const std::string_view item : ours) {
      add(counts, Count::answered, type_of_item(item));
      if (theirs.contains(item)) add(counts, Count::right, type_of_item(item));
    }
    for (const std::string_view item : theirs)
      add(counts, Count::expected, type_of_item(item));
    return counts;
  }

 private:
  static std::set<std::string_view> set_of(std::string_view line) {
    const std::vector<std::string_view> parts = parts_of_line(line);
    return {parts.begin(), parts.end()};
  }
};

}  // namespace

std::unique_ptr<Metric> make_set_f1(std::vector<std::string> types) {
  return std::make_unique<SetF1>("set_f1", F1Average::micro, std::move(types));
}

}  // namespace regard
