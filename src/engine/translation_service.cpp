#include "regard/engine/translation_service.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <stdexcept>

#include "regard/core/strings.h"
#include "regard/engine/forced_scores.h"
#include "regard/engine/parallel.h"
#include "regard/text/words.h"

#include "parallel_jobs.h"

namespace regard {
namespace {

/// Longest first, so that the batch that needs the most memory comes first; ties in input order.
std::vector<std::size_t> by_falling_length(
    const std::vector<std::vector<std::int32_t>>& sentences) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    if (!sentences[i].empty()) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return sentences[a].size() > sentences[b].size();
  });
  return order;
}

/// Those of the sentences.
std::vector<TokenSpan> at_places(const std::vector<std::vector<std::int32_t>>& sentences,
                                 std::span<const std::size_t> places) {
  std::vector<TokenSpan> chosen;
  for (const std::size_t place : places)
    chosen.emplace_back(sentences[place]);
  return chosen;
}

/// Subwords of each line, at most `longest` of them; the numbers of lines that lost some go to
/// `cut`.
std::vector<std::vector<std::int32_t>> encode_lines(const Tokenizer& tokenizer,
                                                    std::span<const std::string> lines,
                                                    std::int64_t longest,
                                                    std::vector<std::int64_t>& cut) {
  cut.clear();
  std::vector<std::vector<std::int32_t>> encoded;
  encoded.reserve(lines.size());
  const auto limit = static_cast<std::size_t>(longest);
  for (const std::string& line : lines) {
    const std::string_view text = cut_for_encoding(line);
    encoded.push_back(tokenizer.encode(text));
    const bool is_too_long = encoded.back().size() > limit;
    if (is_too_long) encoded.back().resize(limit);
    if (is_too_long || text.size() < line.size()) cut.push_back(std::ssize(encoded) - 1);
  }
  return encoded;
}

}  // namespace

TranslationService::TranslationService(Tokenizer source, Tokenizer target, TokenRoles roles,
                                       const TranslatorOptions& options)
    : source_(std::move(source)),
      target_(std::move(target)),
      roles_(std::move(roles)),
      options_(options) {
  const DecodingOptions& decoding = options.decoding;
  search_options_.beam_size = decoding.beam_size;
  search_options_.num_best = options.num_best;
  search_options_.length_penalty = parse_length_penalty(decoding.length_penalty);
  search_options_.stop = decoding.stop;
  search_options_.min_length = decoding.min_length;
  search_options_.max_length_factor = decoding.max_length.factor;
  search_options_.max_length_plus = decoding.max_length.plus;
  search_options_.longest = options.max_target_length;
  search_options_.no_repeat_ngram = decoding.no_repeat_ngram;
  search_options_.draw = options.draw;
}

TranslationService::EncodedRequest TranslationService::encode(const Models& models,
                                                              const TranslationRequest& request,
                                                              Translations& result) const {
  const ProfileSpan span(options_.profile, "tokenising");
  // A prefix is gone through step by step, however short the translation may be.
  const std::int64_t forced = roles_.forced_first >= 0 ? 1 : 0;
  const std::int64_t longest_prefix =
      (options_.max_target_length > 0 ? options_.max_target_length : options_.max_source_length) -
      forced;
  EncodedRequest encoded{
      encode_lines(source_, request.lines, options_.max_source_length, result.cut_lines),
      encode_lines(target_, request.prefixes, longest_prefix, result.cut_prefixes),
      encode_own(models, request.lines, result.cut_lines)};
  if (roles_.forced_first < 0) return encoded;
  encoded.prefixes.resize(request.lines.size());
  for (Tokens& prefix : encoded.prefixes)
    prefix.insert(prefix.begin(), static_cast<std::int32_t>(roles_.forced_first));
  return encoded;
}

/// Lines that another vocabulary makes too long are cut ones, too.
std::vector<std::vector<TranslationService::Tokens>> TranslationService::encode_own(
    const Models& models, std::span<const std::string> lines,
    std::vector<std::int64_t>& cut_lines) const {
  const auto has_own = [](const TranslationMember& model) { return model.source != nullptr; };
  if (std::none_of(models.begin(), models.end(), has_own)) return {};
  std::vector<std::vector<Tokens>> own;
  for (const TranslationMember& model : models) {
    own.emplace_back();
    if (!has_own(model)) continue;
    std::vector<std::int64_t> cut;
    own.back() = encode_lines(model.source->tokenizer, lines, options_.max_source_length, cut);
    cut_lines.insert(cut_lines.end(), cut.begin(), cut.end());
  }
  std::sort(cut_lines.begin(), cut_lines.end());
  cut_lines.erase(std::unique(cut_lines.begin(), cut_lines.end()), cut_lines.end());
  return own;
}

/// The sentences at `places` of the request as a batch.
SearchInput TranslationService::input_of(const TranslationRequest& request,
                                         std::span<const std::size_t> places,
                                         const EncodedRequest& encoded) const {
  SearchInput input(
      make_token_batch(at_places(encoded.sentences, places), roles_.source_end, roles_.pad));
  for (const std::size_t place : places) {
    input.streams.push_back(request.first_line + place);
    if (!encoded.prefixes.empty()) input.prefixes.push_back(encoded.prefixes[place]);
  }
  return input;
}

/// What each model reads of a batch; nothing where all read the same.
std::vector<TokenBatch> TranslationService::own_sources(const Models& models,
                                                        const EncodedRequest& encoded,
                                                        std::span<const std::size_t> places,
                                                        const SearchInput& input) const {
  if (encoded.own.empty()) return {};
  std::vector<TokenBatch> sources;
  for (std::size_t i = 0; i < models.size(); ++i) {
    if (models[i].source == nullptr) {
      sources.push_back(input.source);
      continue;
    }
    std::vector<TokenSpan> batch;
    for (const std::size_t place : places)
      batch.emplace_back(encoded.own[i][place]);
    const TokenRoles& roles = models[i].source->roles;
    sources.push_back(make_token_batch(batch, roles.source_end, roles.pad));
  }
  return sources;
}

std::vector<std::vector<Hypothesis>> TranslationService::search(StepScorer& made,
                                                                const SearchInput& input,
                                                                const StopFlag* stop) const {
  const ProfileSpan span(options_.profile, "search");
  TimedScorer scorer(made, options_.profile);
  if (search_options_.draw) return draw_samples(scorer, input, roles_, search_options_, stop);
  if (search_options_.beam_size > 1)
    return beam_search(scorer, input, roles_, search_options_, stop);
  std::vector<std::vector<Hypothesis>> results;
  for (Hypothesis& hypothesis : greedy_search(scorer, input, roles_, search_options_, stop))
    results.push_back({std::move(hypothesis)});
  return results;
}

std::vector<Translation> TranslationService::to_translations(
    const std::vector<Hypothesis>& found) const {
  const ProfileSpan span(options_.profile, "detokenising");
  std::vector<Translation> translations;
  for (const Hypothesis& hypothesis : found) {
    translations.push_back({target_.decode(hypothesis.tokens), hypothesis.tokens, hypothesis.score,
                            hypothesis.log_probability,
                            static_cast<std::int64_t>(hypothesis.tokens.size()) + 1});
  }
  return translations;
}

std::vector<std::int32_t> TranslationService::source_tokens(std::string_view line) const {
  std::vector<std::int32_t> tokens = source_.encode(cut_for_encoding(line));
  tokens.resize(std::min(tokens.size(), static_cast<std::size_t>(options_.max_source_length)));
  return tokens;
}

/// What is requested in addition to the translations of `lines`: a second pass with forced
/// decoding.
void TranslationService::add_details(const Models& models,
                                     const std::vector<std::string_view>& lines,
                                     std::vector<std::vector<Translation>*>& translations) const {
  if (!options_.alignment && !options_.has_token_scores) return;
  std::vector<std::vector<std::int32_t>> sentences;
  for (const std::string_view line : lines)
    sentences.push_back(source_tokens(line));
  std::vector<TokenPair> pairs;
  std::vector<std::string_view> sources;
  std::vector<Translation*> all;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (Translation& translation : *translations[i]) {
      pairs.push_back({sentences[i], translation.tokens});
      sources.push_back(lines[i]);
      all.push_back(&translation);
    }
  }
  if (options_.alignment) align(models, pairs, sources, all);
  if (!options_.has_token_scores) return;
  const std::unique_ptr<StepScorer> scorer = make_scorer(models, options_.profile);
  std::vector<std::vector<double>> scores = forced_scores(*scorer, pairs, roles_);
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i]->token_scores = std::move(scores[i]);
}

void TranslationService::align(const Models& models, const std::vector<TokenPair>& pairs,
                               const std::vector<std::string_view>& lines,
                               std::vector<Translation*>& translations) const {
  const bool by_word = options_.alignment->unit == AlignmentUnit::word;
  const std::vector<AttentionMatrix> weights =
      cross_attention(models, pairs, roles_, *options_.alignment);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const auto& [source, target] = pairs[i];
    std::vector<std::int64_t> source_words =
        by_word ? words_of_text(source_, cut_for_encoding(lines[i]))
                : words_of_their_own(source.size());
    source_words.resize(source.size());  // what was too long is not translated
    translations[i]->links =
        link_words(weights[i], source_words,
                   by_word ? words_of_decoded(target_, target) : words_of_their_own(target.size()));
  }
}

/// Batches of places in `order`, of about equal size for the workers.
std::vector<std::span<const std::size_t>> TranslationService::batches_of(
    const std::vector<std::size_t>& order, const std::vector<std::vector<std::int32_t>>& sentences,
    std::int64_t workers) const {
  // Towards the end batches get smaller, so that no worker waits long for another's last one.
  constexpr std::size_t kSmallest = 256;
  const auto share = static_cast<std::size_t>(workers);
  std::size_t left = 0;
  for (const std::size_t place : order)
    left += sentences[place].size() + 1;
  const std::size_t most = static_cast<std::size_t>(options_.decoding.batch_tokens) / share;
  std::vector<std::span<const std::size_t>> batches;
  for (std::size_t begin = 0; begin < order.size();) {
    const std::size_t longest = sentences[order[begin]].size() + 1;
    const std::size_t limit =
        share == 1 ? most : std::min(most, std::max(kSmallest, left / (2 * share)));
    const std::size_t rows = std::max<std::size_t>(1, limit / longest);
    const std::size_t end = std::min(order.size(), begin + rows);
    batches.emplace_back(order.data() + begin, end - begin);
    for (; begin < end; ++begin)
      left -= sentences[order[begin]].size() + 1;
  }
  return batches;
}

/// As many as asked for; by default one for each thread of a CPU, if there is work for it.
std::int64_t TranslationService::workers_for(const Models& models, std::int64_t subwords) const {
  if (options_.workers > 0) return options_.workers;
  constexpr std::int64_t kWorthIt = 256;  // subwords for each worker
  if (!models.front().model->is_on_cpu()) return 1;
  return std::clamp<std::int64_t>(subwords / kWorthIt, 1, compute_threads());
}

bool TranslationService::translate_batch(const Models& models, const TranslationRequest& request,
                                         std::span<const std::size_t> places,
                                         const EncodedRequest& encoded, const StopFlag* stop,
                                         std::vector<std::vector<Translation>>& results) const {
  const ProfileSpan span(options_.profile, "batch");
  const SearchInput input = input_of(request, places, encoded);
  const std::unique_ptr<StepScorer> scorer =
      make_scorer(models, options_.profile, own_sources(models, encoded, places, input));
  const auto found = search(*scorer, input, stop);
  if (found.empty()) return false;
  std::vector<std::vector<Translation>*> of_batch;
  for (std::size_t i = 0; i < places.size(); ++i) {
    results[places[i]] = to_translations(found[i]);
    of_batch.push_back(&results[places[i]]);
  }
  std::vector<std::string_view> lines;
  for (const std::size_t place : places)
    lines.emplace_back(request.lines[place]);
  add_details(models, lines, of_batch);
  return true;
}

Translations TranslationService::translate_all(
    const Models& models, const TranslationRequest& request, const StopFlag* stop,
    const std::function<void(std::int64_t)>& progress) const {
  if (!request.prefixes.empty() && request.prefixes.size() != request.lines.size()) {
    throw std::invalid_argument(str("translate: ", request.prefixes.size(), " prefixes for ",
                                    request.lines.size(), " lines"));
  }
  Translations result;
  const EncodedRequest encoded = encode(models, request, result);
  const std::vector<std::size_t> order = by_falling_length(encoded.sentences);
  std::int64_t subwords = 0;
  for (const auto& sentence : encoded.sentences)
    subwords += std::ssize(sentence);
  const std::int64_t workers = workers_for(models, subwords);
  const auto batches = batches_of(order, encoded.sentences, workers);
  result.lines.assign(request.lines.size(), std::vector<Translation>(1));
  std::mutex progress_mutex;
  std::size_t done = request.lines.size() - order.size();
  const ProfileSpan span(options_.profile, "workers");
  const auto use_threads = [&](int threads) {
    use_compute_threads(threads);
    for (const TranslationMember& member : models)
      member.model->use_threads(threads);
  };
  const auto job = [&](std::size_t number) {
    if (!translate_batch(models, request, batches[number], encoded, stop, result.lines))
      return false;
    const std::scoped_lock lock(progress_mutex);
    done += batches[number].size();
    if (progress) progress(static_cast<std::int64_t>(done));
    return true;
  };
  if (!run_jobs(batches.size(), workers, job, use_threads)) result.lines.clear();
  return result;
}

std::vector<std::string> best_texts(const Translations& translations) {
  std::vector<std::string> texts;
  texts.reserve(translations.size());
  for (const std::vector<Translation>& each : translations)
    texts.push_back(each.front().text);
  return texts;
}

}  // namespace regard
