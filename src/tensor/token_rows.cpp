#include "regard/tensor/token_rows.h"

#include <algorithm>
#include <cstring>

#include "regard/engine/parallel.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

constexpr std::int64_t kFloatsOfAThread = 1 << 16;  // floats that make up for waking a thread

bool has_row_kernel(const Tensor& x) {
  return x.is_cpu() && x.scalar_type() == at::kFloat;
}

/// Calls copy(i, place) for each token, on all threads.
template <class Copy>
void for_tokens(const Tensor& places, std::int64_t width, const Copy& copy) {
  const auto* place = places.const_data_ptr<std::int64_t>();
  const std::int64_t grain =
      std::max<std::int64_t>(1, kFloatsOfAThread / std::max<std::int64_t>(1, width));
  parallel_for(0, places.numel(), grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      copy(i, place[i]);
  });
}

Tensor pick(const Tensor& x, const Tensor& places) {
  if (!has_row_kernel(x)) return x.index_select(0, places);
  const Tensor in = x.contiguous();
  const std::int64_t width = in.size(1);
  Tensor out = at::empty({places.numel(), width}, in.options());
  const auto* from = in.const_data_ptr<float>();
  auto* to = out.mutable_data_ptr<float>();
  for_tokens(places, width, [&](std::int64_t i, std::int64_t place) {
    std::memcpy(to + i * width, from + place * width,
                static_cast<std::size_t>(width) * sizeof(float));
  });
  return out;
}

Tensor place(const Tensor& x, const Tensor& places, std::int64_t rows) {
  Tensor out = at::zeros({rows, x.size(1)}, x.options());
  if (!has_row_kernel(x)) return out.index_copy_(0, places, x);
  const Tensor in = x.contiguous();
  const std::int64_t width = in.size(1);
  const auto* from = in.const_data_ptr<float>();
  auto* to = out.mutable_data_ptr<float>();
  for_tokens(places, width, [&](std::int64_t i, std::int64_t place) {
    std::memcpy(to + place * width, from + i * width,
                static_cast<std::size_t>(width) * sizeof(float));
  });
  return out;
}

struct PickRows : torch::autograd::Function<PickRows> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& places) {
    ctx->saved_data["places"] = places;
    ctx->saved_data["rows"] = x.size(0);
    return pick(x, places);
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    return {place(grads[0], ctx->saved_data["places"].toTensor(), ctx->saved_data["rows"].toInt()),
            Tensor()};
  }
};

struct PlaceRows : torch::autograd::Function<PlaceRows> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& places,
                        std::int64_t rows) {
    ctx->saved_data["places"] = places;
    return place(x, places, rows);
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    return {pick(grads[0], ctx->saved_data["places"].toTensor()), Tensor(), Tensor()};
  }
};

void check(const Tensor& x, const Tensor& places) {
  TORCH_CHECK(x.dim() == 2 && places.dim() == 1 && places.scalar_type() == at::kLong &&
                  places.is_contiguous(),
              "token rows: expected x [rows, width] and positions [tokens]");
}

}  // namespace

Tensor pick_rows(const Tensor& x, const Tensor& places) {
  check(x, places);
  return PickRows::apply(x, places);
}

Tensor place_rows(const Tensor& x, const Tensor& places, std::int64_t rows) {
  check(x, places);
  TORCH_CHECK(x.size(0) == places.numel(), "place_rows: ", x.size(0), " rows for ", places.numel(),
              " places");
  return PlaceRows::apply(x, places, rows);
}

}  // namespace regard
