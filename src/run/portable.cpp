#include "regard/run/portable.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "regard/config/emitter.h"
#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/run_layout.h"
#include "regard/core/strings.h"
#include "regard/interop/marian_hf.h"
#include "regard/model/obstacles.h"

namespace regard {

namespace fs = std::filesystem;

namespace {

struct EndPair {
  SearchEnd end;
  StopRule rule;
};

constexpr std::array kEnds = {EndPair{SearchEnd::exact, StopRule::exact},
                              EndPair{SearchEnd::finished, StopRule::finished},
                              EndPair{SearchEnd::attainable, StopRule::attainable}};

SearchDefaults to_defaults(const DecodingOptions& decoding, std::vector<std::string>& notes) {
  SearchDefaults search;
  search.beam_size = decoding.beam_size;
  const LengthPenalty penalty = parse_length_penalty(decoding.length_penalty);
  search.length_penalty = penalty.kind == LengthPenalty::Kind::average ? penalty.alpha : 0.0;
  if (penalty.kind == LengthPenalty::Kind::gnmt)
    notes.push_back(str("decoding.length_penalty: ", decoding.length_penalty,
                        " is unknown there; none is written"));
  for (const EndPair& pair : kEnds) {
    if (pair.rule == decoding.stop) search.end = pair.end;
  }
  if (decoding.max_length.factor == 0.0) search.max_length = decoding.max_length.plus;
  search.min_length = decoding.min_length;
  search.no_repeat_ngram = decoding.no_repeat_ngram;
  return search;
}

DecodingOptions to_options(const SearchDefaults& search) {
  DecodingOptions decoding;
  decoding.beam_size = search.beam_size;
  decoding.length_penalty =
      search.length_penalty == 0.0 ? "none" : str("average:", search.length_penalty);
  for (const EndPair& pair : kEnds) {
    if (pair.end == search.end) decoding.stop = pair.rule;
  }
  if (search.max_length > 0) decoding.max_length = {0.0, search.max_length};
  decoding.min_length = search.min_length;
  decoding.no_repeat_ngram = search.no_repeat_ngram;
  return decoding;
}

Config config_of(const PortableModel& model, const fs::path& output) {
  Config config;
  config.output = output.string();
  config.data.source = model.source_language;
  config.data.target = model.target_language;
  config.vocabulary.shared = model.shares_vocabulary;
  config.vocabulary.size = std::clamp<std::int64_t>(model.target.size(), 5, 1'000'000);
  config.model = options_of(model.weights.shape);
  config.decoding = to_options(model.search);
  if (config.model.position == PositionKind::learned)
    config.data.max_length = std::min(config.data.max_length, config.model.max_positions - 1);
  return config;
}

const char* name_of(ExportFormat format) {
  switch (format) {
    case ExportFormat::ctranslate2:
      return "CTranslate2";
    case ExportFormat::marian_hf:
      return "marian-hf";
    case ExportFormat::argos:
      return "Argos Translate";
  }
  throw std::logic_error("unknown export format");
}

}  // namespace

std::vector<Problem> export_obstacles(const ModelOptions& options, ExportFormat format,
                                      const fs::path& place) {
  const std::string name = name_of(format);
  Obstacles obstacles(
      place, str("cannot be exported to ", name),
      str("use a plain Transformer, such as the presets: ", name, " supports nothing else"));
  require_plain_transformer(options, obstacles);
  if (!obstacles.problems().empty() || format != ExportFormat::marian_hf)
    return obstacles.problems();
  return marian_hf_obstacles(shape_of(options), place);
}

PortableModel to_portable(const OpenedModel& opened, ExportFormat format) {
  const std::vector<Problem> obstacles =
      export_obstacles(opened.model->options(), format, opened.folder);
  if (!obstacles.empty()) throw UserError(obstacles);
  std::vector<std::string> notes;
  const SearchDefaults search = to_defaults(opened.config.decoding, notes);
  return {weights_of(*opened.model),   opened.tokenizers.source,  opened.tokenizers.target,
          opened.tokenizers.is_shared, opened.header.roles,       search,
          opened.config.data.source,   opened.config.data.target, std::move(notes)};
}

void save_as_model_folder(const PortableModel& model, const fs::path& folder,
                          const fs::path& output) {
  const Config config = config_of(model, output);
  WeightsHeader header;
  header.roles = model.roles;
  header.source_tokenizer = model.source.fingerprint();
  header.target_tokenizer = model.target.fingerprint();
  header.model = config::to_yaml(config.model);
  const Seq2Seq built = model_of(model.weights);
  save_weights(folder / run_layout::kWeights, named_weights(*built), header);
  save_tokenizers({model.source, model.target, model.shares_vocabulary}, folder);
  write_file_atomically(folder / run_layout::kConfig, config_text(config));
}

}  // namespace regard
