#include "layers/gated_mean.h"

#include <algorithm>
#include <vector>

#include "regard/engine/parallel.h"
#include "regard/tensor/checks.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

/// [batch, positions, dim], contiguous.
struct Shape {
  std::int64_t batch;
  std::int64_t positions;
  std::int64_t dim;
};

template <class Number>
struct Pass {
  const Number* gates;
  const Number* inputs;
  const Number* first;  // [batch, dim]
};

template <class Number>
void run_forward(const Shape& shape, const Pass<Number>& pass, Number* means) {
  const std::int64_t dim = shape.dim;
  parallel_shares(shape.batch, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      const Number* before = pass.first + b * dim;
      for (std::int64_t t = 0; t < shape.positions; ++t) {
        const std::int64_t place = (b * shape.positions + t) * dim;
        const Number* gate = pass.gates + place;
        const Number* input = pass.inputs + place;
        Number* mean = means + place;
        for (std::int64_t i = 0; i < dim; ++i)
          mean[i] = gate[i] * before[i] + (1 - gate[i]) * input[i];
        before = mean;
      }
    }
  });
}

template <class Number>
struct Gradients {
  Number* gates;
  Number* inputs;
  Number* first;  // in: 0; out: of c_0
};

template <class Number>
void run_backward(const Shape& shape, const Pass<Number>& pass, const Number* means,
                  const Number* upstream, const Gradients<Number>& gradients) {
  const std::int64_t dim = shape.dim;
  parallel_shares(shape.batch, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      Number* later = gradients.first + b * dim;  // what reaches c_t from the positions after it
      for (std::int64_t t = shape.positions - 1; t >= 0; --t) {
        const std::int64_t place = (b * shape.positions + t) * dim;
        const Number* before = t > 0 ? means + place - dim : pass.first + b * dim;
        for (std::int64_t i = 0; i < dim; ++i) {
          const Number gate = pass.gates[place + i];
          const Number whole = later[i] + upstream[place + i];
          gradients.gates[place + i] = whole * (before[i] - pass.inputs[place + i]);
          gradients.inputs[place + i] = whole * (1 - gate);
          later[i] = whole * gate;
        }
      }
    }
  });
}

template <class Number>
Pass<Number> pass_of(const Tensor& gates, const Tensor& inputs, const Tensor& first) {
  return {gates.const_data_ptr<Number>(), inputs.const_data_ptr<Number>(),
          first.const_data_ptr<Number>()};
}

struct GatedMean : torch::autograd::Function<GatedMean> {
  static Tensor forward(AutogradContext* ctx, const Tensor& gates, const Tensor& inputs,
                        const Tensor& first) {
    const variable_list in = {gates.contiguous(), inputs.contiguous(), first.contiguous()};
    const Shape shape = {gates.size(0), gates.size(1), gates.size(2)};
    Tensor means = at::empty_like(in[0]);
    if (means.scalar_type() == at::kDouble) {
      run_forward(shape, pass_of<double>(in[0], in[1], in[2]), means.mutable_data_ptr<double>());
    } else {
      run_forward(shape, pass_of<float>(in[0], in[1], in[2]), means.mutable_data_ptr<float>());
    }
    ctx->save_for_backward({in[0], in[1], in[2], means});
    return means;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor upstream = grads[0].contiguous();
    const bool is_double = upstream.scalar_type() == at::kDouble;
    variable_list out = {at::empty_like(saved[0]), at::empty_like(saved[1]),
                         at::zeros_like(saved[2])};
    is_double ? fill<double>(saved, upstream, out) : fill<float>(saved, upstream, out);
    return out;
  }

  template <class Number>
  static void fill(const variable_list& saved, const Tensor& upstream, variable_list& out) {
    const Tensor& gates = saved[0];
    run_backward<Number>({gates.size(0), gates.size(1), gates.size(2)},
                         pass_of<Number>(gates, saved[1], saved[2]),
                         saved[3].const_data_ptr<Number>(), upstream.const_data_ptr<Number>(),
                         {out[0].mutable_data_ptr<Number>(), out[1].mutable_data_ptr<Number>(),
                          out[2].mutable_data_ptr<Number>()});
  }
};

Tensor position_by_position(const Tensor& gates, const Tensor& inputs, const Tensor& first) {
  std::vector<Tensor> means;
  Tensor mean = first;
  for (std::int64_t t = 0; t < gates.size(1); ++t) {
    const Tensor gate = gates.select(1, t);
    mean = gate * mean + (1 - gate) * inputs.select(1, t);
    means.push_back(mean);
  }
  return at::stack(means, 1);
}

}  // namespace

Tensor gated_mean(const Tensor& gates, const Tensor& inputs, const Tensor& first) {
  check_shape(gates, {-1, -1, -1}, "gates [batch, positions, dim]");
  check_shape(inputs, {gates.size(0), gates.size(1), gates.size(2)},
              "inputs [batch, positions, dim]");
  const Tensor start =
      first.defined() ? first : at::zeros({gates.size(0), gates.size(2)}, gates.options());
  check_shape(start, {gates.size(0), gates.size(2)}, "first [batch, dim]");
  const auto type = gates.scalar_type();
  if (!gates.is_cpu() || gates.size(1) == 0 || (type != at::kFloat && type != at::kDouble))
    return gates.size(1) == 0 ? at::zeros_like(gates) : position_by_position(gates, inputs, start);
  return GatedMean::apply(gates, inputs, start);
}

}  // namespace regard
