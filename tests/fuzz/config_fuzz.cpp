#include <string>

#include "regard/config/emitter.h"
#include "regard/config/fields.h"
#include "regard/config/reader.h"

#include "config/example_options.h"
#include "fuzz/fuzz_support.h"

// A configuration from its text to a value, and back. What follows the first zero byte of the
// input is the assignment of a --set.

namespace regard::fuzz {
namespace {

using config::Document;
using example::Options;

void read_all(std::string_view input) {
  const std::size_t zero = input.find('\0');
  Document document = config::parse_yaml(input.substr(0, zero), "fuzz.yaml");
  if (zero != std::string_view::npos) document.set(input.substr(zero + 1));
  const Options options = config::read<Options>(document);
  require(!config::show(options, document).empty(), "nothing to show");
  const std::string text = config::to_yaml(options);
  const Options again = config::read<Options>(config::parse_yaml(text, "again.yaml"));
  require(config::differences(options, again).empty(), "another value after writing and reading");
  require(config::to_yaml(again) == text, "another text after writing and reading");
}

}  // namespace
}  // namespace regard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = regard::fuzz::as_text(data, size);
  regard::fuzz::accepts([&] { regard::fuzz::read_all(input); });
  // Also as a whole, so that zero bytes reach the parser.
  regard::fuzz::accepts([&] { regard::config::parse_yaml(input, "fuzz.yaml"); });
  return 0;
}
