#include "regard/tasks/task_spec.h"

namespace regard {

/// Its network, objective and answers are in tasks/translation.h.
TaskSpec translate_task() {
  TaskSpec spec;
  spec.name = "translate";
  spec.summary = "another sentence: the translation of the source";
  spec.command = "translate";
  spec.has_head = false;
  spec.keys = {"data.source",
               "data.target",
               "data.max_ratio",
               "model.decoder",
               "model.decoder_layers",
               "model.tie",
               "model.output_bias",
               "validation.tokenize",
               "validation.beam_size",
               "vocabulary.shared",
               "vocabulary.source_size",
               "vocabulary.target_size",
               "vocabulary.target"};
  spec.metrics = [](const std::vector<std::string>&) {
    return std::vector<std::string>{"bleu", "chrf"};
  };
  return spec;
}

}  // namespace regard
