#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#ifndef REGARD_API
#define REGARD_API __attribute__((visibility("default")))
#endif

/// What programs that translate with Regard use: this header needs nothing but the standard
/// library, and what it promises stays from one minor version to the next.
///
///     regard::Translator translator("runs/quickstart");
///     std::cout << translator.translate("Guten Morgen.") << '\n';
///
/// Mistakes (no such model, a model that this build cannot compute, a value outside its range) are
/// thrown as std::invalid_argument, what goes wrong on the way (memory, a damaged disk) as
/// std::runtime_error. what() names place, value and fix.
namespace regard {

/// How a model is opened.
struct OpenOptions {
  /// Of the packed weights: "float32", "bfloat16", "float16" or "int8". Smaller ones are faster;
  /// int8 costs a few tenths of BLEU.
  std::string precision = "float32";
  /// Threads of one call; 0 = the CPUs that this process may use. A program that calls from several
  /// threads of its own gives 1.
  int threads = 0;
};

struct TranslateOptions {
  int beam_size = 0;              ///< 0 = the model's own; 1 = greedy search
  int num_best = 1;               ///< translations of a line, at most beam_size
  bool has_alignment = false;     ///< with TranslationResult::alignment
  bool has_token_scores = false;  ///< with TranslationResult::token_scores
  /// What each translation begins with: empty, or one for each line.
  std::vector<std::string> prefixes = {};
};

/// One translation of a line.
struct TranslationResult {
  std::string text;
  double score = 0;            ///< by which translations of a line are ordered: higher is better
  double log_probability = 0;  ///< natural logarithm, of all subwords and the end mark
  std::vector<std::string> pieces = {};  ///< its subwords
  /// Word of the source and word of the translation, counted from 0.
  std::vector<std::pair<std::int64_t, std::int64_t>> alignment = {};
  std::vector<double> token_scores = {};  ///< of its subwords and the end mark: log-probabilities
};

/// A model that translates. Immutable: all members may be called from several threads at once.
/// Cheap to copy.
class REGARD_API Translator {
 public:
  /// Opens a model directory, a checkpoint inside one, or an ensemble "A,B".
  explicit Translator(const std::string& model, const OpenOptions& options = {});

  /// The best translation of one line.
  std::string translate(std::string_view line) const;
  /// The best translations of lines, in their order. Together they are faster than one by one, and
  /// the same.
  std::vector<std::string> translate(const std::vector<std::string>& lines) const;
  /// All that is known of them: [line][rank], best first. A blank line has one empty translation.
  std::vector<std::vector<TranslationResult>> translate_details(
      const std::vector<std::string>& lines, const TranslateOptions& options = {}) const;

  /// The log-probabilities of given translations, end mark included: natural logarithms. Throws
  /// std::invalid_argument when there are not as many targets as sources.
  std::vector<double> score(const std::vector<std::string>& sources,
                            const std::vector<std::string>& targets) const;

  std::string source_language() const;  ///< as the configuration calls it; may be empty
  std::string target_language() const;

  struct Parts;

 private:
  std::shared_ptr<const Parts> parts_;
};

/// The version of the library, such as "0.1.0".
REGARD_API std::string library_version();

}  // namespace regard
