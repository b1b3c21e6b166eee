#include "metrics/answer_metric.h"

#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {

Statistics AnswerMetric::sentence_statistics(std::string_view hypothesis,
                                             std::span<const std::string_view> references) const {
  if (references.size() != 1) {
    throw UserError(
        str(name_, " compares with one right answer, but there are ", references.size()),
        "give one reference");
  }
  return compare(trim(hypothesis), trim(references[0]));
}

LabelNumbers::LabelNumbers(std::vector<std::string> labels) {
  for (std::string& label : labels) {
    if (numbers_.try_emplace(label, labels_.size()).second) labels_.push_back(std::move(label));
  }
}

std::ptrdiff_t LabelNumbers::find(std::string_view label) const {
  const auto found = numbers_.find(std::string(label));
  return found == numbers_.end() ? -1 : static_cast<std::ptrdiff_t>(found->second);
}

std::size_t LabelNumbers::at(std::string_view label) const {
  const std::ptrdiff_t number = find(label);
  if (number >= 0) return static_cast<std::size_t>(number);
  const std::string near = nearest(label, labels_);
  throw UserError(str("label ", quote_for_message(label), " is not among the ", labels_.size(),
                      " labels that are counted"),
                  near.empty() ? "use one of them" : str("use ", quote_for_message(near)));
}

std::vector<std::string_view> parts_of_line(std::string_view line) {
  constexpr std::string_view kBlank = " \t";
  std::vector<std::string_view> parts;
  for (std::size_t at = line.find_first_not_of(kBlank); at < line.size();) {
    const std::size_t end = std::min(line.find_first_of(kBlank, at), line.size());
    parts.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(kBlank, end);
  }
  return parts;
}

TagPair tags_of(std::string_view answer, std::string_view right) {
  TagPair tags{parts_of_line(answer), parts_of_line(right)};
  if (tags.answered.size() == tags.right.size()) return tags;
  throw UserError(str(tags.answered.size(), tags.answered.size() == 1 ? " tag" : " tags",
                      ", but the right answer has ", tags.right.size()),
                  "give one tag per word");
}

}  // namespace regard
