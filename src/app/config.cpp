#include "regard/app/config.h"

#include "regard/config/emitter.h"
#include "regard/config/fields.h"
#include "regard/config/reader.h"
#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {

void Config::check(const Self& o, config::Checks& checks) {
  if (o.model.tie == Tie::all && !o.vocabulary.shared) {
    checks.fail("model.tie",
                "all needs one vocabulary for both sides, but vocabulary.shared is false",
                "use decoder, or set vocabulary.shared: true");
  }
  if (o.data.valid.source.empty() && o.validation.stop.patience > 0 && o.validation.every > 0 &&
      o.training.max_updates == 0 && o.training.max_epochs == 0 && o.training.max_minutes == 0.0) {
    checks.fail("validation.stop.patience", "early stopping needs a validation corpus",
                "set data.valid");
  }
}

LoadedConfig load_config(const std::filesystem::path& path,
                         const std::vector<std::string>& assignments) {
  config::Document document = config::read_yaml(path);
  for (const std::string& assignment : assignments)
    document.set(assignment);
  Config config = config::read<Config>(document);
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
