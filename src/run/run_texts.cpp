#include "regard/run/run_texts.h"

#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

/// "s (300 lines) is now another text of 100 lines"; empty = nothing changed.
std::string change_of(const std::string& file, std::uint64_t before, std::uint64_t now,
                      std::int64_t lines_before, std::int64_t lines_now) {
  if (before == now) return "";
  if (lines_before == lines_now) return str(file, " contains a different text than before");
  return str(file, " contains a different text: ", with_thousands(lines_now), " lines, it had ",
             with_thousands(lines_before));
}

}  // namespace

void check_texts_of_run(const RunTexts& before, const RunTexts& now, const Config& config,
                        Logger& logger) {
  std::vector<Problem> problems;
  for (std::size_t i = 0; i < std::min(before.training.size(), now.training.size()); ++i) {
    const TrainCorpusOptions& corpus = config.data.train.at(i);
    if (corpus.weight == 0.0) continue;
    const CorpusFingerprint& old = before.training[i];
    const CorpusFingerprint& text = now.training[i];
    if (old.links != text.links) {
      logger.warning(
          str("data.train[", i, "].alignments: not the links that the run has used so far"));
    }
    const std::string& first = corpus.file.empty() ? corpus.source : corpus.file;
    for (const std::string& change :
         {change_of(first, old.source, text.source, old.pairs, text.pairs),
          change_of(corpus.target, old.target, text.target, old.pairs, text.pairs)}) {
      if (change.empty()) continue;
      problems.push_back(
          {{},
           str("data.train[", i, "]: ", change, ", so the run in ", config.output,
               " cannot be resumed"),
           str("restore the text, or start another run from this model with another output and "
               "training.init_from: ",
               config.output)});
    }
  }
  if (!problems.empty()) throw UserError(std::move(problems));
  if (before.training.empty() || before.validation == now.validation) return;
  logger.warning(
      "data.valid: not the validation text that the run has used so far; its scores are not "
      "comparable with the earlier ones, so the best checkpoint is determined again from here");
}

}  // namespace regard
