#include "regard/data/data_options.h"

#include <algorithm>

namespace regard {

void ValidCorpusOptions::check(const Self& self, config::Checks& checks) {
  if (self.source.empty() != self.target.empty()) {
    checks.fail(self.source.empty() ? "source" : "target", "is missing",
                "give both sides of the validation corpus, or neither");
  }
}

void DataOptions::check(const Self& self, config::Checks& checks) {
  const bool all_left_out =
      std::all_of(self.train.begin(), self.train.end(),
                  [](const TrainCorpusOptions& corpus) { return corpus.weight == 0.0; });
  if (!self.train.empty() && all_left_out) {
    checks.fail("train", "every corpus has weight 0", "give one a weight above 0");
  }
  if (self.max_ratio != 0.0 && self.max_ratio < 1.0) {
    checks.fail("max_ratio", "a ratio below 1 would drop every pair", "use 0 or at least 1");
  }
}

}  // namespace regard
