#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "regard/data/corpus.h"
#include "regard/data/example.h"

#include "data/link_lists.h"

namespace regard {

/// Two files whose lines belong together, and the links of their words where there are any.
class PairFormat final : public ExampleFormat {
 public:
  /// Everything must outlive the format.
  PairFormat(const Tokenizer& source, const Tokenizer& target, const CorpusLoading& loading)
      : source_(source), target_(target), loading_(loading) {}

  std::unique_ptr<ExampleReader> read(const CorpusFiles& files) const override;
  std::function<void(Example&)> encoder(const CorpusFiles& files) const override;
  std::vector<std::uint64_t> fingerprints() const override;
  bool has_notes(const std::vector<CorpusFiles>& files) const override;
  std::pair<std::int32_t, std::int32_t> unknown_ids() const override;

 private:
  void encode(Example& pair, const std::string& tag, std::size_t tag_length) const;
  LinkLists links_of(const Example& pair, const std::string& tag) const;

  const Tokenizer& source_;
  const Tokenizer& target_;
  const CorpusLoading& loading_;
};

}  // namespace regard
