#include "regard/metrics/chrf.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/core/utf8.h"
#include "regard/metrics/unicode.h"

#include "metrics/ngrams.h"

namespace regard {
namespace {

bool is_ascii_punctuation(char32_t c) {
  return (c >= U'!' && c <= U'/') || (c >= U':' && c <= U'@') || (c >= U'[' && c <= U'`') ||
         (c >= U'{' && c <= U'~');
}

/// The words of chrF++: one punctuation mark is split off the end of a word or, when there is none,
/// off its front.
std::vector<std::u32string_view> split_marks(std::span<const std::u32string_view> words) {
  std::vector<std::u32string_view> result;
  for (const std::u32string_view word : words) {
    std::size_t cut = 0;
    if (word.size() > 1 && is_ascii_punctuation(word.back())) {
      cut = word.size() - 1;
    } else if (word.size() > 1 && is_ascii_punctuation(word.front())) {
      cut = 1;
    }
    if (cut > 0) result.push_back(word.substr(0, cut));
    result.push_back(word.substr(cut));
  }
  return result;
}

Symbols characters_of(std::span<const std::u32string_view> words) {
  Symbols result;
  for (const std::u32string_view word : words)
    result.insert(result.end(), word.begin(), word.end());
  return result;
}

class Chrf final : public Metric {
 public:
  explicit Chrf(const ChrfOptions& options) : options_(options) {}

  std::string name() const override {
    return str("chrF", options_.beta,
               std::string(static_cast<std::size_t>(options_.word_order), '+'));
  }
  bool is_higher_better() const override { return true; }
  std::size_t num_statistics() const override {
    return 3 * static_cast<std::size_t>(options_.character_order + options_.word_order);
  }

  std::string settings() const override {
    return str("case:", options_.is_lowercased ? "lc" : "mixed",
               "|eff:", options_.has_epsilon ? "no" : "yes", "|nc:", options_.character_order,
               "|nw:", options_.word_order, "|space:", options_.has_white_space ? "yes" : "no");
  }

  Statistics sentence_statistics(std::string_view hypothesis,
                                 std::span<const std::string_view> references) const override {
    std::vector<std::u32string> texts;  // owns the words that `numbers` knows
    texts.reserve(references.size() + 1);
    WordNumbers numbers;
    const Sequences ours = read(texts.emplace_back(prepare(hypothesis)), numbers);
    Statistics best;
    double best_score = -1;
    for (const std::string_view reference : references) {
      const Sequences theirs = read(texts.emplace_back(prepare(reference)), numbers);
      Statistics counts = compare(ours, theirs);
      const double found = score(counts);
      if (found > best_score) {
        best_score = found;
        best = std::move(counts);
      }
    }
    return best;
  }

  /// Popović 2015, equation 1, of the mean precision and the mean recall.
  double score(const Statistics& total) const override {
    return options_.has_epsilon ? epsilon_score(total) : effective_score(total);
  }

 private:
  struct Sequences {
    Symbols characters;
    Symbols words;
  };

  double effective_score(const Statistics& total) const {
    double precision = 0;
    double recall = 0;
    double num_orders = 0;
    for (std::size_t i = 0; i + 2 < total.size(); i += 3) {
      if (total[i] == 0 || total[i + 1] == 0) continue;
      precision += total[i + 2] / total[i];
      recall += total[i + 2] / total[i + 1];
      ++num_orders;
    }
    if (precision + recall == 0) return 0;
    precision /= num_orders;
    recall /= num_orders;
    const double factor = options_.beta * options_.beta;
    return 100 * ((1 + factor) * precision * recall / (factor * precision + recall));
  }

  double epsilon_score(const Statistics& total) const {
    constexpr double kEpsilon = 1e-16;
    const double factor = options_.beta * options_.beta;
    double sum = 0;
    for (std::size_t i = 0; i + 2 < total.size(); i += 3) {
      const double precision = total[i] > 0 ? total[i + 2] / total[i] : kEpsilon;
      const double recall = total[i + 1] > 0 ? total[i + 2] / total[i + 1] : kEpsilon;
      const double divisor = factor * precision + recall;
      sum += divisor > 0 ? (1 + factor) * precision * recall / divisor : kEpsilon;
    }
    return 100 * sum / (options_.character_order + options_.word_order);
  }

  std::u32string prepare(std::string_view line) const {
    std::u32string text = to_utf32(line);
    return options_.is_lowercased ? to_lower(text) : text;
  }

  Sequences read(std::u32string_view text, WordNumbers& numbers) const {
    const std::vector<std::u32string_view> words = split_words(text);
    Sequences result;
    result.characters =
        options_.has_white_space ? Symbols(text.begin(), text.end()) : characters_of(words);
    if (options_.word_order > 0) result.words = numbers.number(split_marks(words));
    return result;
  }

  Statistics compare(const Sequences& ours, const Sequences& theirs) const {
    Statistics counts;
    append_counts(ours.characters, theirs.characters, options_.character_order, counts);
    append_counts(ours.words, theirs.words, options_.word_order, counts);
    return counts;
  }

  static void append_counts(const Symbols& ours, const Symbols& theirs, int max_order,
                            Statistics& counts) {
    const std::vector<std::int64_t> matches = clipped_matches(ours, {&theirs, 1}, max_order);
    for (int order = 1; order <= max_order; ++order) {
      const auto in_reference = num_ngrams(static_cast<std::int64_t>(theirs.size()), order);
      // An order that the reference is too short for does not count against the translation.
      const auto in_hypothesis =
          in_reference == 0 ? 0 : num_ngrams(static_cast<std::int64_t>(ours.size()), order);
      counts.push_back(static_cast<double>(in_hypothesis));
      counts.push_back(static_cast<double>(in_reference));
      counts.push_back(static_cast<double>(matches[static_cast<std::size_t>(order - 1)]));
    }
  }

  ChrfOptions options_;
};

}  // namespace

std::unique_ptr<Metric> make_chrf(const ChrfOptions& options) {
  if (options.character_order < 0 || options.word_order < 0 ||
      options.character_order + options.word_order == 0) {
    throw UserError(str("chrF with character order ", options.character_order, " and word order ",
                        options.word_order, " has nothing to count"),
                    "use 6 and 0 (chrF) or 6 and 2 (chrF++)");
  }
  if (options.beta < 1) throw UserError(str("chrF with beta ", options.beta), "use 1 or more");
  return std::make_unique<Chrf>(options);
}

}  // namespace regard
