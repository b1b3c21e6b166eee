#include "regard/interop/argos.h"

#include <array>

#include <nlohmann/json.hpp>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/formats/zip.h"

namespace regard {

namespace fs = std::filesystem;

namespace {

struct LanguageName {
  const char* code;
  const char* name;
};

/// What Argos Translate shows; a language that is not here is shown by its code.
constexpr std::array kLanguages = {
    LanguageName{"ar", "Arabic"},     LanguageName{"bg", "Bulgarian"},
    LanguageName{"ca", "Catalan"},    LanguageName{"cs", "Czech"},
    LanguageName{"da", "Danish"},     LanguageName{"de", "German"},
    LanguageName{"el", "Greek"},      LanguageName{"en", "English"},
    LanguageName{"es", "Spanish"},    LanguageName{"et", "Estonian"},
    LanguageName{"fa", "Persian"},    LanguageName{"fi", "Finnish"},
    LanguageName{"fr", "French"},     LanguageName{"he", "Hebrew"},
    LanguageName{"hi", "Hindi"},      LanguageName{"hr", "Croatian"},
    LanguageName{"hu", "Hungarian"},  LanguageName{"id", "Indonesian"},
    LanguageName{"it", "Italian"},    LanguageName{"ja", "Japanese"},
    LanguageName{"ko", "Korean"},     LanguageName{"lt", "Lithuanian"},
    LanguageName{"lv", "Latvian"},    LanguageName{"nb", "Norwegian"},
    LanguageName{"nl", "Dutch"},      LanguageName{"pl", "Polish"},
    LanguageName{"pt", "Portuguese"}, LanguageName{"ro", "Romanian"},
    LanguageName{"ru", "Russian"},    LanguageName{"sk", "Slovak"},
    LanguageName{"sl", "Slovenian"},  LanguageName{"sv", "Swedish"},
    LanguageName{"th", "Thai"},       LanguageName{"tr", "Turkish"},
    LanguageName{"uk", "Ukrainian"},  LanguageName{"vi", "Vietnamese"},
    LanguageName{"zh", "Chinese"}};

std::string language_name(const std::string& code) {
  for (const LanguageName& language : kLanguages) {
    if (code == language.code) return language.name;
  }
  return code;
}

bool is_language(const std::string& code) {
  return !code.empty() && code.size() <= 32 &&
         code.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
             "0123456789-_") == std::string::npos;
}

void check(const PortableModel& model) {
  if (model.source.bytes() != model.target.bytes()) {
    throw UserError("an Argos package has one SentencePiece model, but this model has two",
                    "train with vocabulary.shared: true, or export ctranslate2");
  }
  for (const std::string& code : {model.source_language, model.target_language}) {
    if (!is_language(code))
      throw UserError(str("an Argos package needs the codes of its languages, but one is '",
                          escape_for_message(code), "'"),
                      "set data.source and data.target in the model's config.yaml, as in en, de");
  }
}

std::string metadata(const PortableModel& model) {
  const std::int64_t first = model.roles.forced_first;
  const nlohmann::ordered_json json = {
      {"package_version", "1.0"},
      {"argos_version", "1.9"},
      {"from_code", model.source_language},
      {"from_name", language_name(model.source_language)},
      {"to_code", model.target_language},
      {"to_name", language_name(model.target_language)},
      {"target_prefix", first < 0 ? "" : model.target.piece(static_cast<std::int32_t>(first))}};
  return json.dump(4) + "\n";
}

std::string readme(const PortableModel& model) {
  return str("# ", language_name(model.source_language), " - ",
             language_name(model.target_language),
             "\n\nA translation model, trained and exported with Regard.\n");
}

}  // namespace

void write_argos_package(const PortableModel& model, const fs::path& file, const fs::path& scratch,
                         Quantization quantization) {
  check(model);
  const fs::path translator = scratch / "model";
  fs::create_directory(translator);
  write_ctranslate2_model(model, translator, quantization);
  write_file_atomically(scratch / "sentencepiece.model", model.source.bytes());
  write_file_atomically(scratch / "metadata.json", metadata(model));
  write_file_atomically(scratch / "README.md", readme(model));
  const std::string top = str(model.source_language, "_", model.target_language);
  std::vector<ZipEntry> entries;
  for (const char* name : {"metadata.json", "README.md", "sentencepiece.model"})
    entries.push_back({str(top, "/", name), scratch / name});
  std::vector<fs::path> parts;
  for (const auto& part : fs::directory_iterator(translator))
    parts.push_back(part.path());
  std::sort(parts.begin(), parts.end());
  for (const fs::path& part : parts) {
    // Pieces are cut by the one model above.
    if (part.extension() == ".spm") continue;
    entries.push_back({str(top, "/model/", part.filename().string()), part});
  }
  write_zip(file, entries);
}

}  // namespace regard
