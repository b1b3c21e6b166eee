#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

namespace regard {

/// A JSON reader that sees events instead of a tree, so that memory stays bounded, duplicate keys
/// are seen and nothing is accepted that a subclass does not name: every event is refused unless it
/// is overridden.
class StrictJsonReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  /// False when the text was refused; then problem() says why.
  bool read(std::string_view text) {
    // The library takes a zero byte for the end of the text and would not look behind it.
    if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
      return refuse("byte " + std::to_string(zero) + " is zero");
    }
    return nlohmann::json::sax_parse(text.begin(), text.end(), this);
  }
  const std::string& problem() const { return problem_; }

  bool null() override { return refuse_value("null"); }
  bool boolean(bool) override { return refuse_value("a boolean"); }
  bool number_integer(std::int64_t) override { return refuse_value("a negative number"); }
  bool number_unsigned(std::uint64_t) override { return refuse_value("a number"); }
  bool number_float(double, const std::string&) override {
    return refuse_value("a number that is not a 64-bit integer");
  }
  bool string(std::string&) override { return refuse_value("a string"); }
  bool binary(nlohmann::json::binary_t&) override { return refuse_value("binary data"); }
  bool start_object(std::size_t) override { return refuse_value("an object"); }
  bool key(std::string&) override { return refuse_value("a key"); }
  bool end_object() override { return refuse_value("the end of an object"); }
  bool start_array(std::size_t) override { return refuse_value("an array"); }
  bool end_array() override { return refuse_value("the end of an array"); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception&) override {
    return refuse("not valid JSON at byte " + std::to_string(position));
  }

 protected:
  bool refuse(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }
  /// How to say that `value` is not expected where the reader is now.
  virtual bool refuse_value(std::string_view value) = 0;

 private:
  std::string problem_;
};

}  // namespace regard
