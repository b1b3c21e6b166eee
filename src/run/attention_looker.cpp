#include "attention_looker.h"

#include <algorithm>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/decode/module_model.h"
#include "regard/inspect/attention_maps.h"
#include "regard/tensor/torch.h"
#include "regard/text/words.h"

namespace regard {
namespace {

using Tokens = std::vector<std::int32_t>;

std::vector<std::string> pieces_of(const Tokenizer& tokenizer, const Tokens& ids) {
  std::vector<std::string> pieces;
  for (const std::int32_t id : ids)
    pieces.push_back(tokenizer.piece(id));
  return pieces;
}

std::vector<std::string> with_end(std::vector<std::string> pieces) {
  pieces.emplace_back("</s>");
  return pieces;
}

std::vector<std::int64_t> with_end(std::vector<std::int64_t> words) {
  words.push_back(-1);
  return words;
}

/// The words of the subwords of a line that are looked at.
std::vector<std::int64_t> words_of_line(const Tokenizer& tokenizer, const std::string& line,
                                        const Tokens& ids) {
  std::vector<std::int64_t> words = words_of_text(tokenizer, cut_for_encoding(line));
  words.resize(ids.size());
  return words;
}

}  // namespace

bool is_cross(const AttentionMap& map) {
  return map.rows != map.columns && !map.name.ends_with(".sharpest_features");
}

AttentionLooker::AttentionLooker(OpenedModel& model, const LookerOptions& options, Logger& logger)
    : model_(model), options_(options), cut_(logger, "lines that were cut") {
  limit_lengths(limits_, model.config.model);
}

std::vector<AttendExample> AttentionLooker::examples(const AttendTexts& texts) {
  const bool has_targets = !texts.targets.empty();
  const std::vector<Translation> own =
      has_targets ? std::vector<Translation>() : translate(texts.sources);
  const auto& [reader, speaker, is_shared] = model_.tokenizers;
  std::vector<AttendExample> examples(texts.sources.size());
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const auto line = static_cast<std::int64_t>(i) + 1;
    AttendExample& example = examples[i];
    example.source = encode(reader, texts.sources[i], {texts.source_file, line});
    example.target =
        has_targets ? encode(speaker, texts.targets[i], {texts.target_file, line}) : own[i].tokens;
    if (options_.unit == AlignmentUnit::piece) {
      example.source_texts = pieces_of(reader, example.source);
      example.target_texts = pieces_of(speaker, example.target);
      example.source_words = words_of_their_own(example.source.size());
      example.target_words = words_of_their_own(example.target.size());
      continue;
    }
    example.source_texts = split_words(texts.sources[i]);
    example.target_texts = split_words(has_targets ? texts.targets[i] : own[i].text);
    example.source_words = words_of_line(reader, texts.sources[i], example.source);
    example.target_words = has_targets ? words_of_line(speaker, texts.targets[i], example.target)
                                       : words_of_decoded(speaker, example.target);
  }
  return examples;
}

AttentionSentence AttentionLooker::look(const AttendExample& example, std::int64_t id) {
  AttentionSentence sentence;
  sentence.id = id;
  sentence.unit = options_.unit == AlignmentUnit::piece ? "piece" : "word";
  sentence.source = with_end(pieces_of(model_.tokenizers.source, example.source));
  sentence.target = with_end(pieces_of(model_.tokenizers.target, example.target));
  sentence.source_words = with_end(example.source_words);
  sentence.target_words = with_end(example.target_words);
  sentence.source_texts = example.source_texts;
  sentence.target_texts = example.target_texts;
  sentence.maps =
      attention_maps(*model_.model, example.source, example.target, model_.header.roles);
  return sentence;
}

Links AttentionLooker::links_of(const AttentionSentence& sentence,
                                const AttendExample& example) const {
  if (example.source.empty() || example.target.empty()) return {};
  std::vector<at::Tensor> weights;
  for (const AttentionMap& map : sentence.maps) {
    if (!is_cross(map) || options_.head >= map.heads) continue;
    weights.push_back(at::tensor(map.head(options_.head)).view({map.num_rows, map.num_columns}));
  }
  if (weights.empty()) {
    throw UserError("the model has no cross-attention to read alignments from",
                    "use a model that has one (see regard info), or omit --gold");
  }
  AttentionMatrix mean(std::ssize(example.target), std::ssize(example.source));
  const at::Tensor values =
      at::stack(weights).mean(0).narrow(0, 0, mean.targets).narrow(1, 0, mean.sources).contiguous();
  std::copy_n(values.const_data_ptr<float>(), values.numel(), mean.values.begin());
  return link_words(mean, example.source_words, example.target_words);
}

/// Cut as for translating: maps grow with the square of the length.
Tokens AttentionLooker::encode(const Tokenizer& tokenizer, const std::string& line,
                               const SourceSpot& spot) {
  const std::string_view text = cut_for_encoding(line);
  Tokens ids = tokenizer.encode(text);
  const auto longest = static_cast<std::size_t>(limits_.max_source_length);
  if (ids.size() > longest || text.size() < line.size())
    cut_.warn(str(to_string(spot), ": the line is too long and was cut"));
  ids.resize(std::min(ids.size(), longest));
  return ids;
}

std::vector<Translation> AttentionLooker::translate(const std::vector<std::string>& sources) {
  TranslatorOptions options = limits_;
  options.decoding = model_.config.decoding;
  const TranslationService translator(model_.tokenizers.source, model_.tokenizers.target,
                                      model_.header.roles, options);
  std::vector<Translation> own;
  const Models models = module_models({model_.model.get()});
  for (const auto& translations : translator.translate_all(models, {sources}))
    own.push_back(translations.front());
  return own;
}

}  // namespace regard
