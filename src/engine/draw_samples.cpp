#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "regard/core/error.h"
#include "regard/core/random.h"
#include "regard/core/strings.h"
#include "regard/engine/search.h"

#include "row_search.h"

namespace regard {
namespace {

struct DrawnToken {
  std::int64_t token = 0;
  float score = 0;    // log-probability
  double weight = 0;  // exp(score / temperature), up to a common factor
};

/// The tokens that may be drawn, most probable first where an order is needed; ties by id.
std::vector<DrawnToken> candidates_of(const float* scores, std::int64_t vocabulary,
                                      const DrawOptions& options) {
  std::vector<DrawnToken> candidates;
  for (std::int64_t token = 0; token < vocabulary; ++token) {
    if (scores[token] > -std::numeric_limits<float>::infinity())
      candidates.push_back({token, scores[token], 0});
  }
  const auto is_before = [](const DrawnToken& a, const DrawnToken& b) {
    return a.score != b.score ? a.score > b.score : a.token < b.token;
  };
  const auto count = static_cast<std::size_t>(options.top_k);
  if (count > 0 && count < candidates.size()) {
    const auto middle = candidates.begin() + static_cast<std::ptrdiff_t>(count);
    std::nth_element(candidates.begin(), middle, candidates.end(), is_before);
    candidates.erase(middle, candidates.end());
  }
  if (count > 0 || options.top_p < 1.0) std::sort(candidates.begin(), candidates.end(), is_before);
  return candidates;
}

/// Weighs the candidates, and drops those beyond top_p. Returns the sum of the weights.
double weigh(std::vector<DrawnToken>& candidates, const DrawOptions& options) {
  float best = -std::numeric_limits<float>::infinity();
  for (const DrawnToken& candidate : candidates)
    best = std::max(best, candidate.score);
  double sum = 0;
  for (DrawnToken& candidate : candidates) {
    candidate.weight = std::exp(static_cast<double>(candidate.score - best) / options.temperature);
    sum += candidate.weight;
  }
  if (options.top_p >= 1.0) return sum;
  double kept = 0;
  std::size_t count = 0;
  while (count < candidates.size() && (count == 0 || kept < options.top_p * sum))
    kept += candidates[count++].weight;
  candidates.resize(count);
  return kept;
}

std::int64_t draw(const float* scores, std::int64_t vocabulary, const DrawOptions& options,
                  double uniform) {
  std::vector<DrawnToken> candidates = candidates_of(scores, vocabulary, options);
  if (candidates.empty()) {
    throw RunError("sampling failed: the model produced non-finite scores",
                   "use another model or checkpoint");
  }
  double left = uniform * weigh(candidates, options);
  for (const DrawnToken& candidate : candidates) {
    left -= candidate.weight;
    if (left < 0) return candidate.token;
  }
  return candidates.back().token;  // rounding
}

template <class Number>
bool parse_number(std::string_view text, Number& value) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc() && end == text.data() + text.size();
}

bool set_draw_option(DrawOptions& options, std::string_view name, std::string_view value) {
  if (name == "temperature")
    return parse_number(value, options.temperature) && options.temperature >= 1e-3 &&
           options.temperature <= 1e3;
  if (name == "top_k") return parse_number(value, options.top_k) && options.top_k >= 0;
  if (name == "top_p")
    return parse_number(value, options.top_p) && options.top_p > 0.0 && options.top_p <= 1.0;
  return name == "seed" && parse_number(value, options.seed);
}

}  // namespace

DrawOptions parse_draw_options(const std::string& text) {
  DrawOptions options;
  for (const std::string& item : split(text, ',')) {
    const auto equals = item.find('=');
    const bool is_known = equals != std::string::npos &&
                          set_draw_option(options, std::string_view(item).substr(0, equals),
                                          std::string_view(item).substr(equals + 1));
    if (is_known) continue;
    throw UserError(str("sampling: '", escape_for_message(item), "' is not an option"),
                    "use temperature=T (0.001 to 1000), top_k=N, top_p=P (above 0, at most 1), "
                    "seed=N, separated by commas");
  }
  return options;
}

std::vector<std::vector<Hypothesis>> draw_samples(StepScorer& scorer, const SearchInput& input,
                                                  const TokenRoles& roles,
                                                  const SearchOptions& options,
                                                  const StopFlag* stop) {
  const DrawOptions& drawing = options.draw.value();
  const auto choose = [&](const float* scores, std::int64_t vocabulary, const RowPlace& place) {
    const std::uint64_t stream =
        input.streams.empty() ? place.sentence : input.streams[place.sentence];
    RandomStream random(derive_seed({drawing.seed, stream, static_cast<std::uint64_t>(place.row),
                                     static_cast<std::uint64_t>(place.step),
                                     static_cast<std::uint64_t>(RandomUse::decode_sampling)}));
    return draw(scores, vocabulary, drawing, random.uniform());
  };
  auto results = search_rows(scorer, input, roles, options, options.num_best, choose, stop);
  for (auto& hypotheses : results) {
    std::stable_sort(hypotheses.begin(), hypotheses.end(),
                     [](const Hypothesis& a, const Hypothesis& b) { return a.score > b.score; });
  }
  return results;
}

}  // namespace regard
