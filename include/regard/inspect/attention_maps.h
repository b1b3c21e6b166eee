#pragma once

#include <string>
#include <vector>

#include "regard/model/seq2seq.h"
#include "regard/model/weights.h"
#include "regard/report/attention_map.h"
#include "regard/tensor/batch.h"

namespace regard {

/// Every attention of a model while it reads `source` and is made to say `target` (both without
/// marks), in the order of the layers. Rows and columns of the source include its end mark; the
/// rows of a decoder's map are the queries that say the target pieces and then the end mark, the
/// columns of its self-attention what these queries have read, the start mark first. An attention
/// by feature gives two maps: the mean of all features, and "NAME.sharpest_features", the eight
/// that look most at single keys.
std::vector<AttentionMap> attention_maps(Seq2SeqImpl& model, TokenSpan source, TokenSpan target,
                                         const TokenRoles& roles);

}  // namespace regard
