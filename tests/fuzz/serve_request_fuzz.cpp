#include <algorithm>
#include <string>

#include <nlohmann/json.hpp>

#include "fuzz/fuzz_support.h"
#include "serve/api_error.h"
#include "serve/fields.h"

// The fields of a request, as JSON and as a form: a value or an ApiError with status 400.

namespace regard::fuzz {
namespace {

template <class Read>
void answers(const Read& read) {
  try {
    read();
  } catch (const ApiError& error) {
    const std::string_view text = error.what();
    require(error.status() == 400, "another status than 400");
    require(!text.empty() && text.size() < 1000, "a message of no or more than 1000 bytes");
    const bool has_control = std::any_of(text.begin(), text.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
    });
    require(!has_control && is_valid_utf8(text), "a message with control bytes or invalid UTF-8");
  }
}

/// Every question that the API asks, of every field.
void ask(const Fields& fields) {
  for (const auto& [name, value] : fields.all()) {
    require(is_valid_utf8(name), "a name that is not UTF-8");
    answers([&, &key = name] { fields.text(key, ""); });
    answers([&, &key = name] { fields.flag(key, false); });
    answers([&, &key = name] {
      const std::int64_t number = fields.integer(key, 1, 1, 16);
      require(number >= 1 && number <= 16, "a number out of range");
    });
    answers([&, &key = name] {
      for (const std::string& text : fields.texts(key))
        require(is_valid_utf8(text), "a text that is not UTF-8");
    });
  }
  answers([&] { fields.require_known({"q", "source", "target"}); });
  answers([&] { fields.required_text("q"); });
}

}  // namespace
}  // namespace regard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace fuzz = regard::fuzz;
  const std::string_view text = fuzz::as_text(data, size);
  fuzz::answers([&] {
    const auto fields = regard::Fields::from_json(text);
    fuzz::require(nlohmann::json::accept(text), "what is no JSON was read");
    fuzz::ask(fields);
  });
  fuzz::answers([&] { fuzz::ask(regard::Fields::from_form(text)); });
  return 0;
}
