#include <string>
#include <vector>

#include "regard/core/strings.h"
#include "regard/text/fields.h"
#include "regard/text/label_set.h"

#include "fuzz/fuzz_support.h"
#include "fuzz/text_lines.h"

// Tables of any text, by number, by name and in file order; their fields as labels and scores. The
// first byte of the input chooses, its second line of columns follows.

namespace regard::fuzz {
namespace {

FieldsOptions chosen_options(std::uint8_t choice, std::string_view& input) {
  const std::size_t end = std::min(input.find('\n'), input.size());
  const std::vector<std::string> names = split(input.substr(0, end), ',');
  input.remove_prefix(std::min(end + 1, input.size()));
  FieldsOptions options;
  if ((choice & 1) != 0) {
    options = fields_in_order(names);
  } else {
    options.columns = names;
  }
  options.has_header = (choice & 2) != 0;
  options.keeps_further = (choice & 4) != 0;
  if ((choice & 8) != 0) options.separator = FieldSeparator::space;
  return options;
}

void read_rows(const FieldsOptions& options, std::string_view text) {
  InputLines lines(text);
  FieldReader reader(lines.reader(), options);
  LabelCounter labels;
  Row row;
  while (reader.next(row)) {
    require(row.fields.size() == options.columns.size(), "another number of fields");
    require(options.keeps_further || row.further.empty(), "further fields");
    require(row.place.line > 0, "a row without a line");
    for (const std::string& field : row.fields) {
      require(field.find('\n') == std::string::npos, "a field of two lines");
      const bool is_tab = options.separator == FieldSeparator::tab;
      require(!is_tab || field.find('\t') == std::string::npos, "a field of two columns");
      accepts([&] { labels.add(field, row.place); });
      accepts([&] { parse_score(field, row.place); });
    }
  }
  const LabelSet set = labels.labels();
  for (std::size_t i = 0; i < set.size(); ++i)
    require(set.number(set.label(i), {}) == static_cast<std::int32_t>(i), "another number");
  labels.likely_header();
}

}  // namespace
}  // namespace regard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace fuzz = regard::fuzz;
  std::string_view input = fuzz::as_text(data, size);
  const std::uint8_t choice = fuzz::take_byte(input);
  fuzz::accepts([&] {
    const regard::FieldsOptions options = fuzz::chosen_options(choice, input);
    fuzz::read_rows(options, input);
  });
  return 0;
}
