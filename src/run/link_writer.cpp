#include "run/link_writer.h"

#include <utility>

#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

constexpr const char* kLeaveText = "leave the texts as they are until the alignment is done";

std::optional<TextOutput> optional_output(const std::string& path,
                                          const std::vector<std::filesystem::path>& inputs) {
  if (path.empty()) return std::nullopt;
  return std::optional<TextOutput>(std::in_place, path, inputs);
}

std::vector<ByteRange> words_of_next(LineReader& reader) {
  Line line;
  if (!reader.next(line))
    throw UserError(SourceSpot{reader.name()}, "became shorter while it was aligned", kLeaveText);
  return word_ranges(line.text);
}

std::string bytes_at(const std::vector<ByteRange>& words, std::int64_t word) {
  if (word >= std::ssize(words)) throw UserError("a text changed while it was aligned", kLeaveText);
  return str(words[word].begin, ":", words[word].end);
}

}  // namespace

LinkWriter::LinkWriter(const WordAlignmentOptions& options,
                       const std::vector<std::filesystem::path>& inputs)
    : output_(options.output, inputs),
      forward_(optional_output(options.forward_output, inputs)),
      reverse_(optional_output(options.reverse_output, inputs)) {
  if (options.unit == LinkUnit::word) return;
  source_.emplace(std::filesystem::path(options.source));
  target_.emplace(std::filesystem::path(options.target));
}

void LinkWriter::write(const Links& links, const DirectedLinks& directed) {
  if (source_) {
    source_words_ = words_of_next(*source_);
    target_words_ = words_of_next(*target_);
  }
  output_.write(line_of(links));
  if (forward_) forward_->write(line_of(directed.forward));
  if (reverse_) reverse_->write(line_of(directed.reverse));
}

void LinkWriter::commit() {
  output_.commit();
  if (forward_) forward_->commit();
  if (reverse_) reverse_->commit();
}

std::string LinkWriter::line_of(const Links& links) const {
  std::string text;
  for (const auto& [source, target] : links) {
    if (!text.empty()) text += ' ';
    text += source_ ? str(bytes_at(source_words_, source), "-", bytes_at(target_words_, target))
                    : str(source, "-", target);
  }
  return text + "\n";
}

}  // namespace regard
