#include "regard/run/conversion_check.h"

#include <algorithm>
#include <sstream>

#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {

namespace fs = std::filesystem;

void require_same_logits(const Verification& found, double tolerance, const std::string& what,
                         Logger& logger) {
  const double limit = tolerance * std::max(1.0, found.largest_logit);
  std::ostringstream text;
  text.precision(2);
  text << std::scientific << found.max_difference;
  const std::string measured =
      str("largest difference ", text.str(), " among ", with_thousands(found.values), " logits of ",
          found.sentences, " sentences (largest logit ", format_fixed(found.largest_logit, 1), ")");
  // A difference that is not a number must fail, too.
  if (!(found.max_difference <= limit)) {
    throw RunError(str(what, " does not reproduce the scores of the original: ", measured),
                   "please report this; --verify false writes it anyway");
  }
  logger.info(str("verified: ", measured));
}

void prepare_output(const fs::path& output) {
  if (output.empty()) throw UserError("OUT: the name is empty", "name the output");
  std::error_code failed;
  if (fs::exists(fs::symlink_status(output, failed))) {
    throw UserError(SourceSpot{output.string()}, "the output already exists",
                    "choose another one, or remove it");
  }
  const fs::path parent = fs::absolute(output).parent_path();
  fs::create_directories(parent, failed);
  if (failed) throw RunError(SourceSpot{parent.string()}, failed.message());
}

}  // namespace regard
