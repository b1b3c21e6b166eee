#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regard/metrics/metric.h"

namespace regard {

// Metrics of answers that are right or wrong, one line per example and one right answer for each:
// labels ("neutral"), numbers ("3.7"), one tag per word ("O B-A1 I-A1") or a set
// ("CID:D003000:D006973 CID:D003000:D007022"). White space at both ends of a line does not count.
// All but mse are in percent, -100 to 100 for matthews and pearson, 0 to 100 for the others.
// Shares of nothing are 0, as is a coefficient where one side is constant. Several references are
// refused with a UserError.

/// How F1 becomes one number. With tp, fp, fn of a label its F1 is 2 tp / (2 tp + fp + fn), 0 where
/// nothing is counted.
enum class F1Average {
  micro,     ///< of the counts of all labels together
  macro,     ///< the mean over the labels that occur on either side
  weighted,  ///< the mean over the labels, each as often as the right answers have it
};

/// Right lines per line ("accuracy").
std::unique_ptr<Metric> make_accuracy();

/// F1 of lines that are one label each ("micro_f1", "macro_f1", "weighted_f1"); micro equals
/// accuracy. `labels` are all that may occur: with macro and weighted, a line that is none of them
/// is a UserError. With micro they may be empty, and only serve label_scores().
std::unique_ptr<Metric> make_class_f1(F1Average average, std::vector<std::string> labels);

/// Matthews' coefficient of K labels (Gorodkin 2004, equation 8; "matthews"). A line that is none
/// of `labels` is a UserError.
std::unique_ptr<Metric> make_matthews(std::vector<std::string> labels);

/// Pearson's correlation ("pearson") and the mean squared error ("mse") of lines that are one
/// number each. A line that is no finite number, or one beyond ±1e30, is a UserError. Pearson takes
/// values that differ by less than a millionth of their size for constant.
std::unique_ptr<Metric> make_pearson();
std::unique_ptr<Metric> make_mean_squared_error();

// Tags: as many on each line as the right answer has, else UserError.

/// Right tags per tag ("tag_accuracy").
std::unique_ptr<Metric> make_tag_accuracy();
/// Micro F1 of the tags other than "O" and "_" at their places ("label_f1"). `labels` may be empty,
/// and only serve label_scores().
std::unique_ptr<Metric> make_label_f1(std::vector<std::string> labels = {});
/// Micro F1 of spans that agree in type and both ends ("span_f1"), exactly as conlleval counts them
/// (Tjong Kim Sang and Buchholz 2000), in illegal sequences too: a span also begins where the type
/// changes. `types` may be empty, and only serve label_scores().
std::unique_ptr<Metric> make_span_f1(std::vector<std::string> types = {});

/// Micro F1 of the words of a line as a set: order and repetition do not count ("set_f1"). `types`,
/// what stands before the first ':' of a word, may be empty, and only serve label_scores().
std::unique_ptr<Metric> make_set_f1(std::vector<std::string> types = {});

/// The names above that make_metric() takes.
std::vector<std::string> answer_metric_names();
/// Whether the metric of this name needs MetricOptions::labels: macro_f1, weighted_f1, matthews.
bool needs_labels(std::string_view metric);
/// What MetricOptions::labels may be for this metric: all labels, tags or types that occur in the
/// texts, sorted by their bytes; none for a metric without them.
std::vector<std::string> labels_of_answers(std::string_view metric,
                                           std::span<const std::vector<std::string>> texts);

/// How often each label was answered where another was right: counts[right][answered], in the order
/// of `labels`.
struct ConfusionMatrix {
  std::vector<std::string> labels;
  std::vector<std::vector<std::int64_t>> counts;
};

/// Of lines that are one label each. Throws UserError like corpus_score(), and for a line that is
/// none of the labels.
ConfusionMatrix confusion_matrix(std::vector<std::string> labels,
                                 std::span<const std::string> answers,
                                 std::span<const std::string> right);

}  // namespace regard
