#include "regard/app/config.h"

#include "regard/config/emitter.h"
#include "regard/config/fields.h"
#include "regard/config/reader.h"
#include "regard/core/error.h"
#include "regard/core/strings.h"

#include "foreign_names.h"
#include "model_folder.h"
#include "named_files.h"

namespace regard {

void Config::check(const Self& o, config::Checks& checks) {
  if (o.model.tie == Tie::all && !o.vocabulary.shared) {
    checks.fail("model.tie",
                "all needs one vocabulary for both sides, but vocabulary.shared is false",
                "use decoder, or set vocabulary.shared: true");
  }
  if (o.training.schedule.type == ScheduleType::plateau &&
      (o.data.valid.source.empty() || !o.validation.is_on())) {
    checks.fail("training.schedule.type",
                "plateau lowers the rate after validations, and there are none",
                "set data.valid and validation.every, or use inverse_sqrt");
  }
  if (o.model.position == PositionKind::learned &&
      (o.data.max_length == 0 || o.data.max_length >= o.model.max_positions)) {
    checks.fail(
        "data.max_length",
        str(o.data.max_length == 0 ? "no limit"
                                   : str(o.data.max_length, " subwords and an end mark"),
            " do not fit the ", o.model.max_positions, " learned positions of model.max_positions"),
        str("use ", o.model.max_positions - 1, ", or raise model.max_positions"));
  }
  if (o.data.valid.source.empty() && o.validation.stop.patience > 0 && o.validation.is_on() &&
      o.training.max_updates == 0 && o.training.max_epochs == 0 && o.training.max_tokens == 0 &&
      o.training.max_minutes == 0.0) {
    checks.fail("validation.stop.patience", "early stopping needs a validation corpus",
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

/// Fills in the model that training.init_from names, below the keys of the user. A preset or a full
/// form of the user's own is left as it is.
void fill_from_init(config::Document& document) {
  const config::Node* init = document.find("training.init_from");
  if (init == nullptr || init->kind != config::Node::Kind::scalar || init->text.empty()) return;
  for (const char* key : {"model.preset", "model.encoder", "model.decoder", "model.dim"}) {
    if (document.find(key) != nullptr) return;
  }
  ModelOptions model;
  try {
    model = load_model_config(model_folder_of(init->text)).model;
  } catch (const UserError& error) {
    throw_at_key(document, "training.init_from", error);
  }
  document.fill_text("model", config::to_yaml(model), {"training.init_from", "training.init_from"});
}

}  // namespace

LoadedConfig load_config(const std::filesystem::path& path,
                         const std::vector<std::string>& assignments, ConfigUse use) {
  if (use == ConfigUse::train) require_configuration(path);
  config::Document document = config::read_yaml(path);
  for (const std::string& assignment : assignments)
    document.set(assignment);
  const bool has_stand_in = use == ConfigUse::translate && add_stand_in_corpus(document);
  if (use == ConfigUse::train) fill_from_init(document);
  Config config = config::read<Config>(document, &foreign_names());
  if (has_stand_in) config.data.train.clear();
  const bool is_preset = config.model.preset != Preset::custom || !config.model.encoder;
  const config::Origin origin{"", str("preset ", config::word_of(config.model.preset))};
  config.model = expand(config.model);
  if (is_preset) {
    // What the preset became is shown with the preset as its origin.
    if (document.find("model.dim") == nullptr) {
      document.set_text("model.dim", std::to_string(config.model.dim), origin);
    }
    for (const char* flat : {"model.layers", "model.heads", "model.feed_forward"}) {
      document.set_text(flat, "0", origin);
    }
    document.set_text("model.preset", "custom", origin);
    document.set_text("model.encoder", config::to_yaml(*config.model.encoder), origin);
    document.set_text("model.decoder", config::to_yaml(*config.model.decoder), origin);
  }
  return {std::move(config), std::move(document)};
}

std::string field_doc(const std::string& path) {
  for (const config::FieldDoc& field : config::list_fields<Config>()) {
    if (field.path == path) return field.doc;
  }
  throw std::logic_error("no such key: " + path);
}

}  // namespace regard
