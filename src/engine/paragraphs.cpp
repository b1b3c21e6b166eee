#include "regard/engine/paragraphs.h"

#include <stdexcept>

namespace regard {

Paragraphs::Paragraphs(std::span<const std::string> lines) : lines_(lines) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (const ByteRange& range : sentence_ranges(lines[i])) {
      ranges_.push_back(range);
      sentences_.push_back(lines[i].substr(range.begin, range.end - range.begin));
      lines_of_.push_back(i);
    }
  }
}

std::vector<std::string> Paragraphs::joined(const std::vector<std::string>& translations) const {
  if (translations.size() != sentences_.size())
    throw std::invalid_argument("paragraphs: a translation for each sentence is needed");
  std::vector<std::string> lines;
  std::size_t sentence = 0;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    std::string& line = lines.emplace_back();
    std::size_t done = 0;  // bytes of the line
    for (; sentence < ranges_.size() && lines_of_[sentence] == i; ++sentence) {
      line.append(lines_[i], done, ranges_[sentence].begin - done);
      line += translations[sentence];
      done = ranges_[sentence].end;
    }
    line.append(lines_[i], done);
  }
  return lines;
}

}  // namespace regard
