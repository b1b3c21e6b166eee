#include "category.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/tensor/torch.h"
#include "regard/text/fields.h"

namespace regard {

using torch::Tensor;

namespace {

std::int32_t bits_of(const Example& example) {
  return std::bit_cast<std::int32_t>(
      static_cast<float>(parse_score(example.labels.front(), example.place)));
}

}  // namespace

Category::Category(const std::vector<std::string>& columns) : is_number_(has_score(columns)) {}

std::int64_t Category::outputs(const LabelSet& labels) const {
  return is_number_ ? 1 : static_cast<std::int64_t>(labels.size());
}

void Category::encode(Example& example, const LabelSet& labels) const {
  if (example.labels.empty()) return;
  example.notes.first = {is_number_ ? bits_of(example)
                                    : labels.number(example.labels.front(), example.place)};
}

void Category::complete(Batch& batch, std::span<const PairLinks> notes) const {
  const auto rows = static_cast<std::int64_t>(notes.size());
  const Tensor field = is_number_ ? at::zeros({rows}, at::kFloat) : at::full({rows}, -1, at::kLong);
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto& note = notes[static_cast<std::size_t>(row)].source;
    if (note.empty()) continue;
    if (is_number_) {
      field.mutable_data_ptr<float>()[row] = std::bit_cast<float>(note.front());
    } else {
      field.mutable_data_ptr<std::int64_t>()[row] = note.front();
    }
  }
  batch.fields = {field};
  batch.units = at::ones({rows}, at::kLong);
  batch.target_tokens = rows;
}

PassLoss Category::loss(const Tensor& scores, const Batch& batch, double label_smoothing) const {
  const Tensor& right = batch.fields.front();
  const Tensor given = scores.to(at::kFloat);
  if (is_number_) {
    const Tensor error = at::mse_loss(given.squeeze(1), right, at::Reduction::Sum);
    return {error, error, error.detach()};
  }
  const auto cross_entropy = [&](const Tensor& logits, double smoothing) {
    return at::cross_entropy_loss(logits, right, {}, at::Reduction::Sum, /*ignore_index=*/-1,
                                  smoothing);
  };
  const Tensor smoothed = cross_entropy(given, label_smoothing);
  return {smoothed, smoothed, cross_entropy(given.detach(), 0.0)};
}

std::vector<std::vector<Answer>> Category::answers(const Tensor& scores, const LabelSet& labels,
                                                   std::int64_t count) const {
  std::vector<std::vector<Answer>> found;
  const Tensor given = scores.to(at::kCPU, at::kFloat);
  const std::int64_t rows = given.size(0);
  if (is_number_) {
    constexpr double kDecimals = 1e4;
    for (std::int64_t row = 0; row < rows; ++row) {
      const double value = given[row][0].item<double>();
      found.push_back({{format_shortest(std::round(value * kDecimals) / kDecimals), 0.0}});
    }
    return found;
  }
  const Tensor probabilities = at::softmax(given.to(at::kDouble), -1);
  const auto [sorted, order] = probabilities.topk(std::min(count, given.size(1)), -1);
  for (std::int64_t row = 0; row < rows; ++row) {
    std::vector<Answer>& ranked = found.emplace_back();
    for (std::int64_t i = 0; i < sorted.size(1); ++i) {
      ranked.push_back({labels.label(static_cast<std::size_t>(order[row][i].item<std::int64_t>())),
                        sorted[row][i].item<double>()});
    }
  }
  return found;
}

}  // namespace regard
