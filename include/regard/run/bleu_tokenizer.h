#pragma once

#include <span>
#include <string>

#include "regard/core/logger.h"
#include "regard/metrics/bleu.h"

namespace regard {

/// Sets how BLEU cuts lines: a name of bleu_tokenizer_names() or bleu_splitter_names().
/// Dictionaries of MeCab are looked for in the folders REGARD_MECAB_JA and REGARD_MECAB_KO of the
/// environment, else where the system has them; the models of flores101, flores200 and spBLEU-1K
/// where sacreBLEU puts them, $SACREBLEU/models or ~/.sacrebleu/models. Throws UserError saying
/// what to install or to fetch.
void choose_tokenizer(const std::string& name, BleuOptions& options);

/// Sets the best tokenizer there is for a target language (bleu_tokenizers_of). One warning where
/// that is not the one sacreBLEU takes.
void choose_tokenizer_of(const std::string& language, BleuOptions& options, Logger& logger);

/// One warning where the tokenizer takes lines without spaces for a word each. `place` is a file,
/// `option` where another tokenizer is asked for.
void warn_of_unspaced(std::span<const std::string> lines, const BleuOptions& options,
                      const std::string& place, const std::string& option, Logger& logger);

}  // namespace regard
