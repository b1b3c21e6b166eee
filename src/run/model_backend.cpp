#include "regard/run/model_backend.h"

namespace regard {

void share_sources(LoadedModels& loaded) {
  const std::uint64_t vocabulary = loaded.files.front().header.source_tokenizer;
  for (std::size_t i = 0; i < loaded.models.size(); ++i) {
    const ModelFiles& files = loaded.files[i];
    if (files.header.source_tokenizer == vocabulary) continue;
    loaded.models[i].source =
        std::make_shared<SourceSide>(SourceSide{files.tokenizers.source, files.header.roles});
  }
}

}  // namespace regard
