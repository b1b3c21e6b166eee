#include "regard/run/config.h"

#include <algorithm>

#include "regard/config/config_error.h"
#include "regard/config/emitter.h"
#include "regard/config/fields.h"
#include "regard/config/reader.h"
#include "regard/core/error.h"
#include "regard/core/run_layout.h"
#include "regard/core/strings.h"
#include "regard/run/foreign_names.h"
#include "regard/run/model_names.h"
#include "regard/run/named_files.h"
#include "regard/run/unused_keys.h"

namespace regard {

namespace {

std::vector<std::string> tasks_with_head() {
  std::vector<std::string> names;
  for (const TaskSpec& spec : all_tasks()) {
    if (spec.has_head) names.push_back(spec.name);
  }
  return names;
}

/// What files a task reads, and what its own rules are.
void check_task(const Config& config, config::Checks& checks) {
  const TaskSpec* spec = find_task(config.task);
  if (spec == nullptr) return;
  const auto check_files = [&](const std::string& key, const auto& corpus) {
    if (spec->has_head == !corpus.file.empty()) return;
    checks.fail(str(key, spec->has_head ? ".file" : ".source"), "is missing",
                spec->has_head ? str("task: ", spec->name, " reads one file of examples: give file")
                               : str("task: ", spec->name, " reads source and target"));
  };
  for (std::size_t i = 0; i < config.data.train.size(); ++i)
    check_files(str("data.train[", i, "]"), config.data.train[i]);
  for (std::size_t i = 0; i < config.data.valid.size(); ++i) {
    if (config.data.valid[i].is_text())
      check_files(str("data.valid[", i, "]"), config.data.valid[i]);
  }
  if (config.model.head.has_value() && !spec->has_head) {
    checks.fail("model.head", str("task: ", spec->name, " has a decoder, not a head"),
                str("leave it out, or set task to one of ", join(tasks_with_head(), ", ")));
  }
  if (spec->check) spec->check({config.data, config.model}, checks);
}

void check_stop_metric(const Config& config, config::Checks& checks) {
  const std::string text = split_metric(config.validation.stop.metric).text;
  const std::vector<std::string> names = validation_names(config.data);
  if (text.empty() || (names.size() > 1 && text == "mean")) return;
  if (names.size() > 1 && std::find(names.begin(), names.end(), text) != names.end()) return;
  checks.fail("validation.stop.metric",
              str("there is no validation text ", escape_for_message(text),
                  names.size() > 1 ? "" : " where data.valid is one text"),
              names.size() > 1 ? str("name one of ", join(names, ", "), ", or mean")
                               : str("use ", split_metric(config.validation.stop.metric).metric));
}

}  // namespace

void Config::check(const Self& o, config::Checks& checks) {
  check_task(o, checks);
  const auto& valid = o.data.valid;
  const bool has_texts =
      std::any_of(valid.begin(), valid.end(), [](const auto& corpus) { return corpus.is_text(); });
  check_stop_metric(o, checks);
  if (o.model.tie == Tie::all && !o.vocabulary.shared) {
    checks.fail("model.tie",
                "all requires one vocabulary for both sides, but vocabulary.shared is false",
                "use decoder, or set vocabulary.shared: true");
  }
  if (o.training.schedule.type == ScheduleType::plateau && (!has_texts || !o.validation.is_on())) {
    checks.fail("training.schedule.type",
                "plateau lowers the learning rate after validations, but there are none",
                "set data.valid and validation.every, or use inverse_sqrt");
  }
  if (o.model.position == PositionKind::learned &&
      (o.data.max_length == 0 || o.data.max_length >= o.model.max_positions)) {
    checks.fail(
        "data.max_length",
        str(o.data.max_length == 0
                ? "no limit"
                : str(o.data.max_length, " subwords and an end-of-sentence token"),
            " do not fit the ", o.model.max_positions, " learned positions of model.max_positions"),
        str("use ", o.model.max_positions - 1, ", or raise model.max_positions"));
  }
  if (!has_texts && o.validation.stop.patience > 0 && o.validation.is_on() &&
      o.training.max_updates == 0 && o.training.max_epochs == 0 && o.training.max_tokens == 0 &&
      o.training.max_minutes == 0.0) {
    checks.fail("validation.stop.patience", "early stopping requires a validation corpus",
                "set data.valid");
  }
}

namespace {

/// A finished model that was imported has no corpora; what stands in for them is taken out again.
bool add_stand_in_corpus(config::Document& document) {
  const config::Node* train = document.find("data.train");
  if (train != nullptr && !train->children.empty()) return false;
  document.set_text("data.train", "[{source: none, target: none}]", {"a stand-in"});
  return true;
}

/// The task that is written, or the default; null where there is no such task.
const TaskSpec* task_of(const config::Document& document) {
  const config::Node* task = document.find("task");
  return task == nullptr ? &all_tasks().front() : find_task(task->text);
}

std::vector<std::string> texts_of(const config::Node* list) {
  std::vector<std::string> texts;
  if (list == nullptr) return texts;
  for (const config::Node& item : list->children)
    texts.push_back(item.text);
  return texts;
}

/// What a task with a head means where nothing is written: a head with its defaults, its metrics,
/// and that the first of these decides.
void fill_from_task(config::Document& document) {
  const TaskSpec* spec = task_of(document);
  if (spec == nullptr || !spec->has_head) return;
  const config::Origin origin{"task", "task: " + spec->name};
  const config::Node* head = document.find("model.head");
  const bool is_absent =
      head == nullptr || (head->kind == config::Node::Kind::scalar && head->text == "none");
  if (is_absent) document.set_text("model.head", "{}", origin);
  if (document.find("validation.metrics") == nullptr) {
    const auto metrics = spec->metrics(texts_of(document.find("data.columns")));
    document.set_text("validation.metrics", str("[", join(metrics, ", "), "]"), origin);
  }
  if (document.find("validation.stop.metric") != nullptr) return;
  const auto metrics = texts_of(document.find("validation.metrics"));
  document.set_text("validation.stop.metric", metrics.empty() ? "loss" : metrics.front(), origin);
}

/// Fills in the model that training.init_from names, below the keys of the user. A preset or a full
/// form of the user's own is left as it is.
void fill_from_init(config::Document& document) {
  const config::Node* init = document.find("training.init_from");
  if (init == nullptr || init->kind != config::Node::Kind::scalar || init->text.empty()) return;
  for (const char* key : {"model.preset", "model.encoder", "model.decoder", "model.dim"}) {
    if (document.find(key) != nullptr) return;
  }
  const TaskSpec* spec = task_of(document);
  ModelOptions model;
  try {
    const Config other = load_model_config(model_folder_of(init->text));
    model = other.model;
    if (spec != nullptr && other.task != spec->name) {
      if (!spec->has_head) return;  // an encoder alone says nothing of a decoder
      model.decoder.reset();
      model.head.reset();
    }
  } catch (const UserError& error) {
    throw_at_key(document, "training.init_from", error);
  }
  document.fill_text("model", config::to_yaml(model), {"training.init_from", "training.init_from"});
}

/// Says of the values that are derived from others what they are derived from.
void set_model_origins(const ModelOptions& model, Preset preset, bool is_flat,
                       config::Document& document) {
  const auto add = [&](const std::string& key, const std::string& label) {
    const config::Node* node = document.find("model." + key);
    const bool is_open = node == nullptr || (node->text == "0" && node->origin.empty());
    if (is_open) document.set_text("model." + key, "0", {"", label});
  };
  const std::string whole = preset != Preset::custom ? "preset " + config::word_of(preset)
                            : is_flat                ? "the flat keys of model"
                                                     : "the blocks";
  const bool has_layers = document.find("model.layers") != nullptr;
  for (const char* key : {"encoder_layers", "decoder_layers"})
    add(key, is_flat && has_layers ? "model.layers" : whole);
  for (const char* key : {"dim", "layers", "heads"})
    add(key, whole);
  add("feed_forward", is_flat && document.find("model.dim")->text != "0" ? "4 * model.dim" : whole);
  if (!is_flat) {
    for (const char* key : {"norm", "activation", "gated", "bias"})
      add(key, whole);
    return;
  }
  document.set_text("model.encoder", config::to_yaml(*model.encoder), {"", whole});
  if (model.decoder)
    document.set_text("model.decoder", config::to_yaml(*model.decoder), {"", whole});
}

}  // namespace

LoadedConfig load_config(const std::filesystem::path& path, const config::Overrides& overrides,
                         ConfigUse use) {
  if (use == ConfigUse::train) require_configuration(path);
  config::Document document = config::read_yaml(path);
  overrides.apply(document);
  const bool has_stand_in = use == ConfigUse::translate && add_stand_in_corpus(document);
  if (use == ConfigUse::train) fill_from_init(document);
  fill_from_task(document);
  Config config = config::read<Config>(document, &foreign_names());
  if (has_stand_in) config.data.train.clear();
  std::erase_if(config.data.valid, [](const auto& corpus) { return !corpus.is_text(); });
  UnusedKeys unused;
  if (use == ConfigUse::train) unused = find_unused_keys(config, document);
  if (!unused.problems.empty()) throw config::ConfigError(std::move(unused.problems));
  const Preset preset = config.model.preset;
  const bool is_flat = !config.model.encoder;
  config.model = expand(config.model);
  set_model_origins(config.model, preset, is_flat, document);
  return {std::move(config), std::move(document), preset, std::move(unused.doubts)};
}

bool uses_links(const Config& config, const TrainCorpusOptions& corpus) {
  return !corpus.alignments.empty() && corpus.weight > 0.0 &&
         config.training.guided_alignment.weight > 0.0;
}

void check_overrides(const config::Overrides& overrides) {
  config::Document document("the command line");
  overrides.apply(document);
  std::vector<Problem> problems;
  config::read<Config>(document, problems, &foreign_names());
  std::erase_if(problems, [&](const Problem& problem) {
    return !overrides.has_place(problem.spot.name);  // keys that a file gives
  });
  if (!problems.empty()) throw config::ConfigError(std::move(problems));
}

Config load_model_config(const std::filesystem::path& folder, const config::Overrides& overrides) {
  return load_config(folder / run_layout::kConfig, overrides, ConfigUse::translate).config;
}

std::string config_text(const Config& config) {
  Config shown = config;
  shown.model = with_flat_keys(config.model);
  return config::to_yaml(shown);
}

std::string show_config(const LoadedConfig& loaded) {
  Config shown = loaded.config;
  shown.model = with_flat_keys(loaded.config.model);
  shown.model.preset = loaded.preset;
  return config::show(shown, loaded.document);
}

const config::Field& field_of(const std::string& path) {
  if (const config::Field* field = config::find_key(config::group_of<Config>(), path))
    return *field;
  throw std::logic_error("no such key: " + path);
}

}  // namespace regard
