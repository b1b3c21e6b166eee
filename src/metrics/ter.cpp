#include "regard/metrics/ter.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "regard/core/strings.h"
#include "regard/core/utf8.h"
#include "regard/metrics/unicode.h"

#include "metrics/edit_rate.h"
#include "metrics/tokenizer.h"

namespace regard {
namespace {

// Places in the statistics.
constexpr std::size_t kEdits = 0;
constexpr std::size_t kLength = 1;

class Ter final : public Metric {
 public:
  explicit Ter(const TerOptions& options) : options_(options) {}

  std::string name() const override { return "TER"; }
  bool is_higher_better() const override { return false; }
  std::size_t num_statistics() const override { return 2; }

  std::string settings() const override {
    return str("case:", options_.is_case_sensitive ? "mixed" : "lc",
               "|tok:tercom|norm:", options_.is_normalized ? "yes" : "no",
               "|punct:", options_.has_no_punctuation ? "no" : "yes",
               "|asian:", options_.has_asian_support ? "yes" : "no");
  }

  Statistics sentence_statistics(std::string_view hypothesis,
                                 std::span<const std::string_view> references) const override {
    std::vector<std::u32string> texts;  // owns the words that `numbers` knows
    texts.reserve(references.size() + 1);
    WordNumbers numbers;
    const auto read = [&](std::u32string text) {
      return numbers.number(split_words(texts.emplace_back(std::move(text))));
    };
    const Symbols ours = read(prepare(to_utf32(hypothesis)));
    std::int64_t fewest = INT64_MAX;
    std::size_t length = 0;
    for (const std::string_view reference : references) {
      const Symbols theirs = read(prepare_reference(to_utf32(reference)));
      fewest = std::min(fewest, count_edits(ours, theirs));
      length += theirs.size();
    }
    const auto num_references = static_cast<double>(references.size());
    return {static_cast<double>(fewest), static_cast<double>(length) / num_references};
  }

  double score(const Statistics& total) const override {
    if (total[kLength] > 0) return 100 * (total[kEdits] / total[kLength]);
    // Words where there should be none are wrong altogether.
    return total[kEdits] > 0 ? 100 : 0;
  }

 private:
  std::u32string prepare(std::u32string text) const {
    if (!options_.is_case_sensitive) text = to_lower(text);
    return tokenize_tercom(options_, text);
  }

  /// sacreBLEU prepares references twice, with single spaces between the words of the first time:
  /// where another white space followed, "it's" is split the second time.
  std::u32string prepare_reference(std::u32string text) const {
    text = prepare(std::move(text));
    if (!options_.is_normalized) return text;
    std::u32string joined;
    for (const std::u32string_view word : split_words(text))
      (joined.empty() ? joined : joined += U' ') += word;
    return prepare(std::move(joined));
  }

  TerOptions options_;
};

}  // namespace

std::unique_ptr<Metric> make_ter(const TerOptions& options) {
  return std::make_unique<Ter>(options);
}

}  // namespace regard
