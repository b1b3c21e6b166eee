#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regard/core/random.h"
#include "regard/text/tokenizer_training.h"

namespace regard::test {

/// Sentences of 3 to 14 words, the same for the same arguments.
inline std::vector<std::string> sample_sentences(std::size_t count, std::uint64_t seed = 1) {
  static const std::vector<std::string> kWords = {
      "ein",         "Mann",   "Frau",  "zwei",  "Hunde",   "spielen", "Ball",     "Straße",
      "über",        "grüne",  "Wiese", "läuft", "schnell", "Kinder",  "lachen",   "Wasser",
      "springt",     "und",    "mit",   "einem", "roten",   "Hemd",    "Fahrrad",  "fährt",
      "unter",       "Brücke", "steht", "neben", "großen",  "Gebäude", "Menschen", "warten",
      "Haltestelle", "im",     "Park",  "sitzt", "Bank",    "liest",   "Zeitung",  "schwarze"};
  static const std::vector<std::string> kEndings = {"",     "",     "en",   "er",   "ung",
                                                    "lich", "keit", "chen", "heit", "isch"};
  RandomStream random(seed);
  std::vector<std::string> sentences;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t words = 3 + random.below(12);
    std::string sentence;
    for (std::uint64_t w = 0; w < words; ++w) {
      if (w > 0) sentence += ' ';
      sentence += kWords[static_cast<std::size_t>(random.below(kWords.size()))];
      sentence += kEndings[static_cast<std::size_t>(random.below(kEndings.size()))];
    }
    sentences.push_back(sentence + (i % 3 == 0 ? " !" : "."));
  }
  return sentences;
}

/// A source for TokenizerTraining::next_sentence.
inline std::function<bool(std::string&)> source_of(std::vector<std::string> sentences) {
  return [sentences = std::move(sentences), index = std::size_t{0}](std::string& sentence) mutable {
    if (index == sentences.size()) return false;
    sentence = sentences[index++];
    return true;
  };
}

inline Tokenizer sample_tokenizer(VocabularyType type = VocabularyType::bpe,
                                  std::int64_t size = 150) {
  TokenizerTraining training;
  training.type = type;
  training.size = size;
  training.next_sentence = source_of(sample_sentences(500));
  return train_tokenizer(training);
}

}  // namespace regard::test
