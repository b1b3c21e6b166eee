#include "category_task.h"

#include "regard/tensor/torch.h"

namespace regard {

std::unique_ptr<ExampleReader> CategoryTask::read(const std::filesystem::path& file,
                                                  const ExampleReading& reading) const {
  return read_tsv(file, columns_, reading);
}

void CategoryTask::encode(Example& example, const TaskParts& parts) const {
  example.source = parts.tokenizer.encode(example.texts[0]);
  if (columns_.texts.size() > 1) example.target = parts.tokenizer.encode(example.texts[1]);
  category_.encode(example, parts.labels);
}

void CategoryTask::complete(Batch& batch, std::span<const PairLinks> notes,
                            const BatchNumber& /*number*/, const TaskParts& /*parts*/) const {
  category_.complete(batch, notes);
}

PassLoss CategoryTask::loss(EncoderNetworkImpl& /*network*/, const torch::Tensor& scores,
                            const Batch& batch, double label_smoothing) const {
  return category_.loss(scores, batch, label_smoothing);
}

std::vector<std::vector<Answer>> CategoryTask::answers(EncoderNetworkImpl& /*network*/,
                                                       const torch::Tensor& scores,
                                                       const Batch& /*batch*/,
                                                       const TaskParts& parts,
                                                       std::int64_t count) const {
  return category_.answers(scores, parts.labels, count);
}

}  // namespace regard
