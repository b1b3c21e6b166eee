#pragma once

#include <string>

#include "regard/text/label_set.h"

namespace regard {

/// "3: entailment (50.0 %), neutral (…), …", the most frequent ones of many.
std::string labels_text(const LabelSet& labels);

}  // namespace regard
