// The logits of a model, for tests that compare them with another program's:
//   model_logits MODEL IN.safetensors OUT.safetensors
// IN holds int64 tensors: source [n, S] and target [n, T], padded at their ends (source with its
// end mark, target from the start mark on), and source_lengths [n]. OUT gets logits [n, T, V],
// float32.

#include <iostream>

#include "regard/core/error.h"
#include "regard/run/model_folder.h"
#include "regard/tensor/tensor_file.h"
#include "regard/tensor/torch.h"

namespace {

using namespace regard;

void write_logits(const char* model_path, const char* in, const char* out) {
  torch::NoGradGuard no_grad;
  Seq2Seq model = open_model(model_path, torch::kCPU).model;
  model->eval();
  const SafetensorsFile file = SafetensorsFile::open(in);
  const at::Tensor target = tensor_from(file, "target");
  const Sequences source{tensor_from(file, "source"), tensor_from(file, "source_lengths")};
  const Sequences prefix{target, at::full({target.size(0)}, target.size(1), at::kLong)};
  const ForwardContext context;
  const at::Tensor hidden = model->decode(prefix, model->encode(source, context), context);
  save_tensors(out, {{"logits", model->logits(hidden).to(at::kFloat).contiguous()}}, {});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: model_logits MODEL IN OUT\n";
    return 2;
  }
  try {
    write_logits(argv[1], argv[2], argv[3]);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
    return 1;
  }
}
