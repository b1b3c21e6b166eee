#include "head_session.h"

#include <algorithm>
#include <optional>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/run_layout.h"
#include "regard/core/strings.h"
#include "regard/data/corpus.h"
#include "regard/model/longest_sentence.h"
#include "regard/run/suggested_command.h"
#include "regard/run/task_examples.h"
#include "regard/run/task_labels.h"
#include "regard/run/task_model.h"
#include "regard/run/training_data.h"
#include "regard/run/vocabulary_setup.h"
#include "regard/tasks/task_data.h"
#include "regard/tasks/task_training.h"
#include "regard/tensor/torch.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

/// The texts of all examples that are trained on, one after the other.
class TrainingTexts {
 public:
  TrainingTexts(const Task& task, const Config& config) : task_(task) {
    reading_ = {config.data.invalid_utf8, false};
    for (const TrainCorpusOptions& corpus : config.data.train) {
      if (corpus.weight > 0.0) files_.push_back(corpus.file);
    }
  }

  bool next(std::string& text) {
    while (texts_.empty()) {
      if (!reader_) {
        if (file_ == files_.size()) return false;
        reader_ = task_.read(files_[file_++], reading_);
      }
      Example example;
      if (!reader_->next(example)) {
        reader_.reset();
        continue;
      }
      texts_ = std::move(example.texts);
      std::reverse(texts_.begin(), texts_.end());
    }
    text = std::string(cut_for_encoding(texts_.back()));
    texts_.pop_back();
    return true;
  }
  std::string name() const { return join(files_, ", "); }

 private:
  const Task& task_;
  ExampleReading reading_;
  std::vector<std::string> files_;
  std::size_t file_ = 0;
  std::unique_ptr<ExampleReader> reader_;
  std::vector<std::string> texts_;  // of the last example, the next one last
};

class HeadSession final : public SessionTask {
 public:
  explicit HeadSession(const Config& config)
      : spec_(task_spec(config.task)), task_(make_task(config.task, {config.data, config.model})) {}

  RunTexts check_texts(const Config& config) override;
  std::vector<std::string> doubts(const Config& /*config*/) override { return {}; }
  TokenizerPair make_tokenizers(const Config& config, Logger& logger) override;
  void resume_from(const fs::path& folder) override { labels_ = load_labels(folder, *task_); }
  std::shared_ptr<const BatchMaker> batches(const SessionBasis& basis,
                                            const fs::path& cache) override;
  std::shared_ptr<NetworkImpl> network(const SessionBasis& basis) override;
  std::unique_ptr<Objective> objective(const SessionBasis& basis) override {
    return std::make_unique<TaskObjective>(task_, network_, basis.config.training.label_smoothing);
  }
  std::unique_ptr<Validator> validator(const SessionBasis& basis, Objective& objective) override;
  std::uint64_t labels() const override { return fingerprint_of(labels_); }
  void write(const fs::path& folder) const override {
    if (task_->has_labels()) save_labels(labels_, folder);
  }
  std::string next_step(const fs::path& folder) const override {
    return "predict with:  " + predict_command(folder);
  }

 private:
  ValidationData validation_data(const SessionBasis& basis, const ValidCorpusOptions& corpus);

  const TaskSpec& spec_;
  std::shared_ptr<const Task> task_;
  LabelSet labels_;
  std::shared_ptr<EncoderNetworkImpl> network_;
};

RunTexts HeadSession::check_texts(const Config& config) {
  RunTexts texts;
  std::vector<Problem> problems;
  LabelCounter counts;
  const ExampleReading reading{config.data.invalid_utf8, true};
  const auto take = [&](const std::string& file, std::vector<CorpusFingerprint>& found,
                        const std::function<void(const Example&)>& use) {
    try {
      found.push_back(survey_examples(*task_, file, reading, use));
    } catch (const UserError& error) {
      problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    }
  };
  for (const TrainCorpusOptions& corpus : config.data.train) {
    take(corpus.file, texts.training, [&](const Example& example) {
      if (corpus.weight == 0.0 || !task_->has_labels()) return;
      for (const std::string& label : example.labels)
        counts.add(label, example.place);
    });
  }
  if (!problems.empty()) throw UserError(std::move(problems));
  if (task_->has_labels()) {
    labels_ = counts.labels();
    if (!config.data.header) {
      if (auto header = counts.likely_header()) throw UserError(std::vector<Problem>{*header});
    }
    require_several_labels(labels_, SourceSpot{config.data.train.front().file});
  }
  for (const ValidCorpusOptions& corpus : config.data.valid) {
    take(corpus.file, texts.validation, [&](const Example& example) {
      if (!task_->has_labels()) return;
      for (const std::string& label : example.labels)
        labels_.number(label, example.place);
    });
  }
  if (!problems.empty()) throw UserError(std::move(problems));
  return texts;
}

TokenizerPair HeadSession::make_tokenizers(const Config& config, Logger& logger) {
  TrainingTexts texts(*task_, config);
  return make_tokenizers_of_texts(
      config, {[&](std::string& text) { return texts.next(text); }, texts.name(), spec_.symbols},
      logger);
}

std::shared_ptr<const BatchMaker> HeadSession::batches(const SessionBasis& basis,
                                                       const fs::path& cache) {
  const Config& config = basis.config;
  TaskParts parts = parts_of(basis.tokenizers.source, basis.roles, labels_);
  parts.sampling = config.vocabulary.sampling;
  CorpusLoading loading = training_loading(config.data);
  loading.keep_text = parts.sampling.alpha > 0.0;
  loading.cache_folder = cache;
  loading.stop = &basis.stop;
  loading.on_progress = [&](std::int64_t examples) {
    basis.logger.status(str("reading: ", with_thousands(examples), " examples"));
  };
  Corpus corpus =
      Corpus::load(training_files(config.data), TaskFormat(*task_, parts, loading), loading);
  basis.logger.status("");
  basis.logger.info(str("training data: ", examples_text(corpus.report().total)));
  if (task_->has_labels()) basis.logger.info("labels: " + labels_text(labels_));
  check_epoch(corpus);
  return std::make_shared<TaskBatches>(task_, std::move(parts), std::move(corpus));
}

std::shared_ptr<NetworkImpl> HeadSession::network(const SessionBasis& basis) {
  const TaskParts parts = parts_of(basis.tokenizers.source, basis.roles, labels_);
  network_ = make_encoder_network(
      basis.config.model, basis.tokenizers.source.size(),
      [&](const HeadSetup& setup) { return task_->make_head(setup, parts); },
      static_cast<std::uint64_t>(basis.config.seed));
  return network_;
}

ValidationData HeadSession::validation_data(const SessionBasis& basis,
                                            const ValidCorpusOptions& corpus) {
  const Config& config = basis.config;
  const TaskParts parts = parts_of(basis.tokenizers.source, basis.roles, labels_);
  CorpusLoading loading;
  loading.max_length = longest_sentence(config.model);
  loading.invalid_utf8 = config.data.invalid_utf8;
  const std::vector<CorpusFiles> files = {{corpus.file, {}, 1.0, ""}};
  ValidationData data;
  data.batches = std::make_shared<TaskBatches>(
      task_, parts, Corpus::load(files, TaskFormat(*task_, parts, loading), loading));
  std::vector<Example> examples =
      read_examples(*task_, parts, corpus.file, {loading.invalid_utf8, true});
  for (const Example& example : examples) {
    data.source_lines.push_back(join(example.texts, "  |  "));
    data.reference_lines.push_back(expected_answer(example));
  }
  data.metrics.labels = labels_.names();
  data.line_names = {"text", "answer", "expected"};
  data.answerer = std::make_unique<TaskAnswerer>(
      TaskModel{task_, parts, network_}, std::move(examples),
      AnsweringOptions{1, config.training.batch_tokens, loading.max_length});
  return data;
}

std::unique_ptr<Validator> HeadSession::validator(const SessionBasis& basis, Objective& objective) {
  const Config& config = basis.config;
  if (config.data.valid.empty() || !config.validation.is_on()) return nullptr;
  const std::vector<std::string> names = validation_names(config.data);
  std::vector<ValidationData> texts;
  for (std::size_t i = 0; i < names.size(); ++i) {
    texts.push_back(validation_data(basis, config.data.valid[i]));
    if (names.size() > 1) texts.back().name = names[i];
  }
  return std::make_unique<Validator>(std::move(texts), config.validation, objective,
                                     config.training.batch_tokens);
}

}  // namespace

std::unique_ptr<SessionTask> make_head_session(const Config& config) {
  return std::make_unique<HeadSession>(config);
}

}  // namespace regard
