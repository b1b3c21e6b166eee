#include "regard/run/model_facts.h"

#include <filesystem>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/run_layout.h"
#include "regard/core/strings.h"
#include "regard/decode/packing.h"
#include "regard/formats/safetensors.h"
#include "regard/run/suggested_command.h"
#include "regard/text/subword_type.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

/// The state next to the weights, or that of the newest checkpoint; one that cannot be read is no
/// reason to say nothing of the model.
std::optional<TrainingState> state_of(const fs::path& weights, const fs::path& model) {
  std::error_code none;
  for (const fs::path& folder :
       {weights.parent_path(), follow_link_file(model / "checkpoints/last")}) {
    const fs::path path = folder / run_layout::kState;
    if (!fs::exists(path, none)) continue;
    try {
      return training_state_from_json(read_file(path), path);
    } catch (const UserError&) {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

std::int64_t bytes_of(const fs::path& path) {
  std::error_code failed;
  const std::uintmax_t size = fs::file_size(path, failed);
  return failed ? 0 : static_cast<std::int64_t>(size);
}

/// Links are not followed, so that nothing counts twice.
std::int64_t bytes_below(const fs::path& folder) {
  std::int64_t bytes = 0;
  std::error_code failed;
  fs::recursive_directory_iterator entries(folder, failed);
  while (!failed && entries != fs::recursive_directory_iterator()) {
    std::error_code none;
    if (entries->symlink_status(none).type() == fs::file_type::regular)
      bytes += bytes_of(entries->path());
    entries.increment(failed);
  }
  return bytes;
}

std::int64_t numbers_in(const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape)
    count *= size;
  return count;
}

/// Weights while translating. What is packed are the matrices; tables of embeddings and vectors
/// stay float32, and an output matrix that is tied to a table is packed next to it.
std::vector<PrecisionBytes> translating_bytes(const ModelFiles& opened, const ModelFacts& facts) {
  constexpr std::int64_t kFloat = 4;
  if (!packing_obstacles(expand(opened.config.model)).empty())
    return {{"float32", kFloat * facts.parameters}};
  std::int64_t kept = 0;
  std::int64_t packed = 0;
  std::int64_t columns = 0;
  bool has_output = false;
  for (const TensorFact& tensor : facts.tensors) {
    const bool is_table = tensor.name.find(".embedding.") != std::string::npos;
    if (tensor.shape.size() < 2 || is_table) {
      kept += numbers_in(tensor.shape);
      continue;
    }
    has_output = has_output || tensor.name == "output.weight";
    packed += numbers_in(tensor.shape);
    columns += tensor.shape.front();
  }
  if (!has_output) {
    packed += opened.tokenizers.target.size() * opened.config.model.dim;
    columns += opened.tokenizers.target.size();
  }
  const auto bytes = [&](std::int64_t width) { return kFloat * kept + width * packed; };
  return {{"float32", bytes(kFloat)},
          {"bfloat16", bytes(2)},
          {"float16", bytes(2)},
          {"int8", bytes(1) + 2 * kFloat * columns}};  // a scale and a sum for each column
}

/// The files by the configuration, their pairs by the state, which counted them.
std::vector<TrainingText> training_texts(const Config& config,
                                         const std::optional<TrainingState>& state) {
  std::vector<TrainingText> texts;
  for (const TrainCorpusOptions& corpus : config.data.train)
    texts.push_back({corpus.file.empty() ? corpus.source : corpus.file, corpus.target, 0});
  if (!state || state->texts.training.size() != texts.size()) return texts;
  for (std::size_t i = 0; i < texts.size(); ++i)
    texts[i].pairs = state->texts.training[i].pairs;
  return texts;
}

/// What stands in a model directory, whatever its task is.
ModelFacts facts_in(const ModelFiles& opened) {
  ModelFacts facts;
  const SafetensorsFile file = SafetensorsFile::open(opened.weights);
  const Metadata& metadata = file.metadata();
  for (const std::string& name : file.names()) {
    facts.tensors.push_back({name, file.at(name).shape});
    facts.parameters += numbers_in(facts.tensors.back().shape);
  }
  const auto program = metadata.find("regard.program");
  if (program != metadata.end()) facts.program = escape_for_message(program->second, 40);
  facts.vocabulary_type = subword_type(opened.tokenizers.target.bytes());
  facts.state = state_of(opened.weights, opened.folder);
  if (facts.state && !facts.state->best.empty()) facts.best = facts.state->best.front();
  facts.training_texts = training_texts(opened.config, facts.state);
  facts.weight_bytes = bytes_of(opened.weights);
  facts.folder_bytes = bytes_below(opened.folder);
  return facts;
}

void add_next_commands(const fs::path& folder, const std::string& argument, ModelFacts& facts) {
  if (facts.state) facts.next.push_back({"resume with", resume_command(folder)});
  facts.next.push_back({"fine-tune with", fine_tune_command(argument)});
}

}  // namespace

ModelFacts facts_of(const ModelFiles& opened, const std::string& argument) {
  ModelFacts facts = facts_in(opened);
  facts.translating = translating_bytes(opened, facts);
  facts.next = {{"translate with", translate_command(argument)}};
  add_next_commands(opened.folder, argument, facts);
  return facts;
}

ModelFacts facts_of(const TaskFiles& opened, const std::string& argument) {
  ModelFacts facts = facts_in(opened);
  facts.next = {{"predict with", predict_command(argument)}};
  add_next_commands(opened.folder, argument, facts);
  return facts;
}

}  // namespace regard
