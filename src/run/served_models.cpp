#include "regard/run/served_models.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <mutex>
#include <utility>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/engine/length_penalty.h"
#include "regard/engine/parallel.h"
#include "regard/run/config.h"
#include "regard/run/model_names.h"
#include "regard/run/translation_details.h"
#include "regard/text/language_codes.h"
#include "regard/text/words.h"

namespace regard {
namespace {

/// A MODEL argument and what it translates.
struct NamedModel {
  std::string argument;
  std::vector<ServedDirection> directions;
};

/// A model, or an ensemble, as a server asks it.
class ServedModel : public TranslationBackend {
 public:
  ServedModel(const NamedModel& named, const ServedModelsSetup& setup, const ModelBackend& backend)
      : setup_(setup),
        name_(named.argument),
        directions_(named.directions),
        loaded_(make_translator(
            backend.load({named.argument, setup.device, setup.search, setup.has_alignments}),
            setup.search)) {
    const auto codes = language_codes(loaded_.translator.source_tokenizer());
    for (const ServedDirection& direction : directions_) {
      const std::string code = str(">>", direction.target, "<<");
      const bool has_code = std::find(codes.begin(), codes.end(), code) != codes.end();
      codes_.push_back(has_code ? code : "");
    }
  }

  const std::vector<ServedDirection>& directions() const override { return directions_; }
  void check(std::size_t, const SentenceOptions& options) const override { options_for(options); }
  std::vector<ModelState> models() const override { return {{name_, true}}; }

  std::vector<SentenceResult> translate(std::size_t direction,
                                        std::span<const std::string> sentences,
                                        const SentenceOptions& options,
                                        const StopFlag& stop) const override {
    use_compute_threads(setup_.threads);
    for (const TranslationMember& member : loaded_.models)
      member.model->use_threads(setup_.threads);
    const std::shared_ptr<const TranslationService> translator = translator_for(options);
    const std::string& code = codes_[direction];
    std::vector<std::string> lines(sentences.begin(), sentences.end());
    if (!code.empty()) {
      for (std::string& line : lines)
        line.insert(0, code + " ");
    }
    const Translations all = translator->translate_all(loaded_.models, {lines}, &stop);
    std::vector<SentenceResult> results;
    for (const std::vector<Translation>& translations : all)
      results.push_back(result_of(translations, options, code.empty() ? 0 : 1));
    for (const std::int64_t line : all.cut_lines)
      results.at(static_cast<std::size_t>(line)).was_cut = true;
    return results;
  }

 private:
  TranslatorOptions options_for(const SentenceOptions& wanted) const {
    TranslatorOptions options = translator_options(loaded_.files, setup_.search, {});
    DecodingOptions& decoding = options.decoding;
    if (wanted.beam_size > 0) decoding.beam_size = wanted.beam_size;
    if (wanted.min_length >= 0) decoding.min_length = wanted.min_length;
    if (wanted.no_repeat_ngram >= 0) decoding.no_repeat_ngram = wanted.no_repeat_ngram;
    if (!wanted.length_penalty.empty()) {
      if (!is_length_penalty(wanted.length_penalty)) {
        throw UserError(
            str("length_penalty must be none, average:A or gnmt:A with A from 0 to 10, "
                "not ",
                quote_for_message(wanted.length_penalty, 40)));
      }
      decoding.length_penalty = wanted.length_penalty;
    }
    if (wanted.num_best > decoding.beam_size) {
      throw UserError(
          str("n_best: ", wanted.num_best, " is more than the beam size ", decoding.beam_size));
    }
    options.num_best = wanted.num_best;
    options.workers = 1;
    options.has_token_scores = wanted.has_word_scores;
    if (wanted.has_links && !setup_.has_alignments)
      throw UserError("alignments: the server was started without --alignments");
    if (wanted.has_links) options.alignment = alignment_options({}, loaded_.files.front().config);
    return options;
  }

  /// One for each set of options; making it is cheap, but not for every batch.
  std::shared_ptr<const TranslationService> translator_for(const SentenceOptions& options) const {
    constexpr std::size_t kMost = 64;
    const std::scoped_lock lock(mutex_);
    if (const auto found = translators_.find(options); found != translators_.end())
      return found->second;
    if (translators_.size() >= kMost) translators_.clear();
    const ModelFiles& first = loaded_.files.front();
    auto made = std::make_shared<const TranslationService>(
        first.tokenizers.source, first.tokenizers.target, first.header.roles, options_for(options));
    translators_.emplace(options, made);
    return made;
  }

  /// `num_codes` words before the sentence are none of its own.
  SentenceResult result_of(const std::vector<Translation>& translations,
                           const SentenceOptions& options, std::int64_t num_codes) const {
    SentenceResult result;
    for (const Translation& each : translations) {
      if (!std::isfinite(each.score))
        throw RunError(str(name_, ": the model produced non-finite scores"),
                       "use another model or checkpoint");
      SentenceTranslation best{each.text, each.score, each.log_probability};
      for (const auto& [source, target] : each.links) {
        if (source >= num_codes) best.links.emplace_back(source - num_codes, target);
      }
      if (options.has_word_scores && !each.token_scores.empty()) {
        best.word_scores = word_sums(
            each.token_scores, words_of_decoded(loaded_.translator.target_tokenizer(), each.tokens),
            count_words(each.text));
      }
      result.best.push_back(std::move(best));
    }
    if (!translations.empty()) result.target_tokens = translations.front().num_tokens;
    return result;
  }

  const ServedModelsSetup setup_;
  const std::string name_;
  const std::vector<ServedDirection> directions_;
  const LoadedTranslator loaded_;
  std::vector<std::string> codes_;  ///< for each direction, put before its sentences; or ""
  mutable std::mutex mutex_;
  mutable std::map<SentenceOptions, std::shared_ptr<const TranslationService>> translators_;
};

bool is_language(const std::string& text) {
  return !text.empty() && text.size() <= 20 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

/// "de-en=MODEL" as its parts; a MODEL alone where it is not of this form, or a path of that name.
std::pair<ServedDirection, std::string> parse_model(const std::string& argument) {
  const std::size_t equals = argument.find('=');
  const std::size_t hyphen = argument.find('-');
  if (equals == std::string::npos || hyphen > equals || std::filesystem::exists(argument))
    return {{}, argument};
  const std::string source = argument.substr(0, hyphen);
  const std::string target = argument.substr(hyphen + 1, equals - hyphen - 1);
  if (!is_language(source) || !is_language(target)) return {{}, argument};
  const std::string model = argument.substr(equals + 1);
  return {{source, target, model}, model};
}

/// The languages that a model's configuration names.
ServedDirection configured_direction(const std::string& argument) {
  const auto folder = model_folder_of(model_paths(argument).front());
  const Config config = load_model_config(folder);
  const ServedDirection direction{config.data.source, config.data.target, argument};
  if (!direction.source.empty() && !direction.target.empty()) return direction;
  throw UserError(str(folder.string(), ": its configuration does not name its languages"),
                  str("give them: SOURCE-TARGET=", argument, ", such as de-en=", argument));
}

std::vector<NamedModel> named_models(const std::vector<std::string>& arguments) {
  std::vector<NamedModel> models;
  std::vector<std::string> served;
  for (const std::string& each : arguments) {
    auto [direction, argument] = parse_model(each);
    if (direction.source.empty()) direction = configured_direction(argument);
    const std::string pair = str(direction.source, "-", direction.target);
    if (std::find(served.begin(), served.end(), pair) != served.end()) {
      throw UserError(str(each, ": another model translates ", pair, " already"),
                      "serve one of the two, or name other languages: SOURCE-TARGET=MODEL");
    }
    served.push_back(pair);
    const auto same = std::find_if(models.begin(), models.end(), [&](const NamedModel& model) {
      return model.argument == argument;
    });
    if (same == models.end()) {
      models.push_back({argument, {direction}});
    } else {
      same->directions.push_back(direction);
    }
  }
  return models;
}

}  // namespace

std::shared_ptr<const TranslationBackend> open_served_models(const ServedModelsSetup& setup,
                                                             const ModelBackend& backend) {
  check_search(setup.search);
  if (setup.models.empty()) throw UserError("no model is given", "name a model directory");
  std::vector<PooledModel> pooled;
  for (const NamedModel& named : named_models(setup.models)) {
    pooled.push_back({named.argument, named.directions, [named, setup, &backend] {
                        return std::make_shared<const ServedModel>(named, setup, backend);
                      }});
  }
  return with_pivots(make_model_pool(std::move(pooled), setup.pool), setup.pivots);
}

}  // namespace regard
