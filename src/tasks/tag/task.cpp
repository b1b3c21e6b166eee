#include "regard/tasks/task.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include "regard/core/strings.h"
#include "regard/tensor/torch.h"
#include "regard/text/columns.h"

#include "tasks/tag/best_path.h"
#include "tasks/tag/columns.h"

namespace regard {

using torch::Tensor;

namespace {

constexpr std::int64_t kNoWord = -1;  // fills the places and tags of rows with fewer words

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words = split(text, ' ');
  std::erase(words, "");
  return words;
}

class TagReader final : public ExampleReader {
 public:
  TagReader(const std::filesystem::path& file, const std::vector<std::string>& columns,
            const ExampleReading& reading)
      : sentences_(LineReader(file, line_options(reading)), {columns}) {}

  bool next(Example& example) override {
    if (!sentences_.next(sentence_)) return false;
    example.texts = {join(sentence_.words, " ")};
    example.labels = std::move(sentence_.tags);
    example.place = sentence_.place;
    if (cut_for_encoding(example.texts[0]).size() < example.texts[0].size())
      example.verdict = Verdict::too_long;
    return true;
  }

 private:
  static LineReaderOptions line_options(const ExampleReading& reading) {
    LineReaderOptions options;
    // A line that is left out would be a word that is missing.
    options.invalid_utf8 =
        reading.invalid_utf8 == InvalidUtf8::skip ? InvalidUtf8::replace : reading.invalid_utf8;
    return options;
  }

  ColumnReader sentences_;
  TaggedSentence sentence_;
};

/// The state of the first subword of each word -> [hidden layer ->] a score for each tag.
class TagHead final : public HeadImpl {
 public:
  TagHead(const HeadSetup& setup, std::int64_t tags)
      : output_(*setup.options.head, setup.width, tags) {
    register_module("layers", output_);
  }

  /// [rows, words, tags]
  Tensor forward(const std::vector<EncoderOutput>& texts, const Batch& batch,
                 const ForwardContext& context,
                 std::vector<AttentionRecord>* /*records*/) override {
    const Tensor& states = texts.front().states;
    const Tensor places = batch.fields[0].clamp_min(0).unsqueeze(-1);  // [rows, words, 1]
    return output_->forward(
        states.gather(1, places.expand({places.size(0), places.size(1), states.size(2)})), context);
  }

 private:
  OutputLayers output_;
};

/// A tag for each word.
class Tag final : public Task {
 public:
  explicit Tag(const TaskSetup& setup)
      : columns_(tag_columns(setup.data.columns)),
        constrains_(!setup.model.head || setup.model.head->constrain) {}

  std::unique_ptr<ExampleReader> read(const std::filesystem::path& file,
                                      const ExampleReading& reading) const override {
    return std::make_unique<TagReader>(file, columns_, reading);
  }
  bool has_labels() const override { return true; }
  bool has_ranking() const override { return false; }
  void encode(Example& example, const TaskParts& parts) const override;
  void complete(Batch& batch, std::span<const PairLinks> notes, const BatchNumber& number,
                const TaskParts& parts) const override;
  std::string unit() const override { return "words"; }
  std::shared_ptr<HeadImpl> make_head(const HeadSetup& setup,
                                      const TaskParts& parts) const override {
    return std::make_shared<TagHead>(setup, static_cast<std::int64_t>(parts.labels.size()));
  }
  PassLoss loss(EncoderNetworkImpl& network, const Tensor& scores, const Batch& batch,
                double label_smoothing) const override;
  std::vector<std::vector<Answer>> answers(EncoderNetworkImpl& network, const Tensor& scores,
                                           const Batch& batch, const TaskParts& parts,
                                           std::int64_t count) const override;

 private:
  std::vector<std::string> columns_;
  bool constrains_;
};

/// Words are encoded one by one, so that each has a first subword, whatever stands beside it.
void Tag::encode(Example& example, const TaskParts& parts) const {
  const std::int32_t unknown = parts.tokenizer.special_ids().unknown;
  for (const std::string& word : words_of(example.texts[0])) {
    std::vector<std::int32_t> pieces = parts.tokenizer.encode(word);
    if (pieces.empty()) pieces = {unknown};
    example.notes.first.push_back(static_cast<std::int32_t>(example.source.size()));
    example.source.insert(example.source.end(), pieces.begin(), pieces.end());
  }
  for (const std::string& label : example.labels)
    example.notes.second.push_back(parts.labels.number(label, example.place));
}

void Tag::complete(Batch& batch, std::span<const PairLinks> notes, const BatchNumber& /*number*/,
                   const TaskParts& /*parts*/) const {
  std::size_t longest = 1;
  for (const PairLinks& row : notes)
    longest = std::max(longest, row.source.size());
  const std::vector<std::int64_t> shape = {static_cast<std::int64_t>(notes.size()),
                                           static_cast<std::int64_t>(longest)};
  const Tensor places = at::full(shape, kNoWord, at::kLong);
  const Tensor tags = at::full(shape, kNoWord, at::kLong);
  batch.units = at::zeros({shape[0]}, at::kLong);
  batch.target_tokens = 0;
  for (std::size_t row = 0; row < notes.size(); ++row) {
    const auto r = static_cast<std::int64_t>(row);
    // A text that was cut for an encoder with few positions has words beyond its end.
    const std::int64_t last = batch.source.lengths[r].item<std::int64_t>() - 1;
    for (std::size_t word = 0; word < notes[row].source.size(); ++word) {
      const std::int64_t place = notes[row].source[word];
      places[r].mutable_data_ptr<std::int64_t>()[word] = std::min(place, last);
    }
    std::copy(notes[row].target.begin(), notes[row].target.end(),
              tags[r].mutable_data_ptr<std::int64_t>());
    const auto words = static_cast<std::int64_t>(notes[row].source.size());
    batch.units.mutable_data_ptr<std::int64_t>()[row] = words;
    batch.target_tokens += words;
  }
  batch.fields = {places, tags};
}

PassLoss Tag::loss(EncoderNetworkImpl& /*network*/, const Tensor& scores, const Batch& batch,
                   double label_smoothing) const {
  const Tensor given = scores.to(at::kFloat).flatten(0, 1);
  const Tensor right = batch.fields[1].flatten();
  const auto cross_entropy = [&](const Tensor& logits, double smoothing) {
    return at::cross_entropy_loss(logits, right, {}, at::Reduction::Sum, kNoWord, smoothing);
  };
  const Tensor smoothed = cross_entropy(given, label_smoothing);
  return {smoothed, smoothed, cross_entropy(given.detach(), 0.0)};
}

std::vector<std::vector<Answer>> Tag::answers(EncoderNetworkImpl& /*network*/, const Tensor& scores,
                                              const Batch& batch, const TaskParts& parts,
                                              std::int64_t /*count*/) const {
  const std::vector<std::string> names = parts.labels.names();
  std::optional<BioTransitions> transitions;
  if (constrains_ && !first_foreign_tag(names)) transitions.emplace(names);
  const Tensor logs = at::log_softmax(scores.to(at::kCPU, at::kDouble), -1).contiguous();
  const Tensor words = (batch.fields[0] != kNoWord).sum(1).to(at::kCPU);
  std::vector<std::vector<Answer>> found;
  for (std::int64_t row = 0; row < logs.size(0); ++row) {
    const Tensor of_words = logs[row].narrow(0, 0, words[row].item<std::int64_t>());
    const TagPath path = transitions ? best_path(of_words, *transitions) : best_tags(of_words);
    std::vector<std::string> tags;
    for (const std::int64_t tag : path.tags)
      tags.push_back(names[static_cast<std::size_t>(tag)]);
    found.push_back({{join(tags, " "), std::exp(path.log_probability)}});
  }
  return found;
}

}  // namespace

std::unique_ptr<Task> make_tag_task(const TaskSetup& setup) {
  return std::make_unique<Tag>(setup);
}

}  // namespace regard
