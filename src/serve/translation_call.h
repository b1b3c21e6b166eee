#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "regard/serve/backend.h"
#include "regard/text/text_parts.h"

#include "service_call.h"

namespace regard {

/// A text, its sentences, and what they were translated to.
struct TranslatedText {
  std::string text;
  std::vector<ByteRange> parts;
  std::vector<SentenceResult> results;  ///< one for each part

  /// The sentence that part `i` is.
  std::string sentence(std::size_t i) const {
    return text.substr(parts[i].begin, parts[i].end - parts[i].begin);
  }
  /// The whole text of the translations of this rank; the last of a sentence that has fewer.
  std::string translation(std::size_t rank = 0) const;
};

/// As if each text were its own translation.
std::vector<TranslatedText> untranslated(const std::vector<std::string>& texts);

/// Texts of one request, all with the same direction and options.
struct TranslationWork {
  std::vector<std::string> texts;
  std::size_t direction = 0;
  SentenceOptions options = {};
  SplitRule split = SplitRule::sentences;
  /// Told of each sentence as it is translated, if given: its text, its number there, and the
  /// result.
  std::function<void(std::size_t text, const TranslatedText& translated, std::size_t part)>
      on_part = {};
  std::function<void(std::vector<TranslatedText>& texts)> on_done = {};
  std::function<void(const ApiError& error)> on_failure = {};
};

/// Queues the sentences of `work` for `backend`; they are cancelled when the client goes away. The
/// functions keep the call. Throws ApiError for options that the model does not have, and for a
/// full queue.
void start_translation(const CallPointer& call, std::shared_ptr<const TranslationBackend> backend,
                       TranslationWork work);

}  // namespace regard
