#include "align/pair_survey.h"

#include <algorithm>
#include <cmath>

namespace regard {
namespace {

/// The forms of a line, each once.
void distinct_forms(const ParallelSide& side, std::int64_t line, std::vector<std::int32_t>& forms) {
  forms.clear();
  for (const std::int32_t word : side.line(line))
    forms.push_back(side.words().form_of(word));
  std::sort(forms.begin(), forms.end());
  forms.erase(std::unique(forms.begin(), forms.end()), forms.end());
}

}  // namespace

PairSurvey::PairSurvey(const ParallelText& text)
    : text_(text), begins_(num_source_forms() + 1), target_sentences_(num_target_forms()) {
  std::vector<std::int32_t> forms;
  for (std::int64_t i = 0; i < text.num_pairs(); ++i) {
    distinct_forms(text.source, i, forms);
    for (const std::int32_t form : forms)
      ++begins_[form + 1];
    distinct_forms(text.target, i, forms);
    for (const std::int32_t form : forms)
      ++target_sentences_[form];
  }
  for (std::size_t i = 1; i < begins_.size(); ++i)
    begins_[i] += begins_[i - 1];
  sentences_.resize(begins_.back());
  std::vector<std::uint64_t> ends = begins_;
  for (std::int64_t i = 0; i < text.num_pairs(); ++i) {
    distinct_forms(text.source, i, forms);
    for (const std::int32_t form : forms)
      sentences_[ends[form]++] = static_cast<std::uint32_t>(i);
  }
}

PairSurvey::Partners::Partners(const PairSurvey& survey)
    : survey_(survey),
      seen_for_(survey.num_target_forms(), -1),
      together_(seen_for_.size()),
      counted_in_(seen_for_.size()) {}

std::span<const std::int32_t> PairSurvey::Partners::of(std::int32_t source) {
  source_ = source;
  partners_.clear();
  for (const std::uint32_t sentence : survey_.sentences_of(source)) {
    for (const std::int32_t word : survey_.text_.target.line(sentence)) {
      const std::int32_t target = survey_.text_.target.words().form_of(word);
      if (seen_for_[target] != source) {
        seen_for_[target] = source;
        together_[target] = 0;
        counted_in_[target] = 0;
        partners_.push_back(target);
      }
      if (counted_in_[target] == sentence + 1) continue;
      counted_in_[target] = sentence + 1;
      ++together_[target];
    }
  }
  return partners_;
}

int PairSurvey::Partners::level(std::int32_t target) const {
  const auto both = static_cast<double>(together_[target]);
  const auto sum = static_cast<double>(survey_.sentences_of(source_).size()) +
                   static_cast<double>(survey_.target_sentences_[target]);
  return std::min(kLevels - 1, static_cast<int>(-4 * std::log2(2 * both / sum)));
}

}  // namespace regard
