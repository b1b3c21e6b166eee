#include "regard/run/validation_setup.h"

#include <algorithm>
#include <map>

#include "regard/core/strings.h"
#include "regard/data/pair_batches.h"
#include "regard/model/longest_sentence.h"
#include "regard/run/bleu_tokenizer.h"
#include "regard/tasks/translation.h"
#include "regard/tensor/torch.h"
#include "regard/text/line_reader.h"

namespace regard {
namespace {

constexpr const char* kByLanguage = "auto";

bool counts_bleu(const Config& config) {
  const auto& metrics = config.validation.metrics;
  return std::find(metrics.begin(), metrics.end(), "bleu") != metrics.end();
}

/// Chooses tokenizers, each once, so that what is missing is one warning.
class TokenizerChoice {
 public:
  TokenizerChoice(const Config& config, Logger& logger) : config_(config), logger_(logger) {}

  BleuOptions of(const ValidCorpusOptions& corpus) {
    const std::string& language = corpus.language.empty() ? config_.data.target : corpus.language;
    const auto found = known_.find(language);
    if (found != known_.end()) return found->second;
    BleuOptions options;
    if (!counts_bleu(config_)) return options;
    if (config_.validation.tokenize == kByLanguage) {
      choose_tokenizer_of(language, options, logger_);
    } else {
      choose_tokenizer(config_.validation.tokenize, options);
    }
    return known_.emplace(language, options).first->second;
  }

 private:
  const Config& config_;
  Logger& logger_;
  std::map<std::string, BleuOptions> known_;
};

/// Both sides of a text without the pairs that data.invalid_utf8: skip leaves out, tags before the
/// source. A blank line stays blank: it has nothing to translate.
void read_text(const ValidCorpusOptions& corpus, InvalidUtf8 invalid_utf8, ValidationData& data) {
  LineReaderOptions options;
  const bool skips = invalid_utf8 == InvalidUtf8::skip;
  options.invalid_utf8 = skips ? InvalidUtf8::replace : invalid_utf8;
  LineReader sources(std::filesystem::path(corpus.source), options);
  LineReader targets(std::filesystem::path(corpus.target), options);
  Line source;
  Line target;
  while (sources.next(source) && targets.next(target)) {
    const bool is_invalid =
        source.invalid_byte != Line::kValid || target.invalid_byte != Line::kValid;
    if (skips && is_invalid) continue;
    const bool is_tagged = !corpus.tag.empty() && !trim(source.text).empty();
    data.source_lines.push_back(is_tagged ? str(corpus.tag, " ", source.text)
                                          : std::move(source.text));
    data.reference_lines.push_back(std::move(target.text));
  }
}

}  // namespace

void check_validation(const Config& config) {
  if (config.data.valid.empty() || !config.validation.is_on() || !counts_bleu(config)) return;
  BleuOptions options;
  if (config.validation.tokenize != kByLanguage)
    choose_tokenizer(config.validation.tokenize, options);
}

std::unique_ptr<Validator> make_validator(const Config& config, const ValidationParts& parts,
                                          Logger& logger) {
  if (config.data.valid.empty() || !config.validation.is_on()) return nullptr;
  CorpusLoading loading;
  loading.max_length = longest_sentence(config.model);
  loading.invalid_utf8 = config.data.invalid_utf8;
  const Tokenizer& source = parts.tokenizers.source;
  const Tokenizer& target = parts.tokenizers.target;
  TokenizerChoice choice(config, logger);
  const std::vector<std::string> names = validation_names(config.data);
  std::vector<ValidationData> texts;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const ValidCorpusOptions& corpus = config.data.valid[i];
    const std::vector<CorpusFiles> files = {{corpus.source, corpus.target, 1.0, corpus.tag}};
    ValidationData data;
    data.batches = std::make_shared<PairBatches>(Corpus::load(files, source, target, loading),
                                                 source, target, PairBatchOptions{parts.ids, {}});
    if (names.size() > 1) data.name = names[i];
    read_text(corpus, config.data.invalid_utf8, data);
    data.answerer =
        std::make_unique<TranslationAnswerer>(parts.translator, parts.model, data.source_lines);
    data.metrics.bleu = choice.of(corpus);
    if (counts_bleu(config)) {
      warn_of_unspaced(data.reference_lines, data.metrics.bleu, corpus.target,
                       "set data.target, or validation.tokenize: ", logger);
    }
    texts.push_back(std::move(data));
  }
  return std::make_unique<Validator>(std::move(texts), config.validation, parts.objective,
                                     config.training.batch_tokens);
}

std::string deciding_metric(const Config& config) {
  const std::string& metric = config.validation.stop.metric;
  if (config.data.valid.size() < 2 || !split_metric(metric).text.empty()) return metric;
  return str(validation_names(config.data).front(), ".", metric);
}

}  // namespace regard
