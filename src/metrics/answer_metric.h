#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "regard/metrics/metric.h"

namespace regard {

/// A metric of answers: one right answer per line, a version and signature of its own.
class AnswerMetric : public Metric {
 public:
  explicit AnswerMetric(std::string name) : name_(std::move(name)) {}

  std::string name() const final { return name_; }
  bool is_higher_better() const override { return true; }
  std::string settings() const override { return ""; }
  std::string_view version() const final { return "regard"; }
  bool has_one_reference() const final { return true; }

  /// Throws UserError unless there is one reference.
  Statistics sentence_statistics(std::string_view hypothesis,
                                 std::span<const std::string_view> references) const final;

 protected:
  /// Both without white space at the ends.
  virtual Statistics compare(std::string_view answer, std::string_view right) const = 0;

 private:
  std::string name_;
};

/// 100 × part / whole, 0 of nothing.
inline double percent(double part, double whole) {
  return whole > 0 ? 100 * part / whole : 0;
}

/// Labels and their numbers.
class LabelNumbers {
 public:
  explicit LabelNumbers(std::vector<std::string> labels);

  const std::vector<std::string>& labels() const { return labels_; }
  std::size_t size() const { return labels_.size(); }
  /// -1 for an unknown one.
  std::ptrdiff_t find(std::string_view label) const;
  /// Throws UserError naming the label, and the nearest that is known.
  std::size_t at(std::string_view label) const;

 private:
  std::vector<std::string> labels_;
  std::unordered_map<std::string, std::size_t> numbers_;
};

/// The parts between spaces and tabs.
std::vector<std::string_view> parts_of_line(std::string_view line);

/// The tags of two lines. Throws UserError when they are not as many.
struct TagPair {
  std::vector<std::string_view> answered;
  std::vector<std::string_view> right;
};
TagPair tags_of(std::string_view answer, std::string_view right);

/// Whether a tag says that its word belongs to nothing: "O" or "_".
inline bool is_outside(std::string_view tag) {
  return tag == "O" || tag == "_";
}

}  // namespace regard
