#pragma once

#include <algorithm>
#include <cctype>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace regard {

struct XmlElement {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::string text;  ///< what follows the start tag, up to the next tag; entities as written
};

/// Reads the elements of an XML text in order and throws std::runtime_error when it is not well
/// formed: tags that are not closed in order, attributes that are not quoted or there twice,
/// reserved characters. Knows only what our pictures use: no comments, declarations or CDATA.
class SmallXml {
 public:
  explicit SmallXml(std::string_view xml) : xml_(xml) {
    if (take_until('<') != "") fail("text before the first tag");
    while (at_ < xml_.size())
      read_tag();
    if (!open_.empty()) fail("an element is not closed");
  }
  const std::vector<XmlElement>& elements() const { return elements_; }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error(what + " near byte " + std::to_string(at_));
  }
  std::string take_until(char end) {
    const std::size_t found = std::min(xml_.find(end, at_), xml_.size());
    const std::string_view taken = xml_.substr(at_, found - at_);
    at_ = found;
    check_text(taken);
    return std::string(taken);
  }
  void check_text(std::string_view text) const {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '<' || text[i] == '>') fail("a reserved character");
      if (text[i] != '&') continue;
      bool is_entity = false;
      for (const char* entity : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"}) {
        is_entity = is_entity || text.substr(i).starts_with(entity);
      }
      if (!is_entity) fail("a bare &");
    }
  }
  std::string take_name() {
    const std::size_t begin = at_;
    while (at_ < xml_.size() && (std::isalnum(static_cast<unsigned char>(xml_[at_])) != 0 ||
                                 xml_[at_] == '-' || xml_[at_] == ':')) {
      ++at_;
    }
    if (at_ == begin) fail("no name");
    return std::string(xml_.substr(begin, at_ - begin));
  }
  bool take(std::string_view part) {
    if (!xml_.substr(at_).starts_with(part)) return false;
    at_ += part.size();
    return true;
  }
  void require(std::string_view part) {
    if (!take(part)) fail("no " + std::string(part));
  }

  void read_tag() {
    if (take("</")) {
      if (open_.empty() || take_name() != open_.back()) fail("another element is open");
      open_.pop_back();
      require(">");
      if (const std::string rest = take_until('<'); open_.empty() && rest != "\n")
        fail("text after the end");
      return;
    }
    require("<");
    if (open_.empty() && !elements_.empty()) fail("a second root");
    XmlElement element{take_name(), {}, {}};
    while (take(" ")) {
      const std::string attribute = take_name();
      require("=\"");
      if (!element.attributes.emplace(attribute, take_until('"')).second)
        fail("an attribute twice");
      require("\"");
    }
    if (!take("/>")) {
      require(">");
      open_.push_back(element.name);
    }
    element.text = take_until('<');
    elements_.push_back(std::move(element));
  }

  std::string_view xml_;
  std::size_t at_ = 0;
  std::vector<std::string> open_;
  std::vector<XmlElement> elements_;
};

}  // namespace regard
