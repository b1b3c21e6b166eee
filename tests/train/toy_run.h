#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "regard/core/strings.h"
#include "regard/data/pair_batches.h"
#include "regard/tasks/translation.h"
#include "regard/tensor/torch.h"
#include "regard/train/trainer.h"

#include "core/file_support.h"
#include "text/sample_text.h"

namespace regard::test {

/// Keeps what is logged, and shows each message to `on_log`.
class RecordingLogger final : public Logger {
 public:
  std::function<void(const std::string&)> on_log = {};

  void log(LogLevel level, std::string_view text) noexcept override {
    lines_.emplace_back(level, std::string(text));
    if (on_log) on_log(lines_.back().second);
  }
  void status(std::string_view /*text*/) noexcept override {}
  bool shows_status() const noexcept override { return false; }

  std::vector<std::string> of(LogLevel level) const {
    std::vector<std::string> texts;
    for (const auto& [line_level, text] : lines_) {
      if (line_level == level) texts.push_back(text);
    }
    return texts;
  }

 private:
  std::vector<std::pair<LogLevel, std::string>> lines_;
};

/// Answers nothing: of each call the first `scores[call]` lines are right, the others "x".
class ScriptedAnswers {
 public:
  std::vector<std::string> references;
  std::vector<std::size_t> num_right;              ///< of each call; the last one continues
  std::function<void(Seq2SeqImpl&)> on_call = {};  ///< sees the model
  std::size_t calls = 0;

  std::optional<std::vector<std::string>> answer(Seq2SeqImpl& model, const StopFlag* stop) {
    if (on_call) on_call(model);
    if (stop != nullptr && stop->is_requested()) return std::nullopt;
    const std::size_t right = num_right[std::min(calls++, num_right.size() - 1)];
    std::vector<std::string> texts(references.size(), "x");
    std::copy_n(references.begin(), std::min(right, texts.size()), texts.begin());
    return texts;
  }
};

class ScriptedAnswerer final : public Answerer {
 public:
  ScriptedAnswerer(ScriptedAnswers& script, Seq2Seq model)
      : script_(script), model_(std::move(model)) {}
  std::optional<std::vector<std::string>> answer(const StopFlag* stop) override {
    return script_.answer(*model_, stop);
  }

 private:
  ScriptedAnswers& script_;
  Seq2Seq model_;
};

/// The tensors of a checkpoint by name, with "model/" or "training/" before it.
using SavedTensors = std::map<std::string, torch::Tensor>;

inline SavedTensors saved_tensors(const std::filesystem::path& checkpoint) {
  SavedTensors tensors;
  const auto add = [&](const std::string& file, const std::string& prefix) {
    const SafetensorsFile opened = SafetensorsFile::open(checkpoint / file);
    for (const std::string& name : opened.names()) {
      tensors[prefix + name] = tensor_from(opened, name).clone();
    }
  };
  add("model.safetensors", "model/");
  add("training_state.safetensors", "training/");
  return tensors;
}

inline const Tokenizer& toy_tokenizer() {
  static const Tokenizer tokenizer = sample_tokenizer();
  return tokenizer;
}

/// A run on 20 pairs with a model of about 10,000 weights: the parts of a trainer, and sessions
/// that train and resume.
class ToyRun {
 public:
  static constexpr std::size_t kPairs = 20;

  TemporaryFolder folder;
  TrainerOptions options;
  ModelOptions model_options;
  RecordingLogger logger;
  StopFlag stop;
  ScriptedAnswers translator;
  bool validates = false;
  std::function<void(Seq2SeqImpl&)> on_model = {};  ///< may change the start
  std::function<void(const Batch&)> on_pass = {};   ///< see Updater::on_pass()

  ToyRun() {
    at::set_num_threads(1);  // products of this size gain nothing from more
    sources_ = sample_sentences(kPairs, 5);
    targets_ = sample_sentences(kPairs, 6);
    spill(folder / "train.src", join(sources_, "\n") + "\n");
    spill(folder / "train.trg", join(targets_, "\n") + "\n");
    translator.references = targets_;
    translator.num_right = {10};
    model_options.dim = 16;
    model_options.layers = 1;
    model_options.heads = 2;
    model_options.feed_forward = 32;
    model_options.dropout.residual = model_options.dropout.embedding = 0.1;
    options.training.batch_tokens = 120;
    options.training.schedule.warmup = 10;
    options.training.schedule.peak = 1e-2;
    options.training.max_updates = 12;
    options.training.log_every = 1;
    options.validation.every = 1;
    options.validation.metrics = {"bleu"};
    options.validation.samples = 0;
    options.validation.stop.patience = 0;
    options.checkpoint.every = 1000;
    options.seed = 11;
  }

  Corpus corpus() const {
    const std::vector<CorpusFiles> files = {{folder / "train.src", folder / "train.trg", 1.0, ""}};
    return Corpus::load(files, toy_tokenizer(), toy_tokenizer(), CorpusLoading{});
  }
  CheckpointStore store() const { return {folder.path(), options.checkpoint}; }

  /// One process: a new model, the newest checkpoint if there is one, updates until a limit.
  TrainingResult train() {
    const auto batches = std::make_shared<PairBatches>(corpus(), toy_tokenizer(), toy_tokenizer(),
                                                       PairBatchOptions{ids(), {}});
    const CheckpointStore store = this->store();
    model_ =
        make_model(model_options, toy_tokenizer().size(), toy_tokenizer().size(), options.seed);
    if (on_model) on_model(*model_);
    TranslationObjective objective(model_, options.training);
    std::vector<ValidationData> texts(1);
    texts[0].batches = batches;
    texts[0].answerer = std::make_unique<ScriptedAnswerer>(translator, model_);
    texts[0].source_lines = sources_;
    texts[0].reference_lines = targets_;
    const Validator validator(std::move(texts), options.validation, objective, 120);
    Trainer trainer(options, {objective,
                              opener(batches),
                              validates ? &validator : nullptr,
                              store,
                              WeightsHeader{},
                              logger,
                              stop,
                              {},
                              nullptr,
                              on_pass});
    trainer.resume();
    reason_at_start = trainer.reason_to_finish();
    MetricsLog metrics(folder.path(), trainer.state().update, options.validation.stop.metric);
    return trainer.run(metrics);
  }

  /// Of the last session.
  Seq2Seq model() const { return model_; }
  std::string reason_at_start;

 private:
  BatchIds ids() const { return TokenRoles{}.batch_ids(); }
  std::function<std::unique_ptr<BatchStream>(StreamPosition)> opener(
      const std::shared_ptr<const BatchMaker>& batches) const {
    BatchStreamOptions stream;
    stream.plan.batch_tokens = options.training.batch_tokens;
    stream.seed = options.seed;
    return
        [=](StreamPosition start) { return std::make_unique<BatchStream>(batches, stream, start); };
  }

  std::vector<std::string> sources_;
  std::vector<std::string> targets_;
  Seq2Seq model_{nullptr};
};

}  // namespace regard::test
