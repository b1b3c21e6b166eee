#include "regard/text/label_set.h"

#include <algorithm>
#include <utility>

#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/core/utf8.h"

namespace regard {
namespace {

[[noreturn]] void refuse_many_labels(const SourceSpot& place) {
  throw UserError(
      place,
      str("more than ", with_thousands(static_cast<std::int64_t>(LabelSet::kMaxLabels)), " labels"),
      "check that the column of labels is the right one");
}

std::string counted_labels(std::size_t count) {
  return str(count, count == 1 ? " label" : " labels");
}

}  // namespace

void require_label(std::string_view label, const SourceSpot& place) {
  const auto refuse = [&](const std::string& what) {
    throw UserError(place, what, "check that the column of labels is the right one");
  };
  if (label.empty()) refuse("the label is empty");
  if (label.size() > LabelSet::kMaxLabelBytes)
    refuse(str("the label has ", label.size(), " bytes: is it the text?"));
  if (!is_valid_utf8(label)) refuse(str("label ", quote_for_message(label), " is no valid UTF-8"));
  const bool has_control = std::any_of(label.begin(), label.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
  });
  if (has_control || trim(label) != label)
    refuse(str("label ", quote_for_message(label),
               " has control characters, or white space at its ends"));
}

LabelSet::LabelSet(std::vector<LabelCount> labels) : labels_(std::move(labels)) {
  if (labels_.size() > kMaxLabels) refuse_many_labels({});
  for (std::size_t i = 0; i < labels_.size(); ++i) {
    require_label(labels_[i].label, {});
    if (!numbers_.try_emplace(labels_[i].label, static_cast<std::int32_t>(i)).second) {
      throw UserError(str("label ", quote_for_message(labels_[i].label), " is there twice"),
                      "name each label once");
    }
  }
}

std::vector<std::string> LabelSet::names() const {
  std::vector<std::string> names;
  for (const LabelCount& each : labels_)
    names.push_back(each.label);
  return names;
}

std::optional<std::int32_t> LabelSet::find(std::string_view label) const {
  const auto found = numbers_.find(std::string(label));
  if (found == numbers_.end()) return std::nullopt;
  return found->second;
}

std::int32_t LabelSet::number(std::string_view label, const SourceSpot& place) const {
  if (const auto found = find(label)) return *found;
  const std::string near = nearest(label, names());
  throw UserError(place,
                  str("label ", quote_for_message(label), " is not among the ", size(),
                      " of the training files"),
                  near.empty() ? "correct it, or train on data that have it"
                               : str("use ", quote_for_message(near)));
}

std::uint64_t LabelSet::fingerprint() const {
  std::uint64_t value = regard::fingerprint("labels");
  for (const LabelCount& each : labels_)
    value = regard::fingerprint(str(each.label.size(), ":", each.label), value);
  return value;
}

void LabelCounter::add(std::string_view label, const SourceSpot& place) {
  require_label(label, place);
  const auto found = counts_.find(label);
  if (found != counts_.end()) {
    ++found->second;
  } else {
    if (counts_.size() == LabelSet::kMaxLabels) refuse_many_labels(place);
    counts_.emplace(label, 1);
  }
  if (place.line == 1) first_lines_.emplace_back(label, place);
}

LabelSet LabelCounter::labels() const {
  std::vector<LabelCount> labels;
  for (const auto& [label, count] : counts_)
    labels.push_back({label, count});
  return LabelSet(std::move(labels));
}

std::optional<Problem> LabelCounter::likely_header() const {
  const auto rare = std::count_if(counts_.begin(), counts_.end(),
                                  [](const auto& each) { return each.second == 1; });
  if (rare != 1 || counts_.size() < 3) return std::nullopt;
  for (const auto& [label, place] : first_lines_) {
    if (counts_.at(label) != 1) continue;
    return Problem{place,
                   str("label ", quote_for_message(label),
                       " of the first line occurs nowhere else: is this line a header?"),
                   "say that the file has a header"};
  }
  return std::nullopt;
}

void require_several_labels(const LabelSet& labels, const SourceSpot& place) {
  if (labels.size() > 1) return;
  if (labels.size() == 0) {
    throw UserError(place, "the training data have no label", "give labelled examples");
  }
  throw UserError(
      place, str("the training data have one label only, ", quote_for_message(labels.label(0))),
      "give examples of two labels or more");
}

void require_same_labels(const LabelSets& before, const LabelSets& now, const std::string& file) {
  const auto refuse = [&](const std::string& what) {
    throw UserError(SourceSpot{file}, what,
                    "give the run the data it began with, or begin another run");
  };
  for (const auto& [name, set] : before) {
    const auto found = now.find(name);
    if (found == now.end()) refuse(str("the data have no labels called ", quote_for_message(name)));
    const LabelSet& other = found->second;
    if (set.fingerprint() == other.fingerprint()) continue;
    const std::string kind = str(name == "label" ? "" : name + ": ");
    for (const LabelCount& each : other.labels()) {
      if (!set.find(each.label)) {
        refuse(str(kind, "label ", quote_for_message(each.label), " of the data is not among the ",
                   counted_labels(set.size()), " that the run began with"));
      }
    }
    for (const LabelCount& each : set.labels()) {
      if (!other.find(each.label)) {
        refuse(str(kind, "label ", quote_for_message(each.label),
                   ", with which the run began, is not in the data"));
      }
    }
    refuse(str(kind, "the labels of the data are in another order than those the run began with"));
  }
  for (const auto& item : now) {
    if (!before.contains(item.first))
      refuse(str("the run began without labels called ", quote_for_message(item.first)));
  }
}

}  // namespace regard
