#pragma once

#include <memory>
#include <string>

#include "regard/core/logger.h"
#include "regard/engine/translation_service.h"
#include "regard/model/seq2seq.h"
#include "regard/run/config.h"
#include "regard/run/tokenizer_files.h"
#include "regard/train/validator.h"

namespace regard {

/// Throws UserError when BLEU's tokenizer of validation.tokenize is not there, before any work.
void check_validation(const Config& config);

/// What validation works with. All of it outlives the validator.
struct ValidationParts {
  const TokenizerPair& tokenizers;
  BatchIds ids;
  const Seq2Seq& model;
  const TranslationService& translator;
  Objective& objective;
};

/// What a run is validated with: all texts of data.valid, read and tokenized, each with the
/// tokenizer of BLEU for its language. Null where there is none, or validation is off. Warns of
/// tokenizers that are missing and of text that they cannot cut.
std::unique_ptr<Validator> make_validator(const Config& config, const ValidationParts& parts,
                                          Logger& logger);

/// The value that decides which checkpoint is best, by its full name where there are several texts.
std::string deciding_metric(const Config& config);

}  // namespace regard
