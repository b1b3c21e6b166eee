#include "regard/api/translator.h"

#include <algorithm>
#include <new>
#include <numeric>
#include <stdexcept>

#include "regard/config/describe.h"
#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/core/threads.h"
#include "regard/core/version.h"
#include "regard/engine/forced_scores.h"
#include "regard/engine/parallel.h"
#include "regard/run/engine_backend.h"
#include "regard/run/loaded_translator.h"
#include "regard/run/pair_scores.h"
#include "regard/run/translation_details.h"
#include "regard/text/words.h"

namespace regard {
namespace {

/// What is thrown inside becomes what the header promises.
template <class Work>
auto guarded(Work&& work) {
  try {
    return work();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::user) throw std::invalid_argument(error.what());
    throw std::runtime_error(error.what());
  } catch (const std::bad_alloc&) {
    throw std::runtime_error("out of memory");
  }
}

WeightType weight_type(const std::string& name) {
  const auto type = config::from_word<WeightType>(name);
  if (!type) {
    throw UserError(str("precision: ", quote_for_message(name), " is none"),
                    str("use ", join(config::enum_table<WeightType>().words, ", ")));
  }
  return *type;
}

/// The threads of this thread's loops, for as long as it lives.
class ThreadsOfACall {
 public:
  explicit ThreadsOfACall(int threads) : before_(compute_threads()) {
    use_compute_threads(threads);
  }
  ~ThreadsOfACall() { use_compute_threads(before_); }
  ThreadsOfACall(const ThreadsOfACall&) = delete;
  ThreadsOfACall& operator=(const ThreadsOfACall&) = delete;

 private:
  int before_;
};

}  // namespace

struct Translator::Parts {
  LoadedModels loaded;
  int threads = 1;

  const ModelFiles& first() const { return loaded.files.front(); }
  TranslationService service(const TranslateOptions& options) const;
};

TranslationService Translator::Parts::service(const TranslateOptions& options) const {
  if (options.beam_size < 0 || options.beam_size > 256 || options.num_best < 1) {
    throw UserError(str("beam_size: ", options.beam_size, ", num_best: ", options.num_best),
                    "use a beam_size of 0 to 256 and a num_best of at least 1");
  }
  TranslationRequirements requirements;
  requirements.has_token_scores = options.has_token_scores;
  if (options.has_alignment) requirements.alignment = alignment_options({}, first().config);
  TranslatorOptions searching = translator_options(loaded.files, {}, requirements);
  if (options.beam_size > 0) searching.decoding.beam_size = options.beam_size;
  if (options.num_best > searching.decoding.beam_size) {
    throw UserError(str("num_best: ", options.num_best, " is more than the beam size ",
                        searching.decoding.beam_size),
                    str("use a beam_size of ", options.num_best));
  }
  searching.num_best = options.num_best;
  return {first().tokenizers.source, first().tokenizers.target, first().header.roles, searching};
}

Translator::Translator(const std::string& model, const OpenOptions& options) {
  parts_ = guarded([&] {
    LoadRequest request;
    request.model = model;
    request.search.precision = weight_type(options.precision);
    if (options.threads < 0) throw UserError(str("threads: ", options.threads), "use 0 or more");
    auto parts = std::make_shared<Parts>();
    parts->loaded = EngineBackend().load(request);
    parts->threads = options.threads > 0 ? options.threads : choose_threads(0).count;
    return std::shared_ptr<const Parts>(std::move(parts));
  });
}

std::string Translator::translate(std::string_view line) const {
  return translate(std::vector<std::string>{std::string(line)}).front();
}

std::vector<std::string> Translator::translate(const std::vector<std::string>& lines) const {
  std::vector<std::string> texts;
  for (std::vector<TranslationResult>& line : translate_details(lines))
    texts.push_back(std::move(line.front().text));
  return texts;
}

std::vector<std::vector<TranslationResult>> Translator::translate_details(
    const std::vector<std::string>& lines, const TranslateOptions& options) const {
  return guarded([&] {
    const ThreadsOfACall threads(parts_->threads);
    if (!options.prefixes.empty() && options.prefixes.size() != lines.size()) {
      throw UserError(str("prefixes: ", options.prefixes.size(), " for ", lines.size(), " lines"),
                      "give one for each line, or none");
    }
    const TranslationService service = parts_->service(options);
    const Translations found =
        service.translate_all(parts_->loaded.models, {lines, options.prefixes});
    const Tokenizer& tokenizer = service.target_tokenizer();
    std::vector<std::vector<TranslationResult>> results;
    for (const std::vector<Translation>& line : found) {
      std::vector<TranslationResult>& of_line = results.emplace_back();
      for (const Translation& translation : line) {
        TranslationResult& result = of_line.emplace_back();
        result.text = translation.text;
        result.score = translation.score;
        result.log_probability = translation.log_probability;
        for (const std::int32_t id : translation.tokens)
          result.pieces.push_back(tokenizer.piece(id));
        result.alignment = translation.links;
        result.token_scores = translation.token_scores;
      }
    }
    return results;
  });
}

std::vector<double> Translator::score(const std::vector<std::string>& sources,
                                      const std::vector<std::string>& targets) const {
  return guarded([&] {
    const ThreadsOfACall threads(parts_->threads);
    if (sources.size() != targets.size()) {
      throw UserError(str("score: ", targets.size(), " translations of ", sources.size(), " lines"),
                      "give one for each");
    }
    const Models& models = parts_->loaded.models;
    const ModelFiles& files = parts_->first();
    ScoreTexts texts{sources, targets, std::vector<std::size_t>(sources.size()), {}};
    std::iota(texts.source_of.begin(), texts.source_of.end(), 0);
    const EncodedTexts encoded =
        encode_texts(files, {"sources", "targets", ""}, texts, false, *make_silent_logger());
    const auto token_scores = [&](const std::vector<TokenPair>& pairs) {
      return forced_scores(*make_scorer(models), pairs, files.header.roles);
    };
    std::vector<double> scores;
    for (const PairScore& pair : score_pairs({files, models, token_scores}, texts, encoded, {}))
      scores.push_back(pair.log_probability);
    return scores;
  });
}

std::string Translator::source_language() const {
  return parts_->first().config.data.source;
}

std::string Translator::target_language() const {
  return parts_->first().config.data.target;
}

std::string library_version() {
  return program_version();
}

}  // namespace regard
