#include <string>
#include <vector>

#include "regard/core/strings.h"
#include "regard/text/bio.h"
#include "regard/text/columns.h"

#include "fuzz/fuzz_support.h"
#include "fuzz/text_lines.h"

// CoNLL's columns of any text, and their tags in every scheme. The first byte of the input chooses,
// its first line names the columns.

namespace regard::fuzz {
namespace {

void check_tags(const std::vector<std::string>& tags) {
  for (const SpanScheme scheme : {SpanScheme::bio, SpanScheme::iob1, SpanScheme::iobes}) {
    accepts([&] {
      const std::vector<std::string> legal = to_bio(tags, scheme);
      require(legal.size() == tags.size(), "another number of tags");
      require(!first_foreign_tag(legal) && !first_bad_inside(legal), "an illegal tag");
      require(bio_of_spans(spans_of_bio(legal), legal.size()) == legal, "other spans");
      const BioTransitions transitions(legal);
      for (std::size_t i = 1; i < legal.size(); ++i)
        require(transitions.may_follow(i - 1, i), "a transition that is refused");
    });
  }
}

void check_sentence(const TaggedSentence& sentence, bool has_props) {
  const std::size_t num_words = sentence.words.size();
  require(num_words > 0, "a sentence without words");
  require(sentence.tags.empty() || sentence.tags.size() == num_words, "another number of tags");
  require(sentence.roles.empty() || sentence.roles.size() == sentence.predicates.size(),
          "another number of roles");
  for (const std::size_t predicate : sentence.predicates)
    require(predicate < num_words, "a predicate outside");
  for (const std::vector<std::string>& roles : sentence.roles) {
    require(roles.size() == num_words, "a role column of another length");
    require(!has_props || !first_bad_inside(roles), "brackets that are no BIO");
  }
  // Transitions take the square of the tags.
  if (num_words < 100) check_tags(sentence.tags);
}

void read_columns(ColumnsOptions options, std::string_view text) {
  InputLines lines(text);
  const auto& names = options.columns;
  const bool has_props = std::find(names.begin(), names.end(), "props") != names.end();
  ColumnReader reader(lines.reader(), options);
  TaggedSentence sentence;
  while (reader.next(sentence))
    check_sentence(sentence, has_props);
}

}  // namespace
}  // namespace regard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace fuzz = regard::fuzz;
  std::string_view input = fuzz::as_text(data, size);
  regard::ColumnsOptions options;
  options.has_comments = (fuzz::take_byte(input) & 1) != 0;
  const std::size_t end = std::min(input.find('\n'), input.size());
  options.columns = regard::split(input.substr(0, end), ',');
  input.remove_prefix(std::min(end + 1, input.size()));
  fuzz::accepts([&] { fuzz::read_columns(options, input); });
  return 0;
}
