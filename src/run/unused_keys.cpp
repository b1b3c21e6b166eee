#include "regard/run/unused_keys.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "regard/config/fields.h"
#include "regard/core/run_layout.h"
#include "regard/core/strings.h"
#include "regard/run/model_names.h"
#include "regard/run/tokenizer_files.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

/// Keys that `giver` makes useless, and why.
struct Rule {
  std::vector<std::string> keys;
  std::string giver;
  std::string why;
};

/// A run writes all keys into OUTPUT/config.yaml, next to its vocabulary.
bool is_written_by_a_run(const fs::path& file) {
  return file.filename() == run_layout::kConfig && has_tokenizers(file.parent_path());
}

/// The keys in which the vocabulary that is asked for differs from that of training.init_from; none
/// where that cannot be read, which others report.
std::vector<std::string> changes_of_init(const Config& config) {
  try {
    const Config other = load_model_config(model_folder_of(config.training.init_from));
    std::vector<std::string> changed;
    for (const auto& change : config::differences(other.vocabulary, config.vocabulary))
      changed.push_back(change.path);
    return changed;
  } catch (const UserError&) {
    return {};
  }
}

/// What only a vocabulary that is trained here asks for.
const std::vector<std::string>& training_keys() {
  static const std::vector<std::string> keys = {
      "size",          "source_size",        "target_size",  "type",
      "normalization", "character_coverage", "byte_fallback"};
  return keys;
}

std::vector<std::string> in_group(const std::string& group, const std::vector<std::string>& keys) {
  std::vector<std::string> paths;
  for (const std::string& key : keys)
    paths.push_back(str(group, ".", key));
  return paths;
}

/// Both vocabularies, or that of one side, are given as files or by another model.
std::vector<Rule> given_vocabulary_rules(const Config& config) {
  const VocabularyOptions& options = config.vocabulary;
  const bool has_init = !config.training.init_from.empty();
  const bool trains_target =
      !options.shared && config.training.init_scope == InitScope::encoder && has_init;
  const bool has_source = !options.source.empty();
  const bool has_target = !options.target.empty();
  if (has_init && !has_source && (trains_target || !has_target)) {
    std::vector<std::string> keys = {"source_size"};
    if (!trains_target) {
      keys = training_keys();
      keys.push_back("shared");
    } else if (has_target) {
      keys = training_keys();
    }
    const std::vector<std::string> changed = changes_of_init(config);
    std::erase_if(keys, [&](const std::string& key) {
      return std::find(changed.begin(), changed.end(), key) == changed.end();
    });
    return {{in_group("vocabulary", keys), "training.init_from",
             str("the vocabulary is that of ", config.training.init_from)}};
  }
  if (has_source && (options.shared || has_target)) {
    return {{in_group("vocabulary", training_keys()), "vocabulary.source",
             str("the vocabulary is ", options.source)}};
  }
  if (has_source) {
    return {{{"vocabulary.source_size"},
             "vocabulary.source",
             str("the source's vocabulary is ", options.source)}};
  }
  if (has_target) {
    return {{{"vocabulary.target_size"},
             "vocabulary.target",
             str("the target's vocabulary is ", options.target)}};
  }
  return {};
}

std::vector<Rule> vocabulary_rules(const Config& config) {
  const VocabularyOptions& options = config.vocabulary;
  std::vector<Rule> rules = given_vocabulary_rules(config);
  if (rules.empty() && options.source_size && options.target_size)
    rules.push_back({{"vocabulary.size"}, "vocabulary.source_size", "each side has its own size"});
  const bool is_trained = rules.empty();
  if (options.sampling.nbest != SamplingOptions().nbest) {
    if (options.sampling.alpha == 0.0) {
      rules.push_back({{"vocabulary.sampling.nbest"},
                       "vocabulary.sampling.alpha",
                       "vocabulary.sampling.alpha is 0, so nothing is sampled"});
    } else if (is_trained && options.type == VocabularyType::bpe) {
      rules.push_back({{"vocabulary.sampling.nbest"},
                       "vocabulary.type",
                       "vocabulary.type is bpe, but only unigram samples from the best"});
    }
  }
  return rules;
}

std::vector<Rule> training_rules(const Config& config) {
  const TrainingOptions& training = config.training;
  std::vector<Rule> rules = {
      {in_group("training.schedule", config::unused_keys(training.schedule)),
       "training.schedule.type",
       str("training.schedule.type is ", config::word_of(training.schedule.type))},
      {in_group("training.optimizer", config::unused_keys(training.optimizer)),
       "training.optimizer.type",
       str("training.optimizer.type is ", config::word_of(training.optimizer.type))}};
  const auto& corpora = config.data.train;
  if (std::all_of(corpora.begin(), corpora.end(),
                  [](const TrainCorpusOptions& corpus) { return corpus.alignments.empty(); })) {
    rules.push_back({in_group("training.guided_alignment", {"weight", "map", "head"}), "data.train",
                     "no data.train[].alignments has links"});
  }
  return rules;
}

/// Keys of other tasks.
std::vector<Rule> task_rules(const Config& config) {
  const TaskSpec& own = task_spec(config.task);
  std::vector<std::string> keys;
  for (const TaskSpec& spec : all_tasks()) {
    for (const std::string& key : spec.keys) {
      const bool is_known = std::find(own.keys.begin(), own.keys.end(), key) != own.keys.end() ||
                            std::find(keys.begin(), keys.end(), key) != keys.end();
      if (!is_known) keys.push_back(key);
    }
  }
  return {{keys, "task", str("task is ", own.name)}};
}

/// Applies rules to what was written.
class Finder {
 public:
  explicit Finder(const config::Document& document)
      : document_(document),
        fields_(config::list_fields<Config>()),
        is_of_run_(is_written_by_a_run(document.name())) {}

  void apply(const Rule& rule) {
    for (const std::string& key : rule.keys) {
      const config::Node* node = document_.find(key);
      if (node == nullptr || node->text == "none") continue;  // an optional that is absent
      if (node->kind != config::Node::Kind::scalar && node->children.empty()) continue;
      const bool is_flag = is_from_flag(key);
      if (!is_flag && (is_of_run_ || is_filled_in(key, node->text))) continue;
      const std::string what = str(key, ": has no effect: ", escape_for_message(rule.why));
      if (!is_flag && is_from_flag(rule.giver)) {
        found_.doubts.push_back(what);
      } else {
        found_.problems.push_back({node->spot, what, "leave it out"});
      }
    }
  }

  UnusedKeys& found() { return found_; }

 private:
  bool is_from_flag(const std::string& key) const { return document_.origin_of(key) == "--set"; }

  /// A default in a group that is written out with all its keys, as `regard config annotated` does.
  bool is_filled_in(const std::string& key, const std::string& text) const {
    const std::string group = key.substr(0, key.rfind('.') + 1);
    bool is_default = false;
    for (const config::FieldDoc& field : fields_) {
      const bool is_sibling =
          field.path.starts_with(group) && field.path.find('.', group.size()) == std::string::npos;
      if (!is_sibling || field.is_group || field.type.starts_with("optional")) continue;
      if (document_.find(field.path) == nullptr) return false;
      const bool is_empty_default = text.empty() && field.default_text == "\"\"";
      if (field.path == key) is_default = is_empty_default || text == field.default_text;
    }
    return is_default;
  }

  const config::Document& document_;
  std::vector<config::FieldDoc> fields_;
  bool is_of_run_;
  UnusedKeys found_;
};

/// A warm-up that the run does not live to see the end of.
void doubt_warm_up(const TrainingOptions& training, std::vector<std::string>& doubts) {
  const std::int64_t warmup = training.schedule.warmup;
  if (training.max_updates == 0 || warmup <= training.max_updates) return;
  doubts.push_back(str("training.schedule.warmup: ", with_thousands(warmup),
                       " updates, but the run ends after ", with_thousands(training.max_updates),
                       " (training.max_updates), before the learning rate reaches its peak"));
}

}  // namespace

UnusedKeys find_unused_keys(const Config& config, const config::Document& document) {
  Finder finder(document);
  for (const Rule& rule : task_rules(config))
    finder.apply(rule);
  for (const Rule& rule : vocabulary_rules(config))
    finder.apply(rule);
  for (const Rule& rule : training_rules(config))
    finder.apply(rule);
  doubt_warm_up(config.training, finder.found().doubts);
  return std::move(finder.found());
}

}  // namespace regard
