#include "regard/metrics/bleu.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/core/utf8.h"
#include "regard/metrics/unicode.h"

#include "metrics/ngrams.h"
#include "metrics/tokenizer.h"

namespace regard {
namespace {

constexpr std::size_t kMaxOrder = 4;
// Places in the statistics.
constexpr std::size_t kHypothesisLength = 0;
constexpr std::size_t kReferenceLength = 1;
constexpr std::size_t kMatches = 2;
constexpr std::size_t kTotals = kMatches + kMaxOrder;
constexpr std::size_t kNumStatistics = kTotals + kMaxOrder;

/// What sacreBLEU takes for log(0), so that a precision of 0 gives a score of 0 and no NaN.
constexpr double kLogOfZero = -9999999999.0;

constexpr std::array<std::pair<std::string_view, BleuTokenizer>, 5> kTokenizers = {{
    {"13a", BleuTokenizer::mteval_13a},
    {"intl", BleuTokenizer::international},
    {"char", BleuTokenizer::character},
    {"zh", BleuTokenizer::chinese},
    {"none", BleuTokenizer::none},
}};

constexpr std::array<std::pair<std::string_view, BleuSmoothing>, 4> kSmoothings = {{
    {"exp", BleuSmoothing::exponential},
    {"floor", BleuSmoothing::floor},
    {"add-k", BleuSmoothing::add_k},
    {"none", BleuSmoothing::none},
}};

template <class Table>
std::vector<std::string> names_of(const Table& table) {
  std::vector<std::string> names;
  for (const auto& entry : table)
    names.emplace_back(entry.first);
  return names;
}

template <class Table>
auto value_of(const Table& table, std::string_view name, std::string_view kind) {
  for (const auto& [known, value] : table) {
    if (known == name) return value;
  }
  throw UserError(str("unknown ", kind, " '", escape_for_message(name), "'"),
                  str("use one of ", join(names_of(table), ", ")));
}

template <class Table, class Value>
std::string name_of(const Table& table, Value value) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const auto& entry) { return entry.second == value; });
  return std::string(found->first);
}

/// The length nearest to `length`, the shorter one of two as near.
std::int64_t closest(std::int64_t length, std::span<const Symbols> references) {
  std::pair<std::int64_t, std::int64_t> best{INT64_MAX, 0};
  for (const Symbols& reference : references) {
    const auto size = static_cast<std::int64_t>(reference.size());
    best = std::min(best, {std::abs(size - length), size});
  }
  return best.second;
}

struct BleuParts {
  std::array<double, kMaxOrder> precisions{};  ///< in percent
  double brevity_penalty = 1;
  double score = 0;
};

class Bleu final : public Metric {
 public:
  explicit Bleu(const BleuOptions& options) : options_(options) {
    if (options_.smooth_value == 0) {
      options_.smooth_value = options_.smoothing == BleuSmoothing::floor ? 0.1 : 1.0;
    }
  }

  std::string name() const override { return "BLEU"; }
  bool is_higher_better() const override { return true; }
  std::size_t num_statistics() const override { return kNumStatistics; }

  std::string settings() const override {
    std::string smoothing = to_string(options_.smoothing);
    if (options_.smoothing == BleuSmoothing::floor || options_.smoothing == BleuSmoothing::add_k) {
      smoothing += str("[", format_fixed(options_.smooth_value, 2), "]");
    }
    return str("case:", options_.is_lowercased ? "lc" : "mixed",
               "|eff:", options_.has_effective_order ? "yes" : "no", "|tok:",
               options_.splitter ? options_.splitter->signature() : to_string(options_.tokenizer),
               "|smooth:", smoothing);
  }

  Statistics sentence_statistics(std::string_view hypothesis,
                                 std::span<const std::string_view> references) const override {
    std::vector<std::u32string> texts;  // owns the words that `words` knows
    texts.reserve(references.size() + 1);
    WordNumbers words;
    const auto read = [&](std::string_view line) {
      return words.number(split_words(texts.emplace_back(prepare(line))));
    };
    const Symbols ours = read(hypothesis);
    std::vector<Symbols> theirs;
    for (const std::string_view reference : references)
      theirs.push_back(read(reference));

    const auto length = static_cast<std::int64_t>(ours.size());
    const std::vector<std::int64_t> matches = clipped_matches(ours, theirs, kMaxOrder);
    Statistics result(kNumStatistics, 0);
    result[kHypothesisLength] = static_cast<double>(length);
    result[kReferenceLength] = static_cast<double>(closest(length, theirs));
    for (std::size_t n = 0; n < kMaxOrder; ++n) {
      result[kMatches + n] = static_cast<double>(matches[n]);
      result[kTotals + n] =
          static_cast<double>(num_ngrams(length, static_cast<std::int64_t>(n) + 1));
    }
    return result;
  }

  double score(const Statistics& total) const override { return parts(total).score; }

  std::string details(const Statistics& total) const override {
    const BleuParts found = parts(total);
    std::vector<std::string> precisions;
    for (const double precision : found.precisions)
      precisions.push_back(format_fixed(precision, 1));
    const double ours = total[kHypothesisLength];
    const double theirs = total[kReferenceLength];
    return str(join(precisions, "/"), " (BP = ", format_fixed(found.brevity_penalty, 3),
               " ratio = ", format_fixed(theirs > 0 ? ours / theirs : 0, 3),
               " hyp_len = ", format_fixed(ours, 0), " ref_len = ", format_fixed(theirs, 0), ")");
  }

 private:
  std::u32string prepare(std::string_view line) const {
    std::u32string text = to_utf32(line);
    if (options_.is_lowercased) text = to_lower(text);
    const std::u32string_view end = strip_right(text);
    if (options_.splitter) return to_utf32(options_.splitter->split(to_utf8(end)));
    return tokenize(options_.tokenizer, end);
  }

  /// Papineni et al., section 2.3, with the smoothing of the options.
  BleuParts parts(const Statistics& total) const {
    BleuParts result;
    const double ours = total[kHypothesisLength];
    const double theirs = total[kReferenceLength];
    if (ours < theirs) result.brevity_penalty = ours > 0 ? std::exp(1 - theirs / ours) : 0;
    const auto matches = std::span(total).subspan(kMatches, kMaxOrder);
    if (std::all_of(matches.begin(), matches.end(), [](double count) { return count == 0; })) {
      return result;
    }
    const std::size_t num_orders = fill_precisions(total, result.precisions);
    double sum = 0;
    for (std::size_t n = 0; n < num_orders; ++n) {
      const double precision = result.precisions[n];
      sum += precision == 0 ? kLogOfZero : std::log(precision);
    }
    result.score = result.brevity_penalty * std::exp(sum / static_cast<double>(num_orders));
    return result;
  }

  /// Returns the number of orders that count.
  std::size_t fill_precisions(const Statistics& total,
                              std::array<double, kMaxOrder>& precisions) const {
    double halvings = 1;
    std::size_t num_orders = kMaxOrder;
    for (std::size_t n = 0; n < kMaxOrder; ++n) {
      const double more =
          options_.smoothing == BleuSmoothing::add_k && n > 0 ? options_.smooth_value : 0;
      const double matches = total[kMatches + n] + more;
      const double ngrams = total[kTotals + n] + more;
      if (ngrams == 0) break;
      if (options_.has_effective_order) num_orders = n + 1;
      if (matches > 0) {
        precisions[n] = 100.0 * matches / ngrams;
      } else if (options_.smoothing == BleuSmoothing::exponential) {
        halvings *= 2;
        precisions[n] = 100.0 / (halvings * ngrams);
      } else if (options_.smoothing == BleuSmoothing::floor) {
        precisions[n] = 100.0 * options_.smooth_value / ngrams;
      }
    }
    return num_orders;
  }

  BleuOptions options_;
};

}  // namespace

BleuTokenizer parse_bleu_tokenizer(std::string_view name) {
  return value_of(kTokenizers, name, "tokenizer");
}
BleuSmoothing parse_bleu_smoothing(std::string_view name) {
  return value_of(kSmoothings, name, "smoothing");
}
std::vector<std::string> bleu_tokenizer_names() {
  return names_of(kTokenizers);
}
std::vector<std::string> bleu_splitter_names() {
  return {"ja-mecab", "ko-mecab", "flores101", "flores200", "spBLEU-1K", "spm:FILE"};
}
bool is_bleu_tokenizer(std::string_view name) {
  const auto has = [&](const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  constexpr std::string_view kModel = "spm:";
  const bool is_model = name.starts_with(kModel) && name.size() > kModel.size();
  return is_model || has(bleu_tokenizer_names()) || has(bleu_splitter_names());
}
std::vector<std::string> bleu_smoothing_names() {
  return names_of(kSmoothings);
}
std::string to_string(BleuTokenizer tokenizer) {
  return name_of(kTokenizers, tokenizer);
}
std::string to_string(BleuSmoothing smoothing) {
  return name_of(kSmoothings, smoothing);
}

std::unique_ptr<Metric> make_bleu(const BleuOptions& options) {
  if (!(options.smooth_value >= 0)) {
    throw UserError(str("BLEU smoothing with the value ", options.smooth_value),
                    "use a value above 0, or 0 for the default");
  }
  return std::make_unique<Bleu>(options);
}

}  // namespace regard
