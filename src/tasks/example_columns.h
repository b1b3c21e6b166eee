#pragma once

#include <string>
#include <vector>

#include "regard/config/rules.h"

namespace regard {

/// Whether the answers to examples with these columns are numbers.
bool has_score(const std::vector<std::string>& columns);
/// The usual metrics of labels, or of numbers.
std::vector<std::string> category_metrics(const std::vector<std::string>& columns);

/// Rules of the columns of a file of examples: what `needed` names, each once, and one of label and
/// score. "-" may stand anywhere.
void check_columns(const std::vector<std::string>& columns, const std::vector<std::string>& needed,
                   config::Checks& checks);

/// The columns that are given, or the usual ones.
std::vector<std::string> columns_or(const std::vector<std::string>& given,
                                    std::vector<std::string> usual);

}  // namespace regard
