#pragma once

#include <string>
#include <vector>

#include "regard/config/document.h"
#include "regard/config/reader.h"
#include "regard/model/model_options.h"

namespace regard::test {

/// What is wrong with a model group, one text per problem: "heads: 7 does not ... Fix: ...".
inline std::vector<std::string> problems_of(const std::string& yaml) {
  std::vector<Problem> problems;
  config::read<ModelOptions>(config::parse_yaml(yaml, "a.yaml"), problems);
  std::vector<std::string> texts;
  for (const Problem& problem : problems)
    texts.push_back(to_string(problem));
  return texts;
}

}  // namespace regard::test
