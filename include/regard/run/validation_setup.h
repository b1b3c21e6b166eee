#pragma once

#include <memory>
#include <string>

#include "regard/core/logger.h"
#include "regard/data/batch.h"
#include "regard/model/text_translator.h"
#include "regard/run/config.h"
#include "regard/train/validator.h"

#include "model_folder.h"

namespace regard {

/// Throws UserError when BLEU's tokenizer of validation.tokenize is not there, before any work.
void check_validation(const Config& config);

/// What a run is validated with: all texts of data.valid, read and tokenised, each with the
/// tokenizer of BLEU for its language. Null where there is none, or validation is off. Warns of
/// tokenizers that are missing and of text that they cannot cut. `translator` must outlive it.
std::unique_ptr<Validator> make_validator(const Config& config, const TokenizerPair& tokenizers,
                                          const BatchIds& ids, TextTranslator& translator,
                                          Logger& logger);

/// The value that decides which checkpoint is best, by its full name where there are several texts.
std::string deciding_metric(const Config& config);

}  // namespace regard
