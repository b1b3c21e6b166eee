#include <nlohmann/json.hpp>

#include "regard/core/strings.h"
#include "regard/text/piece_table.h"

#include "text/piece_table_problem.h"

namespace regard {
namespace {

/// Takes the events of one flat object of ids or one flat array of pieces and refuses all others. A
/// tree would lose pieces that are there twice.
class PieceTableReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit PieceTableReader(const std::string& name) : name_(name) {}

  PieceTable read(std::string_view text) {
    // The library takes a zero byte for the end of the text and would not look behind it.
    if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
      refuse_table({name_}, str("byte ", zero, " is zero"));
    }
    if (!nlohmann::json::sax_parse(text.begin(), text.end(), this)) refuse_table({name_}, problem_);
    if (form_ == Form::array)
      return PieceTable::from_pieces(std::move(pieces_), name_, std::move(added_));
    return PieceTable::from_pieces(in_order_of_ids(std::move(numbered_), name_), name_);
  }

  bool start_object(std::size_t) override {
    if (form_ != Form::array || is_in_entry_) return start(Form::object, "an object");
    is_in_entry_ = true;
    return true;
  }
  bool start_array(std::size_t) override { return start(Form::array, "a list"); }
  bool end_object() override {
    // The closing brace of an entry, which must have brought its piece.
    if (is_in_entry_ && !has_added_) return refuse_value("an object without a piece");
    is_in_entry_ = has_added_ = false;
    return true;
  }
  bool end_array() override { return true; }

  bool key(std::string& piece) override {
    if (is_in_entry_)
      return (piece == "added" && !has_added_) || refuse_value("an object with other keys");
    if (numbered_.size() == PieceTable::kMaxPieces) return refuse(kTooManyPieces);
    numbered_.push_back({std::move(piece), 0});
    return true;
  }
  bool number_unsigned(std::uint64_t id) override {
    if (form_ != Form::object) return refuse_value("a number");
    numbered_.back().id = id;
    return true;
  }
  bool string(std::string& piece) override {
    if (form_ != Form::array) return refuse_value("a string");
    if (pieces_.size() == PieceTable::kMaxPieces) return refuse(kTooManyPieces);
    if (is_in_entry_) added_.push_back(static_cast<std::int32_t>(pieces_.size()));
    has_added_ = is_in_entry_;
    pieces_.push_back(std::move(piece));
    return true;
  }

  bool null() override { return refuse_value("null"); }
  bool boolean(bool) override { return refuse_value("a boolean"); }
  bool number_integer(std::int64_t) override { return refuse_value("a negative number"); }
  bool number_float(double, const std::string&) override {
    return refuse_value("a number that is not a 64-bit integer");
  }
  bool binary(nlohmann::json::binary_t&) override { return refuse_value("binary data"); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception&) override {
    return refuse(str("not valid JSON at byte ", position));
  }

 private:
  enum class Form { none, object, array };

  bool start(Form form, std::string_view value) {
    if (form_ != Form::none) return refuse_value(value);
    form_ = form;
    return true;
  }
  bool refuse(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }
  bool refuse_value(std::string_view value) {
    switch (form_) {
      case Form::object:
        return refuse(str("the id of piece ", shown_piece(numbered_.back().piece), " is ", value));
      case Form::array:
        return refuse(str("entry ", pieces_.size(), " of the list of pieces is ", value));
      case Form::none:
        break;
    }
    return refuse(str("it is ", value, ", not an object of ids or a list of pieces"));
  }

  std::string name_;
  Form form_ = Form::none;
  std::vector<NumberedPiece> numbered_;
  std::vector<std::string> pieces_;
  bool is_in_entry_ = false;  ///< {"added": "piece"} of a list
  bool has_added_ = false;    ///< whose piece was read
  std::vector<std::int32_t> added_;
  std::string problem_;
};

}  // namespace

PieceTable PieceTable::from_json(std::string_view text, const std::string& name) {
  return PieceTableReader(name).read(text);
}

}  // namespace regard
