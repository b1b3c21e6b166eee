#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "regard/core/error.h"

namespace regard {

struct LabelCount {
  std::string label;
  std::int64_t count = 0;  ///< in the training data

  bool operator==(const LabelCount&) const = default;
};

/// The labels of a task, each with its number (the class that a model predicts) and how often the
/// training data have it.
class LabelSet {
 public:
  static constexpr std::size_t kMaxLabels = 65'536;
  static constexpr std::size_t kMaxLabelBytes = 1'000;

  LabelSet() = default;
  /// In this order. Throws UserError for a label that is there twice, is no label
  /// (require_label()), or for too many.
  explicit LabelSet(std::vector<LabelCount> labels);

  std::size_t size() const { return labels_.size(); }
  const std::string& label(std::size_t number) const { return labels_[number].label; }
  const std::vector<LabelCount>& labels() const { return labels_; }
  std::vector<std::string> names() const;

  std::optional<std::int32_t> find(std::string_view label) const;
  /// Throws UserError as "valid.tsv:12: label 'neutrl' is not among the 3 of the training files.
  /// Fix: use 'neutral'."
  std::int32_t number(std::string_view label, const SourceSpot& place) const;

  /// Of labels and order; counts do not matter.
  std::uint64_t fingerprint() const;

 private:
  std::vector<LabelCount> labels_;
  std::unordered_map<std::string, std::int32_t> numbers_;
};

/// Throws UserError unless `label` may be one: not empty, without control characters or white space
/// at its ends, valid UTF-8, and no longer than a label may be ("is it the text?").
void require_label(std::string_view label, const SourceSpot& place);

/// Collects the labels of training files.
class LabelCounter {
 public:
  /// Throws UserError like require_label(), and when there are too many labels.
  void add(std::string_view label, const SourceSpot& place);

  /// Sorted by their bytes, so that the order of the data does not matter.
  LabelSet labels() const;

  /// A problem for a file whose first line has a label that no other line of all has, while every
  /// other label is there more than once: a header, probably.
  std::optional<Problem> likely_header() const;

 private:
  std::map<std::string, std::int64_t, std::less<>> counts_;
  std::vector<std::pair<std::string, SourceSpot>> first_lines_;
};

/// Throws UserError when there are fewer than two labels: nothing to learn.
void require_several_labels(const LabelSet& labels, const SourceSpot& place);

/// The label sets of a task by their names ("label", "tag", "relation").
using LabelSets = std::map<std::string, LabelSet>;

/// labels.json of a model folder, written atomically.
void write_label_sets(const std::filesystem::path& path, const LabelSets& sets);
/// Throws UserError naming the file and what is wrong.
LabelSets read_label_sets(const std::filesystem::path& path);

/// Throws UserError when a run that began with `before` would go on with other labels, or another
/// order: the classes of its model would change their meaning. Names the first difference.
void require_same_labels(const LabelSets& before, const LabelSets& now, const std::string& file);

}  // namespace regard
