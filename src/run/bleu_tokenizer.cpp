#include "regard/run/bleu_tokenizer.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/metrics/language.h"
#include "regard/metrics/mecab.h"
#include "regard/text/tokenizer.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kModelPrefix = "spm:";

/// A SentencePiece model that sacreBLEU fetches by itself.
struct PublishedModel {
  const char* name;
  const char* file;
  const char* address;
};

constexpr std::array kPublished = {
    PublishedModel{
        "flores101", "sacrebleu_tokenizer_spm.model",
        "https://dl.fbaipublicfiles.com/fairseq/models/flores/sacrebleu_tokenizer_spm.model"},
    PublishedModel{"flores200", "flores200sacrebleuspm",
                   "https://tinyurl.com/flores200sacrebleuspm"},
    PublishedModel{"spBLEU-1K", "spbleu-1k_tokenizer_spm.model",
                   "https://www.dlnlp.ai/spBLEU-1K/spbleu-1k_tokenizer_spm.model"},
};

/// The pieces of a SentencePiece model, marks of spaces included.
class PieceSplitter final : public WordSplitter {
 public:
  PieceSplitter(Tokenizer tokenizer, std::string signature)
      : tokenizer_(std::move(tokenizer)), signature_(std::move(signature)) {}

  std::string signature() const override { return signature_; }

  std::string split(std::string_view line) const override {
    std::string words;
    while (!line.empty()) {  // what is too long to be encoded in bounded time is done in parts
      const std::string_view part = cut_for_encoding(line);
      for (const std::string& piece : tokenizer_.encode_pieces(part))
        words.append(piece).append(" ");
      line.remove_prefix(part.size());
    }
    return words;
  }

 private:
  Tokenizer tokenizer_;
  std::string signature_;
};

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

SharedSplitter published_model(const PublishedModel& model) {
  const std::string given = variable("SACREBLEU");
  const fs::path root = given.empty() ? fs::path(variable("HOME")) / ".sacrebleu" : fs::path(given);
  const fs::path path = root / "models" / model.file;
  std::error_code none;
  if (!fs::exists(path, none)) {
    throw UserError(str("the tokenizer ", model.name, ": ", path.string(), " is missing"),
                    str("curl -L --create-dirs -o ", path.string(), " ", model.address,
                        ", or use spm:FILE with a SentencePiece model"));
  }
  return std::make_shared<PieceSplitter>(Tokenizer::load(path), model.name);
}

/// Its name, and what tells it from others of that name: "spm-shared-1a2b3c4d".
SharedSplitter given_model(const fs::path& path) {
  Tokenizer tokenizer = Tokenizer::load(path);
  std::string name = path.stem().string();
  std::replace_if(
      name.begin(), name.end(),
      [](char c) { return c <= ' ' || c >= '\x7f' || c == '|' || c == ':' || c == '='; }, '_');
  const std::string mark = to_hex(fingerprint(tokenizer.bytes())).substr(0, 8);
  return std::make_shared<PieceSplitter>(std::move(tokenizer), str("spm-", name, "-", mark));
}

}  // namespace

void choose_tokenizer(const std::string& name, BleuOptions& options) {
  if (!is_bleu_tokenizer(name)) {
    std::vector<std::string> names = bleu_tokenizer_names();
    for (std::string& other : bleu_splitter_names())
      names.push_back(std::move(other));
    throw UserError(str("unknown tokenizer '", escape_for_message(name), "'"),
                    str("use one of ", join(names, ", ")));
  }
  options.splitter = nullptr;
  const auto published = std::find_if(kPublished.begin(), kPublished.end(),
                                      [&](const auto& model) { return model.name == name; });
  if (name == "ja-mecab") {
    options.splitter = make_mecab_splitter(MecabLanguage::japanese, variable("REGARD_MECAB_JA"));
  } else if (name == "ko-mecab") {
    options.splitter = make_mecab_splitter(MecabLanguage::korean, variable("REGARD_MECAB_KO"));
  } else if (published != kPublished.end()) {
    options.splitter = published_model(*published);
  } else if (name.starts_with(kModelPrefix)) {
    options.splitter = given_model(name.substr(kModelPrefix.size()));
  } else {
    options.tokenizer = parse_bleu_tokenizer(name);
  }
}

void choose_tokenizer_of(const std::string& language, BleuOptions& options, Logger& logger) {
  const std::vector<std::string> names = bleu_tokenizers_of(language);
  for (const std::string& name : names) {
    try {
      choose_tokenizer(name, options);
      return;
    } catch (const UserError& error) {
      // There is none of sacreBLEU's for what takes flores200, so characters are as good there.
      if (name == "flores200") continue;
      logger.warning(str("BLEU counts characters instead of words: ", error.problems()[0].what,
                         ". Fix: ", error.problems()[0].fix));
    }
  }
}

void warn_of_unspaced(std::span<const std::string> lines, const BleuOptions& options,
                      const std::string& place, const std::string& option, Logger& logger) {
  const BleuTokenizer tokenizer = options.tokenizer;
  if (options.splitter || tokenizer == BleuTokenizer::character ||
      tokenizer == BleuTokenizer::chinese) {
    return;
  }
  const std::string better = tokenizer_of_unspaced(lines);
  if (better.empty()) return;
  const std::string ours = to_string(tokenizer);
  logger.warning(str(place, ": has no spaces between words, so BLEU with ", ours,
                     " treats lines as words and is not meaningful. Fix: ", option, better,
                     better == "zh" ? "" : ", or char"));
}

}  // namespace regard
