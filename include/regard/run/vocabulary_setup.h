#pragma once

#include "regard/core/logger.h"
#include "regard/data/text_fingerprint.h"
#include "regard/run/config.h"

#include "model_folder.h"

namespace regard {

/// What the vocabulary of a task is made for.
struct VocabularyTexts {
  std::function<bool(std::string&)> next;  ///< the next text; false at the end
  std::string name;                        ///< of the texts, in messages
  std::vector<std::string> symbols;        ///< pieces that it must have
};

/// The vocabularies a configuration asks for: the given .spm files, that of training.init_from, and
/// trained ones where none is given. Tags of the corpora and user symbols that a given one lacks
/// are added to it.
TokenizerPair make_tokenizers(const Config& config, Logger& logger);

/// The vocabulary of a task that reads one kind of text, in the same ways.
TokenizerPair make_tokenizers_of_texts(const Config& config, const VocabularyTexts& texts,
                                       Logger& logger);

/// Reads all corpora once, so that a mistake in them costs seconds and leaves nothing behind:
/// files, line counts, UTF-8. Throws UserError with every problem found. Gives what tells these
/// texts from others.
RunTexts check_corpora(const Config& config);

/// What looks like a mistake with the tags of corpora: validation text without any, where all
/// corpora have one. Sentences for warnings.
std::vector<std::string> doubts_about_tags(const Config& config);

}  // namespace regard
