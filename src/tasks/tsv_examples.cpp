#include "tsv_examples.h"

#include <algorithm>

#include "regard/tensor/torch.h"
#include "regard/text/fields.h"
#include "regard/text/label_set.h"

namespace regard {
namespace {

class TsvReader final : public ExampleReader {
 public:
  TsvReader(const std::filesystem::path& file, const TsvColumns& columns,
            const ExampleReading& reading)
      : fields_(LineReader(file, reading.of_lines()), field_options(columns)),
        needs_labels_(reading.needs_labels) {
    std::vector<std::string> names;  // of the fields of a row
    std::copy_if(columns.names.begin(), columns.names.end(), std::back_inserter(names),
                 [](const std::string& name) { return name != "-"; });
    const auto place_of = [&](const std::string& name) {
      return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
    };
    for (const std::string& text : columns.texts)
      texts_.push_back(place_of(text));
    is_score_ = place_of("score") < names.size();
    label_ = place_of(is_score_ ? "score" : "label");
  }

  bool next(Example& example) override {
    if (!fields_.next(row_)) return false;
    example.place = row_.place;
    for (const std::size_t place : texts_) {
      example.texts.push_back(std::move(row_.fields[place]));
      const std::string& text = example.texts.back();
      if (cut_for_encoding(text).size() < text.size()) example.verdict = Verdict::too_long;
    }
    const std::string& label = row_.fields[label_];
    if (needs_labels_ && is_score_) parse_score(label, row_.place);
    if (needs_labels_ && !is_score_) require_label(label, row_.place);
    example.labels = {label};
    return true;
  }

 private:
  static FieldsOptions field_options(const TsvColumns& columns) {
    FieldsOptions options = fields_in_order(columns.names);
    options.has_header = columns.has_header;
    return options;
  }

  FieldReader fields_;
  Row row_;
  bool needs_labels_;
  bool is_score_ = false;
  std::vector<std::size_t> texts_;
  std::size_t label_ = 0;
};

}  // namespace

std::unique_ptr<ExampleReader> read_tsv(const std::filesystem::path& file,
                                        const TsvColumns& columns, const ExampleReading& reading) {
  return std::make_unique<TsvReader>(file, columns, reading);
}

}  // namespace regard
