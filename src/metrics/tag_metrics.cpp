#include "regard/metrics/answers.h"

#include "metrics/chunks.h"
#include "metrics/item_f1.h"

namespace regard {
namespace {

/// Statistics: right tags, tags.
class TagAccuracy final : public AnswerMetric {
 public:
  TagAccuracy() : AnswerMetric("tag_accuracy") {}

  std::size_t num_statistics() const override { return 2; }
  double score(const Statistics& total) const override { return percent(total[0], total[1]); }

 protected:
  Statistics compare(std::string_view answer, std::string_view right) const override {
    const TagPair tags = tags_of(answer, right);
    Statistics counts = {0, static_cast<double>(tags.right.size())};
    for (std::size_t i = 0; i < tags.right.size(); ++i)
      counts[0] += tags.answered[i] == tags.right[i] ? 1 : 0;
    return counts;
  }
};

class LabelF1 final : public ItemF1 {
 public:
  using ItemF1::ItemF1;

 protected:
  Statistics compare(std::string_view answer, std::string_view right) const override {
    const TagPair tags = tags_of(answer, right);
    Statistics counts = nothing();
    for (std::size_t i = 0; i < tags.right.size(); ++i) {
      const std::string_view ours = tags.answered[i];
      const std::string_view theirs = tags.right[i];
      if (!is_outside(ours)) add(counts, Count::answered, ours);
      if (!is_outside(theirs)) add(counts, Count::expected, theirs);
      if (ours == theirs && !is_outside(ours)) add(counts, Count::right, ours);
    }
    return counts;
  }
};

/// conlleval's loop over the words of a sentence.
class SpanF1 final : public ItemF1 {
 public:
  using ItemF1::ItemF1;

 protected:
  Statistics compare(std::string_view answer, std::string_view right) const override {
    TagPair tags = tags_of(answer, right);
    tags.answered.push_back("O");  // what is open ends with the sentence
    tags.right.push_back("O");
    Statistics counts = nothing();
    Sides before;
    bool is_equal_so_far = false;
    for (std::size_t i = 0; i < tags.right.size(); ++i) {
      const Sides now = {chunk_tag(tags.answered[i]), chunk_tag(tags.right[i])};
      step(before, now, is_equal_so_far, counts);
      before = now;
    }
    // A chunk of a tag like "_" is ended by nothing but the end of the text.
    if (is_equal_so_far) add(counts, Count::right, before.right.type);
    return counts;
  }

 private:
  struct Sides {
    ChunkTag answered;
    ChunkTag right;
  };

  /// `is_equal_so_far`: both sides are in a chunk of one type that began at one place.
  void step(const Sides& before, const Sides& now, bool& is_equal_so_far,
            Statistics& counts) const {
    const bool answered_ends = ends_chunk(before.answered, now.answered);
    const bool right_ends = ends_chunk(before.right, now.right);
    const bool same_type = now.answered.type == now.right.type;
    if (is_equal_so_far && answered_ends && right_ends && before.answered.type == before.right.type)
      add(counts, Count::right, before.right.type);
    if (answered_ends || right_ends || !same_type) is_equal_so_far = false;
    const bool answered_starts = starts_chunk(before.answered, now.answered);
    const bool right_starts = starts_chunk(before.right, now.right);
    if (answered_starts && right_starts && same_type) is_equal_so_far = true;
    if (answered_starts) add(counts, Count::answered, now.answered.type);
    if (right_starts) add(counts, Count::expected, now.right.type);
  }
};

}  // namespace

std::unique_ptr<Metric> make_tag_accuracy() {
  return std::make_unique<TagAccuracy>();
}

std::unique_ptr<Metric> make_label_f1(std::vector<std::string> labels) {
  return std::make_unique<LabelF1>("label_f1", F1Average::micro, std::move(labels));
}

std::unique_ptr<Metric> make_span_f1(std::vector<std::string> types) {
  return std::make_unique<SpanF1>("span_f1", F1Average::micro, std::move(types));
}

}  // namespace regard
