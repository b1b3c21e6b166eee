#include "regard/run/model_folder.h"

#include "regard/run/model_names.h"
#include "regard/tensor/torch.h"

namespace regard {

OpenedModel open_model(const std::filesystem::path& path, const torch::Device& device,
                       const config::Overrides& overrides) {
  OpenedModel opened{read_model_files(path, overrides)};
  const std::int64_t target_size = opened.tokenizers.target.size();
  opened.model = make_model(opened.config.model, opened.tokenizers.source.size(), target_size, 0);
  load_weights(opened.weights, *opened.model, target_size);
  opened.model->to(device);
  return opened;
}

std::vector<OpenedModel> open_models(const std::string& argument, const torch::Device& device,
                                     const config::Overrides& overrides) {
  std::vector<OpenedModel> models;
  for (const std::string& path : model_paths(argument)) {
    models.push_back(open_model(path, device, models.empty() ? overrides : config::Overrides{}));
    require_same_target(models.front(), models.back(), path);
  }
  return models;
}

}  // namespace regard
