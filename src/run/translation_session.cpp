#include "translation_session.h"

#include <optional>

#include "regard/core/run_layout.h"
#include "regard/data/pair_batches.h"
#include "regard/engine/translation_service.h"
#include "regard/run/memory_setup.h"
#include "regard/run/model_folder.h"
#include "regard/run/suggested_command.h"
#include "regard/run/training_data.h"
#include "regard/run/validation_setup.h"
#include "regard/run/vocabulary_setup.h"
#include "regard/tasks/translation.h"
#include "regard/tensor/torch.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

TranslatorOptions validation_decoding(const Config& config) {
  TranslatorOptions options;
  options.decoding = config.decoding;
  options.decoding.beam_size = config.validation.beam_size;
  limit_lengths(options, config.model);
  return options;
}

class TranslationSession final : public SessionTask {
 public:
  RunTexts check_texts(const Config& config) override {
    RunTexts texts = check_corpora(config);
    check_validation(config);
    return texts;
  }
  std::vector<std::string> doubts(const Config& config) override {
    return doubts_about_tags(config);
  }
  TokenizerPair make_tokenizers(const Config& config, Logger& logger) override {
    return regard::make_tokenizers(config, logger);
  }
  std::shared_ptr<const BatchMaker> batches(const SessionBasis& basis,
                                            const fs::path& cache) override {
    const TokenizerPair& tokenizers = basis.tokenizers;
    return std::make_shared<PairBatches>(
        load_training(basis.config, tokenizers, cache, basis.logger, basis.stop), tokenizers.source,
        tokenizers.target,
        PairBatchOptions{basis.roles.batch_ids(), basis.config.vocabulary.sampling});
  }
  std::shared_ptr<NetworkImpl> network(const SessionBasis& basis) override {
    const TokenizerPair& tokenizers = basis.tokenizers;
    model_ = make_model(basis.config.model, tokenizers.source.size(), tokenizers.target.size(),
                        static_cast<std::uint64_t>(basis.config.seed));
    return model_.ptr();
  }
  std::unique_ptr<Objective> objective(const SessionBasis& basis) override {
    return std::make_unique<TranslationObjective>(model_, basis.config.training);
  }
  std::unique_ptr<Validator> validator(const SessionBasis& basis, Objective& objective) override {
    const TokenizerPair& tokenizers = basis.tokenizers;
    translator_.emplace(tokenizers.source, tokenizers.target, basis.roles,
                        validation_decoding(basis.config));
    return make_validator(basis.config,
                          {tokenizers, basis.roles.batch_ids(), model_, *translator_, objective},
                          basis.logger);
  }
  std::string next_step(const fs::path& folder) const override {
    return "translate with:  " + translate_command(folder);
  }

 private:
  Seq2Seq model_{nullptr};
  std::optional<TranslationService> translator_;  // of the validator
};

}  // namespace

std::unique_ptr<SessionTask> make_translation_session() {
  return std::make_unique<TranslationSession>();
}

}  // namespace regard
