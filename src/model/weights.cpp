#include "regard/model/weights.h"

#include "regard/tensor/torch.h"

namespace regard {

NamedTensors named_weights(const torch::nn::Module& model) {
  NamedTensors weights;
  for (const auto& item : model.named_parameters())
    weights.emplace_back(item.key(), item.value());
  return weights;
}

void save_weights(const std::filesystem::path& path, const NamedTensors& weights,
                  const WeightsHeader& header) {
  save_tensors(path, weights, metadata_of(header));
}

WeightsHeader load_weights(const std::filesystem::path& path, torch::nn::Module& model,
                           std::int64_t vocabulary) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  WeightsHeader header = read_header(file, vocabulary);
  load_tensors(file, path, named_weights(model));
  return header;
}

void load_weights_of(const std::filesystem::path& path, torch::nn::Module& model,
                     const std::string& prefix) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  NamedTensors chosen;
  for (const auto& item : named_weights(model)) {
    if (item.first.starts_with(prefix)) chosen.push_back(item);
  }
  load_tensors(file, path, chosen, LeftOver::allowed);
}

}  // namespace regard
