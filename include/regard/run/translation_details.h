#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "regard/engine/alignment.h"
#include "regard/text/tokenizer.h"

#include "config.h"
#include "text_output.h"

namespace regard {

/// What is scored one by one.
enum class ScoreUnit { none, word, piece };

/// What is wanted besides translations and their scores: links, subwords, scores of parts; the same
/// for `regard translate` and `regard score`.
struct DetailOptions {
  std::string alignments;
  AlignmentUnit alignment_unit = AlignmentUnit::word;
  std::int64_t alignment_layer = -1;
  std::int64_t alignment_head = -1;
  std::string pieces;
  bool has_word_scores = false;
  bool has_piece_scores = false;

  ScoreUnit score_unit() const {
    if (has_piece_scores) return ScoreUnit::piece;
    return has_word_scores ? ScoreUnit::word : ScoreUnit::none;
  }
};

/// Throws UserError for contradictions, such as two outputs in one file; `output` is that of the
/// command.
void check_details(const DetailOptions& details, const std::string& output);

/// Where links are read: what the options say, else the attention that was taught to align
/// (training.guided_alignment of the model's `config`), else the mean of all.
AlignmentOptions alignment_options(const DetailOptions& details, const Config& config);

/// The files of links and of subwords, a line for each translation.
struct DetailOutputs {
  std::optional<TextOutput> links;
  std::optional<TextOutput> pieces;

  DetailOutputs(const DetailOptions& details, const std::vector<std::filesystem::path>& inputs);
  void flush();
  void commit();
};

/// "▁Hello ▁wor ld": subwords parted by spaces, none of which has white space inside.
std::string pieces_text(const Tokenizer& tokenizer, std::span<const std::int32_t> ids);

/// Of each of `num_words` words the sum of the scores of its subwords (0 for one without any), then
/// what is left, which is the end mark. `words` are those of the subwords, `scores` has one more.
std::vector<double> word_sums(std::span<const double> scores, std::span<const std::int64_t> words,
                              std::int64_t num_words);
/// They as natural logarithms parted by spaces. "" for no scores.
std::string word_scores(std::span<const double> scores, std::span<const std::int64_t> words,
                        std::int64_t num_words);
/// The same of each subword and the end mark.
std::string piece_scores(std::span<const double> scores);
/// Such scores as a feature of an n-best list, " WordScores= -0.1 -0.2"; "" for none.
std::string feature_of(ScoreUnit unit, const std::string& scores);

}  // namespace regard
