#include "regard/text/pubtator.h"

#include <algorithm>
#include <charconv>
#include <unordered_set>

#include "regard/core/strings.h"

#include "text/whole_line.h"

namespace regard {
namespace {

/// A document while its lines are read.
class DocumentBuilder {
 public:
  DocumentBuilder(PubtatorDocument& document, const std::string& file)
      : document_(document), file_(file) {
    document_ = {};
  }

  /// Takes one line that is not blank.
  void add(const Line& line) {
    place_ = {file_, line.number, 0};
    bytes_ += line.text.size();
    if (bytes_ > PubtatorReader::kMaxDocumentBytes)
      refuse_line("the document has more than 16 MiB", "end each document with a blank line");
    if (parts_ < 2) return add_text(line.text);
    const std::vector<std::string> fields = split(line.text, '\t');
    if (fields.size() < 4) {
      refuse_line(str("neither a mention (6 columns) nor a relation (4 columns): ", fields.size(),
                      fields.size() == 1 ? " column" : " columns"),
                  "end each document with a blank line, and separate columns by tabs");
    }
    if (fields[0] != document_.id) {
      refuse_line(str("document ", quote_for_message(fields[0]), " inside of document ",
                      quote_for_message(document_.id)),
                  "end each document with a blank line");
    }
    if (fields.size() == 4) return add_relation(fields, line.number);
    add_mention(fields, line.number);
  }

  void finish() {
    if (parts_ < 2)
      refuse_line("the document has no abstract", "give a line ID|a|, empty if need be");
    for (const PubtatorRelation& relation : document_.relations) {
      for (const std::string& concept_id : {relation.first, relation.second}) {
        if (concepts_.contains(concept_id)) continue;
        place_.line = relation.line;
        refuse_line(str("concept ", quote_for_message(concept_id), " has no mention in document ",
                        quote_for_message(document_.id)),
                    "give its mentions, or leave the relation out");
      }
    }
  }

 private:
  [[noreturn]] void refuse_line(const std::string& what, const std::string& fix) const {
    throw UserError(place_, what, fix);
  }

  /// "ID|t|title", then "ID|a|abstract".
  void add_text(const std::string& line) {
    const std::string mark = parts_ == 0 ? "|t|" : "|a|";
    const std::size_t bar = line.find('|');
    if (bar == 0 || bar == std::string::npos || line.substr(bar, 3) != mark) {
      refuse_line(str("the ", parts_ == 0 ? "title" : "abstract", " of a document is missing"),
                  str("write ID", mark, " and the text"));
    }
    const std::string id = line.substr(0, bar);
    if (parts_ == 0) {
      document_.id = id;
      document_.place = place_;
      document_.text = line.substr(bar + 3);
      document_.title_bytes = document_.text.size();
    } else {
      if (id != document_.id) {
        refuse_line(str("the abstract of ", quote_for_message(id), " behind the title of ",
                        quote_for_message(document_.id)),
                    "give title and abstract of one document");
      }
      document_.text += " " + line.substr(bar + 3);
      find_characters();
    }
    ++parts_;
  }

  /// Where characters begin, so that offsets become bytes. Not needed for ASCII.
  void find_characters() {
    const std::string& text = document_.text;
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
    if (std::none_of(text.begin(), text.end(), continues)) return;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (!continues(text[i])) starts_.push_back(i);
    }
    starts_.push_back(text.size());
  }

  std::size_t num_characters() const {
    return starts_.empty() ? document_.text.size() : starts_.size() - 1;
  }
  std::size_t byte_of(std::size_t character) const {
    return starts_.empty() ? character : starts_[character];
  }

  std::size_t offset(const std::string& text) const {
    std::size_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end)
      refuse_line(str("offset ", quote_for_message(text), " is no number"),
                  "count characters from 0");
    return value;
  }

  void add_mention(const std::vector<std::string>& fields, std::int64_t line) {
    const std::size_t begin = offset(fields[1]);
    const std::size_t end = offset(fields[2]);
    if (begin >= end || end > num_characters()) {
      refuse_line(str("a mention from ", begin, " to ", end, ", but the text has ",
                      num_characters(), " characters"),
                  "count characters from 0, in the title, a space and the abstract");
    }
    PubtatorMention mention{byte_of(begin), byte_of(end), fields[4], {}, line};
    const std::string there = document_.text.substr(mention.begin, mention.end - mention.begin);
    if (there != fields[3]) {
      refuse_line(str("text there is ", quote_for_message(there, 100), ", the mention says ",
                      quote_for_message(fields[3], 100)),
                  "count characters from 0, in the title, a space and the abstract");
    }
    if (mention.type.empty()) refuse_line("the mention has no type", "give one, as Chemical");
    mention.concepts = concepts_of(fields.size() > 5 ? fields[5] : "-1");
    concepts_.insert(mention.concepts.begin(), mention.concepts.end());
    document_.mentions.push_back(std::move(mention));
  }

  /// "D1|D2" are two, "-1", "-" and nothing are none.
  static std::vector<std::string> concepts_of(const std::string& field) {
    std::vector<std::string> concepts;
    for (const std::string& part : split(field, '|')) {
      const bool is_known = std::find(concepts.begin(), concepts.end(), part) != concepts.end();
      if (!part.empty() && part != "-1" && part != "-" && !is_known) concepts.push_back(part);
    }
    return concepts;
  }

  void add_relation(const std::vector<std::string>& fields, std::int64_t line) {
    const PubtatorRelation relation{fields[1], fields[2], fields[3], line};
    if (relation.type.empty() || relation.first.empty() || relation.second.empty())
      refuse_line("a part of the relation is empty", "give its type and two concepts");
    const std::string key = str(relation.type, '\t', relation.first, '\t', relation.second);
    if (relations_.insert(key).second) document_.relations.push_back(relation);
  }

  PubtatorDocument& document_;
  std::string file_;
  SourceSpot place_;
  int parts_ = 0;  ///< of title and abstract
  std::size_t bytes_ = 0;
  std::vector<std::size_t> starts_;  ///< bytes of the characters and of the end; empty = ASCII
  std::unordered_set<std::string> concepts_;
  std::unordered_set<std::string> relations_;
};

}  // namespace

bool PubtatorReader::next(PubtatorDocument& document) {
  std::optional<DocumentBuilder> builder;
  Line line;
  while (lines_.next(line)) {
    require_whole_line(line, lines_.name());
    if (trim(line.text).empty()) {
      if (builder) break;
      continue;
    }
    if (!builder) builder.emplace(document, lines_.name());
    builder->add(line);
  }
  if (!builder) return false;
  builder->finish();
  return true;
}

}  // namespace regard
