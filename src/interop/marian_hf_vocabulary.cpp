#include "marian_hf_vocabulary.h"

#include <charconv>
#include <map>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"

namespace regard {

namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

constexpr std::uint64_t kMaxVocabularyBytes = std::uint64_t{512} << 20;

/// Tokens that a tokenizer got besides vocab.json, by id.
class AddedTokens {
 public:
  AddedTokens(const fs::path& folder, const JsonFields& tokenizer);

  /// Without those of the first `known` ids, which are another vocabulary's.
  AddedTokens beyond(std::int64_t known) const;
  /// The pieces of a table and of what was added, one for each row. `unnamed` gets the rows that
  /// have no name.
  PieceTable complete(const PieceTable& table, std::int64_t rows,
                      std::vector<std::int64_t>& unnamed) const;

 private:
  void add(const JsonFields& file, const char* key, std::int64_t id, const std::string& token);

  std::map<std::int64_t, std::string> tokens_;
};

void AddedTokens::add(const JsonFields& file, const char* key, std::int64_t id,
                      const std::string& token) {
  const auto [place, is_new] = tokens_.emplace(id, token);
  if (is_new || place->second == token) return;
  file.fail(key, str(quote_for_message(token), " has the id ", id, " of '",
                     escape_for_message(place->second), "'"));
}

/// added_tokens.json has {"token": id}; tokenizer_config.json {"id": {"content": "token"}}.
AddedTokens::AddedTokens(const fs::path& folder, const JsonFields& tokenizer) {
  constexpr const char* kKey = "added_tokens_decoder";
  const Json& decoder = tokenizer.value(kKey);
  if (!decoder.is_null() && !decoder.is_object()) tokenizer.fail(kKey, "is not an object");
  for (const auto& [text, token] : decoder.items()) {
    std::int64_t id = -1;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), id);
    const bool is_id = code == std::errc() && end == text.data() + text.size() && id >= 0;
    if (!is_id || !token.is_object() || !token.contains("content") ||
        !token.at("content").is_string())
      tokenizer.fail(kKey, str(quote_for_message(text), " is not an id with its content"));
    add(tokenizer, kKey, id, token.at("content").get<std::string>());
  }
  std::error_code none;
  const fs::path own = folder / "added_tokens.json";
  if (!fs::exists(own, none)) return;
  const JsonFields file = JsonFields::read(own);
  for (const std::string& token : file.keys())
    add(file, token.c_str(), file.integer(token, 0, PieceTable::kMaxPieces - 1), token);
}

AddedTokens AddedTokens::beyond(std::int64_t known) const {
  AddedTokens rest = *this;
  rest.tokens_.erase(rest.tokens_.begin(), rest.tokens_.lower_bound(known));
  return rest;
}

PieceTable AddedTokens::complete(const PieceTable& table, std::int64_t rows,
                                 std::vector<std::int64_t>& unnamed) const {
  const std::int64_t known = table.size();
  std::vector<std::string> pieces;
  for (std::int32_t id = 0; id < table.size(); ++id)
    pieces.push_back(table.piece(id));
  for (std::int64_t id = known; id < rows; ++id)
    pieces.push_back(str("<unnamed ", id, ">"));
  std::vector<bool> is_named(static_cast<std::size_t>(rows), false);
  std::vector<std::int32_t> added;
  const SpecialIds& special = table.special_ids();
  for (const auto& [id, token] : tokens_) {
    const auto refuse = [&, &token = token, id = id](const std::string& why) {
      throw UserError(
          SourceSpot{table.name()},
          str("the added token '", escape_for_message(token), "' has the id ", id, ", ", why),
          "use a model whose tokenizer was saved with it");
    };
    if (id >= rows) refuse(str("but the embeddings have ", rows, " rows"));
    if (id < known && table.piece(static_cast<std::int32_t>(id)) != token) {
      refuse(str("which is '", escape_for_message(table.piece(static_cast<std::int32_t>(id))),
                 "' here"));
    }
    pieces[static_cast<std::size_t>(id)] = token;
    is_named[static_cast<std::size_t>(id)] = true;
    if (id != special.pad && id != special.unknown && id != special.start && id != special.end)
      added.push_back(static_cast<std::int32_t>(id));
  }
  unnamed.clear();
  for (std::int64_t id = known; id < rows; ++id) {
    if (!is_named[static_cast<std::size_t>(id)]) unnamed.push_back(id);
  }
  return PieceTable::from_pieces(std::move(pieces), table.name(), std::move(added));
}

PieceTable read_table(const fs::path& path, std::int64_t rows) {
  PieceTable table = PieceTable::from_json(read_file(path, kMaxVocabularyBytes), path.string());
  if (table.size() > rows) {
    throw UserError(SourceSpot{path.string()},
                    str("has ", table.size(), " pieces, but the embeddings have ", rows, " rows"),
                    "use the vocabulary that the model was trained with");
  }
  return table;
}

}  // namespace

MarianHfVocabularies read_marian_hf_vocabularies(const fs::path& folder,
                                                 const JsonFields& tokenizer,
                                                 std::int64_t source_rows, std::int64_t target_rows,
                                                 std::vector<std::string>& notes) {
  const bool is_separate = tokenizer.flag("separate_vocabs", false);
  const AddedTokens added(folder, tokenizer);
  std::vector<std::int64_t> unnamed_sources;
  std::vector<std::int64_t> unnamed;
  const PieceTable source =
      added.complete(read_table(folder / "vocab.json", source_rows), source_rows, unnamed_sources);
  const PieceTable target_table =
      read_table(folder / (is_separate ? "target_vocab.json" : "vocab.json"), target_rows);
  const PieceTable target = (is_separate ? added.beyond(target_table.size()) : added)
                                .complete(target_table, target_rows, unnamed);
  if (!unnamed_sources.empty() || !unnamed.empty()) {
    notes.push_back(
        str("the embeddings have ", std::max(unnamed_sources.size(), unnamed.size()),
            " rows more than the vocabulary has pieces; they are kept and never generated"));
  }
  return {Tokenizer::with_table(Tokenizer::load(folder / "source.spm"), source),
          Tokenizer::with_table(Tokenizer::load(folder / "target.spm"), target),
          !is_separate && source.fingerprint() == target.fingerprint(), std::move(unnamed)};
}

}  // namespace regard
