#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "regard/core/error.h"
#include "regard/text/line_reader.h"

namespace regard {

/// A place in a document that names concepts.
struct PubtatorMention {
  std::size_t begin = 0;  ///< bytes of PubtatorDocument::text
  std::size_t end = 0;
  std::string type;                   ///< "Chemical"
  std::vector<std::string> concepts;  ///< {"D014786", "D006311"} of a composite; empty for "-1"
  std::int64_t line = 0;              ///< of the file
};

/// A line such as "10027919  CID  D003000  D006973".
struct PubtatorRelation {
  std::string type;
  std::string first;
  std::string second;
  std::int64_t line = 0;

  bool operator==(const PubtatorRelation&) const = default;
};

struct PubtatorDocument {
  std::string id;
  std::string text;                         ///< title, a space, abstract: what offsets count in
  std::size_t title_bytes = 0;              ///< of `text`
  std::vector<PubtatorMention> mentions;    ///< in the order of the file
  std::vector<PubtatorRelation> relations;  ///< each once
  SourceSpot place;                         ///< of the title
};

/// Reads documents in PubTator's format (Wei et al. 2013): "ID|t|title", "ID|a|abstract", mentions
/// "ID, begin, end, text, type, concepts" and relations "ID, type, concept, concept" between tabs;
/// a blank line ends a document. Offsets count characters. Nothing of the file is trusted.
class PubtatorReader {
 public:
  static constexpr std::size_t kMaxDocumentBytes = std::size_t{1} << 24;

  explicit PubtatorReader(LineReader lines) : lines_(std::move(lines)) {}

  /// The next document; false at the end. Throws UserError naming file and line: no title or
  /// abstract, or two; a line of another document; an offset beyond the text or that is none; a
  /// mention whose text is not the one there; a relation of a concept without a mention.
  bool next(PubtatorDocument& document);

  const std::string& name() const { return lines_.name(); }

 private:
  LineReader lines_;
};

}  // namespace regard
