#include "marian_hf_generation.h"

#include <algorithm>
#include <array>

#include "regard/core/strings.h"

namespace regard {

namespace {

/// Adds an id of a list under `key`, once.
void add_id(const JsonFields& generation, const char* key, const nlohmann::json& value,
            std::int64_t target_size, std::vector<std::int64_t>& ids) {
  if (!value.is_number_unsigned() ||
      value.get<std::uint64_t>() >= static_cast<std::uint64_t>(target_size))
    generation.fail(key, str("an entry is outside the vocabulary of ", target_size));
  const auto id = value.get<std::int64_t>();
  if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
}

/// What a setting must be so that it changes nothing.
struct NeutralSetting {
  const char* key;
  double value;
};

constexpr std::array kLeftBehind = {NeutralSetting{"repetition_penalty", 1.0},
                                    NeutralSetting{"encoder_repetition_penalty", 1.0},
                                    NeutralSetting{"encoder_no_repeat_ngram_size", 0.0},
                                    NeutralSetting{"diversity_penalty", 0.0},
                                    NeutralSetting{"penalty_alpha", 0.0},
                                    NeutralSetting{"guidance_scale", 1.0}};
constexpr std::array kUnknownLists = {"exponential_decay_length_penalty", "sequence_bias",
                                      "begin_suppress_tokens", "forced_decoder_ids",
                                      "watermarking_config"};

void note_what_is_left(const JsonFields& generation, std::vector<std::string>& notes) {
  const auto note = [&](const std::string& key) {
    notes.push_back(key + " of generation_config.json is ignored");
  };
  for (const NeutralSetting& setting : kLeftBehind) {
    if (generation.number(setting.key, setting.value, -1e6, 1e6) != setting.value)
      note(setting.key);
  }
  if (generation.integer("num_beam_groups", 1, 256, 1) != 1) note("num_beam_groups");
  for (const char* key : kUnknownLists) {
    const auto& value = generation.value(key);
    if (!value.is_null() && !value.empty()) note(key);
  }
  if (generation.flag("do_sample", false)) note("do_sample");
}

/// Most tokens that are generated, the end mark among them. The start mark counts in max_length.
std::int64_t longest(const JsonFields& generation) {
  if (!generation.value("max_new_tokens").is_null())
    return generation.integer("max_new_tokens", 1, 100000);
  return generation.integer("max_length", 1, 100000, 512) - 1;
}

/// Fewest subwords before the end mark.
std::int64_t shortest(const JsonFields& generation) {
  return std::max(generation.integer("min_length", 0, 100000, 0) - 1,
                  generation.integer("min_new_tokens", 0, 100000, 0));
}

}  // namespace

std::vector<std::int64_t> suppressed_ids(const JsonFields& generation, std::int64_t target_size,
                                         std::vector<std::string>& notes) {
  std::vector<std::int64_t> ids;
  const auto& words = generation.value("bad_words_ids");
  if (!words.is_null() && !words.is_array()) generation.fail("bad_words_ids", "is not a list");
  bool has_sequences = false;
  for (const auto& word : words) {
    if (word.is_array() && word.size() == 1) {
      add_id(generation, "bad_words_ids", word[0], target_size, ids);
    } else {
      has_sequences = true;
    }
  }
  if (has_sequences)
    notes.emplace_back("bad_words_ids: forbidden sequences of several subwords are ignored");
  const auto& tokens = generation.value("suppress_tokens");
  if (!tokens.is_null() && !tokens.is_array()) generation.fail("suppress_tokens", "is not a list");
  for (const auto& token : tokens)
    add_id(generation, "suppress_tokens", token, target_size, ids);
  return ids;
}

std::int64_t forced_first(const JsonFields& generation, std::int64_t target_size) {
  const char* const key = "forced_bos_token_id";
  return generation.value(key).is_null() ? -1 : generation.integer(key, 0, target_size - 1);
}

SearchDefaults search_of(const JsonFields& generation, std::vector<std::string>& notes) {
  SearchDefaults search;
  search.beam_size = generation.integer("num_beams", 1, 256, 1);
  search.length_penalty = generation.number("length_penalty", 1.0, -10.0, 10.0);
  if (search.length_penalty < 0.0) {
    notes.emplace_back("length_penalty: negative values are not supported; 0 is used");
    search.length_penalty = 0.0;
  }
  search.max_length = std::max<std::int64_t>(1, longest(generation) - 1);
  search.min_length = std::max<std::int64_t>(0, shortest(generation));
  search.no_repeat_ngram = generation.integer("no_repeat_ngram_size", 0, 1000, 0);
  const auto& early = generation.value("early_stopping");
  search.end = early.is_boolean() && early.get<bool>() ? SearchEnd::finished
               : early.is_string()                     ? SearchEnd::exact
                                                       : SearchEnd::attainable;
  note_what_is_left(generation, notes);
  return search;
}

}  // namespace regard
