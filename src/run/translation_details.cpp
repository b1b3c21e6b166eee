#include "regard/run/translation_details.h"

#include <algorithm>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/tasks/guided_map.h"
#include "regard/text/words.h"

namespace regard {

namespace fs = std::filesystem;

namespace {

/// Whether two outputs would replace each other; a device takes what both write.
bool is_same_file(const std::string& one, const std::string& other) {
  std::error_code failed;
  const fs::path path = fs::weakly_canonical(fs::absolute(one, failed), failed);
  if (failed || path != fs::weakly_canonical(fs::absolute(other, failed), failed)) return false;
  return fs::is_regular_file(path, failed) || !fs::exists(path, failed);
}

/// A named output.
struct NamedFile {
  const char* option;
  const std::string& path;
};

void require_different(const NamedFile& one, const NamedFile& other) {
  if (one.path.empty() || other.path.empty() || !is_same_file(one.path, other.path)) return;
  throw UserError(
      str(one.option, ": ", escape_for_message(one.path), " is the file of ", other.option),
      "choose another file for one of them");
}

}  // namespace

void check_details(const DetailOptions& details, const std::string& output) {
  if (details.alignments.empty()) {
    if (details.alignment_layer >= 0 || details.alignment_head >= 0) {
      throw UserError("--alignment-layer and --alignment-head: no alignments are written",
                      "add --alignments FILE");
    }
    if (details.alignment_unit != AlignmentUnit::word) {
      throw UserError("--alignment-unit: no alignments are written", "add --alignments FILE");
    }
  }
  const NamedFile text{"--output", output};
  const NamedFile links{"--alignments", details.alignments};
  const NamedFile pieces{"--pieces", details.pieces};
  require_different(links, text);
  require_different(pieces, text);
  require_different(pieces, links);
}

AlignmentOptions alignment_options(const DetailOptions& details, const Config& config) {
  AlignmentOptions options{details.alignment_layer, details.alignment_head, details.alignment_unit};
  if (options.layer >= 0 || options.head >= 0) return options;
  const auto& corpora = config.data.train;
  const bool is_guided =
      std::any_of(corpora.begin(), corpora.end(),
                  [&](const TrainCorpusOptions& corpus) { return uses_links(config, corpus); });
  if (!is_guided) return options;
  options.map = guided_map(config.training.guided_alignment, config.model);
  options.head = config.training.guided_alignment.head;
  return options;
}

DetailOutputs::DetailOutputs(const DetailOptions& details, const std::vector<fs::path>& inputs) {
  if (!details.alignments.empty()) links.emplace(details.alignments, inputs);
  if (!details.pieces.empty()) pieces.emplace(details.pieces, inputs);
}

void DetailOutputs::flush() {
  if (links) links->flush();
  if (pieces) pieces->flush();
}

void DetailOutputs::commit() {
  if (links) links->commit();
  if (pieces) pieces->commit();
}

std::string pieces_text(const Tokenizer& tokenizer, std::span<const std::int32_t> ids) {
  std::vector<std::string> pieces;
  for (const std::int32_t id : ids)
    pieces.push_back(without_spaces(tokenizer.piece(id)));
  return join(pieces, " ");
}

std::vector<double> word_sums(std::span<const double> scores, std::span<const std::int64_t> words,
                              std::int64_t num_words) {
  std::vector<double> sums(static_cast<std::size_t>(num_words) + 1, 0.0);
  sums.back() = scores.back();
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::int64_t word = words[i] < 0 ? num_words : words[i];
    sums[static_cast<std::size_t>(word)] += scores[i];
  }
  return sums;
}

std::string word_scores(std::span<const double> scores, std::span<const std::int64_t> words,
                        std::int64_t num_words) {
  return scores.empty() ? "" : piece_scores(word_sums(scores, words, num_words));
}

std::string piece_scores(std::span<const double> scores) {
  std::vector<std::string> texts;
  for (const double score : scores)
    texts.push_back(format_fixed(score, 6));
  return join(texts, " ");
}

std::string feature_of(ScoreUnit unit, const std::string& scores) {
  if (unit == ScoreUnit::none) return "";
  return str(unit == ScoreUnit::word ? " WordScores=" : " PieceScores=", scores.empty() ? "" : " ",
             scores);
}

}  // namespace regard
