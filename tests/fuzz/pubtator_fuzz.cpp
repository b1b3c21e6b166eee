#include <algorithm>
#include <string>

#include "regard/core/utf8.h"
#include "regard/text/pubtator.h"

#include "fuzz/fuzz_support.h"
#include "fuzz/text_lines.h"

// PubTator documents of any bytes.

namespace regard::fuzz {
namespace {

bool has_concept(const PubtatorDocument& document, const std::string& name) {
  return std::any_of(document.mentions.begin(), document.mentions.end(), [&](const auto& mention) {
    return std::find(mention.concepts.begin(), mention.concepts.end(), name) !=
           mention.concepts.end();
  });
}

void read_documents(std::string_view text) {
  InputLines lines(text);
  PubtatorReader reader(lines.reader());
  PubtatorDocument document;
  while (reader.next(document)) {
    require(!document.id.empty() && document.title_bytes < document.text.size(), "no document");
    for (const PubtatorMention& mention : document.mentions) {
      require(mention.begin < mention.end && mention.end <= document.text.size(),
              "a mention outside of the text");
      require(is_valid_utf8(document.text.substr(mention.begin, mention.end - mention.begin)),
              "a mention of parts of characters");
    }
    for (const PubtatorRelation& relation : document.relations)
      require(has_concept(document, relation.first) && has_concept(document, relation.second),
              "a relation of an unknown concept");
  }
}

}  // namespace
}  // namespace regard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  regard::fuzz::accepts([&] { regard::fuzz::read_documents(regard::fuzz::as_text(data, size)); });
  return 0;
}
