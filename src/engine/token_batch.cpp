#include "regard/engine/token_batch.h"

namespace regard {

void TokenBatch::add(TokenSpan sentence) {
  ids.insert(ids.end(), sentence.begin(), sentence.end());
  first.push_back(std::ssize(ids));
}

TokenBatch make_token_batch(const std::vector<TokenSpan>& sentences, std::int64_t suffix,
                            std::int64_t pad) {
  TokenBatch batch;
  batch.pad = pad;
  for (const TokenSpan sentence : sentences) {
    batch.ids.insert(batch.ids.end(), sentence.begin(), sentence.end());
    if (suffix >= 0) batch.ids.push_back(static_cast<std::int32_t>(suffix));
    batch.first.push_back(std::ssize(batch.ids));
  }
  return batch;
}

}  // namespace regard
