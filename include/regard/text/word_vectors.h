#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "regard/text/line_reader.h"

namespace regard {

/// Vectors of the words of a vocabulary.
struct WordVectors {
  std::int64_t width = 0;
  std::vector<float> values;  ///< [words, width], in the order of the vocabulary; 0 where not found
  std::vector<bool> is_found;  ///< [words]
  std::int64_t num_found = 0;
  std::int64_t num_lines = 0;     ///< of vectors in the file
  std::int64_t num_repeated = 0;  ///< vectors of a word that already had one; the first counts
};

/// Reads word vectors in text form, as word2vec and GloVe write them: a word, then its numbers, one
/// space between them. A first line of two whole numbers is word2vec's header, words and width, and
/// is checked. Words may have spaces inside (GloVe's 840B has some): the last `width` fields are
/// the numbers. Vectors of other words than those of `vocabulary` are not kept, so memory is that
/// of the vocabulary. `width`: what the vectors must have; 0 = that of the file. Throws UserError
/// naming file and line: another width, what is no finite number, another count of words than the
/// header has, no vector at all.
WordVectors read_word_vectors(LineReader lines, std::span<const std::string> vocabulary,
                              std::int64_t width = 0);

/// What LineReader needs to read such files: words that are no valid UTF-8 (as word2vec writes) are
/// found in no vocabulary, but are no error.
LineReaderOptions word_vector_lines();

}  // namespace regard
