#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace regard {

/// Those of batches.
struct BatchIds {
  std::int64_t pad = 0;            ///< fills rows; never read, because masks come from lengths
  std::int64_t source_end = 3;     ///< appended to each source
  std::int64_t decoder_start = 2;  ///< what the decoder reads first
  std::int64_t target_end = 3;     ///< what the decoder must say last
};

/// The ids that mean something in a model's vocabularies. Stored with its weights, never constants
/// in code: imported models differ.
struct TokenRoles {
  std::int64_t pad = 0;
  std::int64_t unknown = 1;
  std::int64_t decoder_start = 2;
  std::int64_t source_end = 3;
  std::int64_t target_end = 3;
  std::vector<std::int64_t> suppressed = {0, 1, 2};  ///< never generated
  std::int64_t forced_first = -1;  ///< what every translation begins with, as certain; -1 = nothing

  BatchIds batch_ids() const { return {pad, source_end, decoder_start, target_end}; }
  friend bool operator==(const TokenRoles&, const TokenRoles&) = default;
};

std::string to_json(const TokenRoles& roles);
/// Throws UserError with `place` when the text is not roles of a vocabulary of `vocabulary` pieces.
TokenRoles roles_from_json(const std::string& text, std::int64_t vocabulary,
                           const std::filesystem::path& place);

}  // namespace regard
