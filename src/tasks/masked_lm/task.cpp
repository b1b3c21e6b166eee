#include "regard/tasks/task.h"

#include <algorithm>
#include <memory>

#include <torch/nn/modules/normalization.h>

#include "regard/core/random.h"
#include "regard/core/strings.h"
#include "regard/tensor/torch.h"
#include "regard/train/loss.h"

#include "tasks/masked_lm/masking.h"

namespace regard {

using torch::Tensor;

namespace {

constexpr std::int64_t kNoPlace = -1;  // fills the rows with fewer masks

/// A line, an example.
class LinesReader final : public ExampleReader {
 public:
  LinesReader(const std::filesystem::path& file, const ExampleReading& reading)
      : lines_(file, reading.of_lines()), draws_masks_(reading.needs_labels) {}

  bool next(Example& example) override {
    if (!lines_.next(line_)) return false;
    example.texts = {line_.text};
    example.place = {lines_.name(), line_.number};
    if (draws_masks_) example.marks = {1};
    if (line_.was_cut || cut_for_encoding(line_.text).size() < line_.text.size())
      example.verdict = Verdict::too_long;
    return true;
  }

 private:
  LineReader lines_;
  Line line_;
  bool draws_masks_;
};

/// The states of the masked places -> norm(gelu(W h + b)), which the embedding matrix and a bias
/// turn into scores of all subwords (Devlin et al. 2019).
class MaskedHead final : public HeadImpl {
 public:
  explicit MaskedHead(const HeadSetup& setup)
      : embedding_(setup.embedding),
        dense_(LinearOptions{setup.width, setup.options.dim}),
        norm_(torch::nn::LayerNormOptions({setup.options.dim}).eps(setup.options.norm_epsilon)) {
    register_module("dense", dense_);
    register_module("norm", norm_);
    bias_ = register_parameter("output_bias", torch::zeros({embedding_.size(0)}));
  }

  /// [masked places of the batch, dim]
  Tensor forward(const std::vector<EncoderOutput>& texts, const Batch& batch,
                 const ForwardContext& /*context*/,
                 std::vector<AttentionRecord>* /*records*/) override {
    const Tensor& states = texts.front().states;  // [rows, positions, width]
    const Tensor& places = batch.fields[0];
    const Tensor rows = at::arange(states.size(0), places.options()).unsqueeze(1) * states.size(1);
    const Tensor flat = (places + rows).masked_select(places != kNoPlace);
    const Tensor picked = states.flatten(0, 1).index_select(0, flat);
    return norm_->forward(at::gelu(dense_->forward(picked)));
  }
  OutputLayer output() const { return {embedding_, bias_}; }

 private:
  Tensor embedding_;  // of the encoder
  Linear dense_;
  torch::nn::LayerNorm norm_;
  Tensor bias_;
};

MaskedHead& head_of(EncoderNetworkImpl& network) {
  return dynamic_cast<MaskedHead&>(network.head());
}

/// The subwords of a text that says where masks are. A vocabulary of words does not see a mask that
/// follows a space; then what is between the masks is encoded by itself.
std::vector<std::int32_t> with_masks(const std::string& text, const Tokenizer& tokenizer) {
  const std::string_view mask = kMaskPiece;
  const std::int32_t id = tokenizer.id_of(mask);
  std::vector<std::int32_t> ids = tokenizer.encode(text);
  std::ptrdiff_t wanted = 0;
  for (std::size_t at = text.find(mask); at != std::string::npos; at = text.find(mask, at + 1))
    ++wanted;
  if (std::count(ids.begin(), ids.end(), id) == wanted) return ids;
  ids.clear();
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(mask, begin), text.size());
    const auto part = tokenizer.encode(std::string_view(text).substr(begin, end - begin));
    ids.insert(ids.end(), part.begin(), part.end());
    if (end < text.size()) ids.push_back(id);
    begin = end + mask.size();
  }
  return ids;
}

class MaskedLm final : public Task {
 public:
  explicit MaskedLm(const DataOptions& data) : masking_(data.masking) {}

  std::unique_ptr<ExampleReader> read(const std::filesystem::path& file,
                                      const ExampleReading& reading) const override {
    return std::make_unique<LinesReader>(file, reading);
  }
  bool has_labels() const override { return false; }
  void encode(Example& example, const TaskParts& parts) const override {
    example.source = example.marks.empty() ? with_masks(example.texts[0], parts.tokenizer)
                                           : parts.tokenizer.encode(example.texts[0]);
    example.notes.first = example.marks;
  }
  void complete(Batch& batch, std::span<const PairLinks> notes, const BatchNumber& number,
                const TaskParts& parts) const override;
  std::string unit() const override { return "masked subwords"; }
  std::shared_ptr<HeadImpl> make_head(const HeadSetup& setup,
                                      const TaskParts& /*parts*/) const override {
    return std::make_shared<MaskedHead>(setup);
  }
  PassLoss loss(EncoderNetworkImpl& network, const Tensor& scores, const Batch& batch,
                double label_smoothing) const override;
  std::vector<std::vector<Answer>> answers(EncoderNetworkImpl& network, const Tensor& scores,
                                           const Batch& batch, const TaskParts& parts,
                                           std::int64_t count) const override;

 private:
  MaskedText hide(std::vector<std::int64_t> ids, bool draws, std::uint64_t seed,
                  const MaskingVocabulary& vocabulary) const;

  MaskingOptions masking_;
};

MaskingVocabulary vocabulary_of(const TaskParts& parts) {
  const SpecialIds& special = parts.tokenizer.special_ids();
  MaskingVocabulary vocabulary;
  vocabulary.size = parts.tokenizer.size();
  vocabulary.mask = parts.tokenizer.id_of(kMaskPiece);
  vocabulary.special = {special.pad, special.unknown, special.start, special.end, vocabulary.mask};
  return vocabulary;
}

/// At random, or where the text itself has masks.
MaskedText MaskedLm::hide(std::vector<std::int64_t> ids, bool draws, std::uint64_t seed,
                          const MaskingVocabulary& vocabulary) const {
  if (draws) return mask_text(ids, masking_, vocabulary, seed);
  MaskedText text{std::move(ids), {}};
  for (std::size_t place = 0; place < text.ids.size(); ++place) {
    if (text.ids[place] == vocabulary.mask) text.places.push_back(static_cast<std::int64_t>(place));
  }
  return text;
}

/// A row's masks depend on the batch and its place in it alone.
void MaskedLm::complete(Batch& batch, std::span<const PairLinks> notes, const BatchNumber& number,
                        const TaskParts& parts) const {
  const MaskingVocabulary vocabulary = vocabulary_of(parts);
  const std::int64_t rows = batch.source.ids.size(0);
  std::vector<MaskedText> texts;
  std::size_t longest = 1;
  batch.units = at::zeros({rows}, at::kLong);
  const Tensor original = batch.source.ids.clone();
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t length = batch.source.lengths[row].item<std::int64_t>() - 1;  // no end mark
    auto* ids = batch.source.ids[row].mutable_data_ptr<std::int64_t>();
    const std::uint64_t seed =
        derive_seed({number.seed, static_cast<std::uint64_t>(RandomUse::subword_sampling),
                     static_cast<std::uint64_t>(number.epoch),
                     static_cast<std::uint64_t>(number.batch), 2, static_cast<std::uint64_t>(row)});
    const bool draws = !notes[static_cast<std::size_t>(row)].source.empty();
    texts.push_back(hide({ids, ids + length}, draws, seed, vocabulary));
    std::copy(texts.back().ids.begin(), texts.back().ids.end(), ids);
    const std::size_t count = texts.back().places.size();
    longest = std::max(longest, count);
    batch.units.mutable_data_ptr<std::int64_t>()[row] = static_cast<std::int64_t>(count);
    batch.target_tokens += static_cast<std::int64_t>(count);
  }
  const Tensor places = at::full({rows, static_cast<std::int64_t>(longest)}, kNoPlace, at::kLong);
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto& of_row = texts[static_cast<std::size_t>(row)].places;
    std::copy(of_row.begin(), of_row.end(), places[row].mutable_data_ptr<std::int64_t>());
  }
  batch.fields = {places, original.gather(1, places.clamp_min(0))};
}

PassLoss MaskedLm::loss(EncoderNetworkImpl& network, const Tensor& scores, const Batch& batch,
                        double label_smoothing) const {
  const Tensor right = batch.fields[1].masked_select(batch.fields[0] != kNoPlace);
  const Loss losses =
      smoothed_cross_entropy(scores, head_of(network).output(), right, label_smoothing);
  return {losses.smoothed, losses.smoothed, losses.negative_log_likelihood};
}

std::vector<std::vector<Answer>> MaskedLm::answers(EncoderNetworkImpl& network,
                                                   const Tensor& scores, const Batch& batch,
                                                   const TaskParts& parts,
                                                   std::int64_t count) const {
  const OutputLayer output = head_of(network).output();
  const Tensor logits = at::linear(scores, output.weight, output.bias).to(at::kDouble);
  const std::int64_t num_answers = std::min(count, logits.size(1));
  const auto [best, order] = at::softmax(logits, -1).to(at::kCPU).topk(num_answers, -1);
  const Tensor counts = (batch.fields[0] != kNoPlace).sum(1).to(at::kCPU);
  std::vector<std::vector<Answer>> found;
  std::int64_t mask = 0;
  for (std::int64_t row = 0; row < counts.size(0); ++row) {
    const std::int64_t num_masks = counts[row].item<std::int64_t>();
    std::vector<Answer>& ranked = found.emplace_back();
    for (std::int64_t k = 0; k < (num_masks == 0 ? 1 : num_answers); ++k) {
      std::vector<std::string> pieces;
      double probability = 1.0;
      for (std::int64_t i = mask; i < mask + num_masks; ++i) {
        pieces.push_back(parts.tokenizer.piece(order[i][k].item<std::int32_t>()));
        probability *= best[i][k].item<double>();
      }
      ranked.push_back({join(pieces, " "), probability});
    }
    mask += num_masks;
  }
  return found;
}

}  // namespace

std::unique_ptr<Task> make_masked_lm_task(const TaskSetup& setup) {
  return std::make_unique<MaskedLm>(setup.data);
}

}  // namespace regard
