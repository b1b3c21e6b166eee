#include "example_columns.h"

#include <algorithm>

#include "regard/core/strings.h"

namespace regard {
namespace {

constexpr const char* kLabel = "label";
constexpr const char* kScore = "score";

bool has(const std::vector<std::string>& columns, const std::string& name) {
  return std::find(columns.begin(), columns.end(), name) != columns.end();
}

}  // namespace

bool has_score(const std::vector<std::string>& columns) {
  return has(columns, kScore);
}

std::vector<std::string> category_metrics(const std::vector<std::string>& columns) {
  if (has_score(columns)) return {"pearson", "mse"};
  return {"accuracy", "macro_f1"};
}

void check_columns(const std::vector<std::string>& columns, const std::vector<std::string>& needed,
                   config::Checks& checks) {
  std::vector<std::string> known = needed;
  known.insert(known.end(), {kLabel, kScore, "-"});
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string& column = columns[i];
    if (!has(known, column)) {
      checks.fail(str("data.columns[", i, "]"), str(quote_for_message(column), " is no column"),
                  str("use ", join(known, ", ")));
    } else if (column != "-" && std::count(columns.begin(), columns.end(), column) > 1) {
      checks.fail("data.columns", str(column, " stands there twice"), "name each column once");
      return;
    }
  }
  for (const std::string& column : needed) {
    if (!has(columns, column))
      checks.fail("data.columns", str("there is no ", column), str("name the column ", column));
  }
  if (has(columns, kLabel) == has(columns, kScore)) {
    checks.fail("data.columns", "an example has either a label or a score",
                "name one column label, or score");
  }
}

std::vector<std::string> columns_or(const std::vector<std::string>& given,
                                    std::vector<std::string> usual) {
  return given.empty() ? std::move(usual) : given;
}

}  // namespace regard
