#include "regard/tensor/attend_heads.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "regard/engine/fast_exp.h"
#include "regard/engine/kernel_choice.h"
#include "regard/engine/parallel.h"
#include "regard/engine/vector_clones.h"
#include "regard/tensor/checks.h"
#include "regard/tensor/torch.h"

#include "dropout_mask.h"

// Letters in comments: T queries, S keys that are there, k width.

namespace regard {

using at::Tensor;
using kernels::PanelProduct;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

constexpr int kLanes = 8;  // partial sums, so that the compiler may use vector registers

/// Scores of a query become weights; gives log(sum(exp(scale z))).
REGARD_VECTOR_CLONES
float softmax_in_place(float* z, std::int64_t count, float scale) {
  float top[kLanes];
  float sums[kLanes] = {};
  std::fill_n(top, kLanes, z[0]);
  const std::int64_t whole = count - count % kLanes;
  for (std::int64_t i = 0; i < whole; i += kLanes)
    for (int lane = 0; lane < kLanes; ++lane)
      top[lane] = z[i + lane] > top[lane] ? z[i + lane] : top[lane];
  float most = *std::max_element(top, top + kLanes);
  for (std::int64_t i = whole; i < count; ++i)
    most = std::max(most, z[i]);
  for (std::int64_t i = 0; i < count; ++i)
    z[i] = exp_of_negative((z[i] - most) * scale);
  for (std::int64_t i = 0; i < whole; i += kLanes)
    for (int lane = 0; lane < kLanes; ++lane)
      sums[lane] += z[i + lane];
  float sum = 0;
  for (const float part : sums)
    sum += part;
  for (std::int64_t i = whole; i < count; ++i)
    sum += z[i];
  const float inverse = 1.0F / sum;
  for (std::int64_t i = 0; i < count; ++i)
    z[i] *= inverse;
  return most * scale + std::log(sum);
}

/// The same weights again from their scores.
REGARD_VECTOR_CLONES
void weights_again(float* z, std::int64_t count, float scale, float log_sum) {
  for (std::int64_t i = 0; i < count; ++i)
    z[i] = exp_of_negative(z[i] * scale - log_sum);
}

REGARD_VECTOR_CLONES
void drop(const float* weights, float* out, std::int64_t count, std::int64_t first,
          DropoutMask mask) {
  for (std::int64_t i = 0; i < count; ++i)
    out[i] = mask.keeps(first + i) ? weights[i] * mask.scale : 0.0F;
}

/// Gradients of the dropped weights of a query become those of its scores.
REGARD_VECTOR_CLONES
void score_gradient(const float* weights, float* gradient, std::int64_t count, std::int64_t first,
                    DropoutMask mask, float scale) {
  float sums[kLanes] = {};
  for (std::int64_t i = 0; mask.drops() && i < count; ++i)
    gradient[i] = mask.keeps(first + i) ? gradient[i] * mask.scale : 0.0F;
  const std::int64_t whole = count - count % kLanes;
  for (std::int64_t i = 0; i < whole; i += kLanes)
    for (int lane = 0; lane < kLanes; ++lane)
      sums[lane] += gradient[i + lane] * weights[i + lane];
  float sum = 0;
  for (const float part : sums)
    sum += part;
  for (std::int64_t i = whole; i < count; ++i)
    sum += gradient[i] * weights[i];
  for (std::int64_t i = 0; i < count; ++i)
    gradient[i] = weights[i] * (gradient[i] - sum) * scale;
}

/// Rows of a head: [rows, columns].
struct Matrix {
  const float* data = nullptr;
  std::int64_t stride = 0;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
};

/// Matrices in the layout of the kernels, and products with them.
class SmallProduct {
 public:
  /// x m^T
  void multiply_transposed(const Matrix& x, const Matrix& m, float* y, std::int64_t y_stride) {
    const std::int64_t panels = resize(m.rows, m.columns);
    for (std::int64_t row = 0; row < m.rows; ++row) {
      float* to = panels_.data() + row / width_ * m.columns * width_ + row % width_;
      for (std::int64_t column = 0; column < m.columns; ++column)
        to[column * width_] = m.data[row * m.stride + column];
    }
    multiply(x, panels, m.rows, y, y_stride);
  }

  /// x m
  void multiply(const Matrix& x, const Matrix& m, float* y, std::int64_t y_stride) {
    const std::int64_t panels = resize(m.columns, m.rows);
    for (std::int64_t panel = 0; panel < panels; ++panel) {
      const auto count = static_cast<std::size_t>(std::min(width_, m.columns - panel * width_));
      for (std::int64_t row = 0; row < m.rows; ++row) {
        std::copy_n(m.data + row * m.stride + panel * width_, count,
                    panels_.data() + (panel * m.rows + row) * width_);
      }
    }
    multiply(x, panels, m.columns, y, y_stride);
  }

 private:
  std::int64_t resize(std::int64_t outputs, std::int64_t depth) {
    const std::int64_t panels = (outputs + width_ - 1) / width_;
    panels_.resize(static_cast<std::size_t>(panels * depth * width_));
    return panels;
  }

  void multiply(const Matrix& x, std::int64_t panels, std::int64_t outputs, float* y,
                std::int64_t y_stride) {
    for (std::int64_t panel = 0; panel < panels; ++panel) {
      PanelProduct p = {};
      p.x = x.data;
      p.x_stride = x.stride;
      p.rows = x.rows;
      p.depth = x.columns;
      p.panel = panels_.data() + panel * x.columns * width_;
      p.y = y + panel * width_;
      p.y_stride = y_stride;
      p.columns = std::min(width_, outputs - panel * width_);
      kernels_.multiply_float(p);
    }
  }

  const kernels::ProductKernels& kernels_ = best_kernels();
  std::int64_t width_ = kernels_.panel_width;
  std::vector<float> panels_;
};

/// [batch, heads, positions, width] with neighbouring features side by side.
Tensor with_whole_rows(const Tensor& x) {
  return x.stride(3) == 1 ? x : x.contiguous();
}

/// In memory [batch, positions, heads, width], as the projections around an attention require.
Tensor empty_heads(const Tensor& like, std::int64_t width) {
  const auto sizes = like.sizes();
  return at::empty({sizes[0], sizes[2], sizes[1], width}, like.options()).transpose(1, 2);
}

Tensor empty_heads(const Tensor& like) {
  return empty_heads(like, like.size(3));
}

/// What a head needs, and the numbers it is one of.
struct HeadsInput {
  Tensor query;
  Tensor keys;
  Tensor values;
  Tensor lengths;
  HeadAttentionOptions options;

  std::int64_t heads() const { return query.size(0) * query.size(1); }
  std::int64_t queries() const { return query.size(2); }
  std::int64_t keys_of(std::int64_t head) const {
    return lengths.const_data_ptr<std::int64_t>()[head / query.size(1)];
  }
  /// Keys that a query sees.
  std::int64_t seen(std::int64_t head, std::int64_t t) const {
    return options.is_causal ? std::min(keys_of(head), t + 1) : keys_of(head);
  }
  /// Where the weights of a query stand among all.
  std::int64_t place(std::int64_t head, std::int64_t t) const {
    return (head * queries() + t) * keys.size(2);
  }
  Matrix rows_of(const Tensor& x, std::int64_t head, std::int64_t rows) const {
    const std::int64_t batch = head / x.size(1);
    const std::int64_t number = head % x.size(1);
    return {x.const_data_ptr<float>() + batch * x.stride(0) + number * x.stride(1), x.stride(2),
            rows, x.size(3)};
  }
};

float* rows_to(Tensor& x, std::int64_t head) {
  return x.mutable_data_ptr<float>() + head / x.size(1) * x.stride(0) +
         head % x.size(1) * x.stride(1);
}

/// [T, S] numbers of a head.
class Grid {
 public:
  /// Numbers of another size before it stay, anywhere: all are to be written.
  void resize(std::int64_t rows, std::int64_t columns) {
    rows_ = rows;
    columns_ = columns;
    data_.resize(static_cast<std::size_t>(rows * columns));
  }
  float* row(std::int64_t t) { return data_.data() + t * columns_; }
  float* data() { return data_.data(); }
  Matrix matrix() const { return {data_.data(), columns_, rows_, columns_}; }
  void transpose_to(Grid& other) const {
    other.resize(columns_, rows_);
    for (std::int64_t t = 0; t < rows_; ++t)
      for (std::int64_t s = 0; s < columns_; ++s)
        other.data_[static_cast<std::size_t>(s * rows_ + t)] =
            data_[static_cast<std::size_t>(t * columns_ + s)];
  }

 private:
  std::int64_t rows_ = 0;
  std::int64_t columns_ = 0;
  std::vector<float> data_;
};

/// A thread's space.
struct Worker {
  SmallProduct product;
  Grid weights;
  Grid dropped;
  Grid gradient;
  Grid turned;

  void forward(const HeadsInput& p, std::int64_t head, Tensor& context, float* log_sums);
  void backward(const HeadsInput& p, std::int64_t head, const Tensor& upstream,
                const float* log_sums, std::array<Tensor, 3>& gradients);
  void score(const HeadsInput& p, std::int64_t head);
};

void Worker::score(const HeadsInput& p, std::int64_t head) {
  const std::int64_t keys = p.keys_of(head);
  weights.resize(p.queries(), keys);
  product.multiply_transposed(p.rows_of(p.query, head, p.queries()), p.rows_of(p.keys, head, keys),
                              weights.data(), keys);
}

void Worker::forward(const HeadsInput& p, std::int64_t head, Tensor& context, float* log_sums) {
  const auto scale = static_cast<float>(p.options.scale);
  const DropoutMask mask(p.options.seed, p.options.probability);
  const std::int64_t keys = p.keys_of(head);
  score(p, head);
  for (std::int64_t t = 0; t < p.queries(); ++t) {
    float* row = weights.row(t);
    const std::int64_t seen = p.seen(head, t);
    log_sums[t] = seen > 0 ? softmax_in_place(row, seen, scale) : 0.0F;
    if (mask.drops()) drop(row, row, seen, p.place(head, t), mask);
    std::fill(row + seen, row + keys, 0.0F);
  }
  product.multiply(weights.matrix(), p.rows_of(p.values, head, keys), rows_to(context, head),
                   context.stride(2));
}

void Worker::backward(const HeadsInput& p, std::int64_t head, const Tensor& upstream,
                      const float* log_sums, std::array<Tensor, 3>& gradients) {
  const auto scale = static_cast<float>(p.options.scale);
  const DropoutMask mask(p.options.seed, p.options.probability);
  const std::int64_t keys = p.keys_of(head);
  const std::int64_t queries = p.queries();
  auto& [of_query, of_keys, of_values] = gradients;
  const Matrix given = p.rows_of(upstream, head, queries);
  score(p, head);
  if (mask.drops()) dropped.resize(queries, keys);
  gradient.resize(queries, keys);
  product.multiply_transposed(given, p.rows_of(p.values, head, keys), gradient.data(), keys);
  for (std::int64_t t = 0; t < queries; ++t) {
    const std::int64_t seen = p.seen(head, t);
    weights_again(weights.row(t), seen, scale, log_sums[t]);
    std::fill(weights.row(t) + seen, weights.row(t) + keys, 0.0F);
    if (mask.drops()) drop(weights.row(t), dropped.row(t), keys, p.place(head, t), mask);
    score_gradient(weights.row(t), gradient.row(t), seen, p.place(head, t), mask, scale);
    std::fill(gradient.row(t) + seen, gradient.row(t) + keys, 0.0F);
  }
  product.multiply(gradient.matrix(), p.rows_of(p.keys, head, keys), rows_to(of_query, head),
                   of_query.stride(2));
  gradient.transpose_to(turned);
  product.multiply(turned.matrix(), p.rows_of(p.query, head, queries), rows_to(of_keys, head),
                   of_keys.stride(2));
  (mask.drops() ? dropped : weights).transpose_to(turned);
  product.multiply(turned.matrix(), given, rows_to(of_values, head), of_values.stride(2));
  for (std::int64_t s = keys; s < p.keys.size(2); ++s) {  // padding
    std::fill_n(rows_to(of_keys, head) + s * of_keys.stride(2), of_keys.size(3), 0.0F);
    std::fill_n(rows_to(of_values, head) + s * of_values.stride(2), of_values.size(3), 0.0F);
  }
}

constexpr std::int64_t kHeadsOfAShare = 4;

struct HeadAttention : torch::autograd::Function<HeadAttention> {
  static Tensor forward(AutogradContext* ctx, const Tensor& query, const Tensor& keys,
                        const Tensor& values, const Tensor& lengths,
                        const HeadAttentionOptions& options) {
    const HeadsInput p = {with_whole_rows(query), with_whole_rows(keys), with_whole_rows(values),
                          lengths.contiguous(), options};
    Tensor context = empty_heads(query, values.size(3));
    Tensor log_sums = at::empty({p.heads(), p.queries()}, query.options());
    auto* sums = log_sums.mutable_data_ptr<float>();
    parallel_shares(p.heads(), kHeadsOfAShare, [&](std::int64_t begin, std::int64_t end) {
      Worker worker;
      for (std::int64_t head = begin; head < end; ++head)
        worker.forward(p, head, context, sums + head * p.queries());
    });
    ctx->save_for_backward({p.query, p.keys, p.values, p.lengths, log_sums});
    ctx->saved_data["scale"] = options.scale;
    ctx->saved_data["probability"] = options.probability;
    ctx->saved_data["seed"] = options.seed;
    ctx->saved_data["is_causal"] = options.is_causal;
    return context;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const HeadAttentionOptions options = {
        ctx->saved_data["scale"].toDouble(), ctx->saved_data["probability"].toDouble(),
        ctx->saved_data["seed"].toInt(), ctx->saved_data["is_causal"].toBool()};
    const HeadsInput p = {saved[0], saved[1], saved[2], saved[3], options};
    const Tensor upstream = with_whole_rows(grads[0]);
    std::array<Tensor, 3> gradients = {empty_heads(p.query), empty_heads(p.keys),
                                       empty_heads(p.values)};
    const auto* sums = saved[4].const_data_ptr<float>();
    parallel_shares(p.heads(), kHeadsOfAShare, [&](std::int64_t begin, std::int64_t end) {
      Worker worker;
      for (std::int64_t head = begin; head < end; ++head)
        worker.backward(p, head, upstream, sums + head * p.queries(), gradients);
    });
    return {gradients[0], gradients[1], gradients[2], Tensor(), Tensor()};
  }
};

}  // namespace

Tensor attend_heads(const Tensor& query, const Tensor& keys, const Tensor& values,
                    const Tensor& lengths, const HeadAttentionOptions& options) {
  TORCH_CHECK(query.is_cpu() && query.scalar_type() == at::kFloat &&
                  keys.scalar_type() == at::kFloat && values.scalar_type() == at::kFloat,
              "attend_heads: expected float32 tensors on the CPU");
  check_shape(query, {-1, -1, -1, -1}, "query [batch, heads, queries, width]");
  check_shape(keys, {query.size(0), query.size(1), -1, query.size(3)},
              "keys [batch, heads, keys, width]");
  check_shape(values, {query.size(0), query.size(1), keys.size(2), -1},
              "values [batch, heads, keys, value width]");
  check_shape(lengths, {query.size(0)}, "lengths [batch]");
  return HeadAttention::apply(query, keys, values, lengths, options);
}

}  // namespace regard
