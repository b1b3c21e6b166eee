#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regard/report/attention_map.h"

#include "report/attention_labels.h"

namespace regard {

/// A row or column of a picture, and those of the map that it stands for.
struct AttentionGroup {
  AttentionLabel label;
  std::vector<std::size_t> members;
};

/// Whole words or, where sentence.unit is "piece", the map's own rows and columns.
std::vector<AttentionGroup> row_groups(const AttentionSentence& sentence, const AttentionMap& map);
std::vector<AttentionGroup> column_groups(const AttentionSentence& sentence,
                                          const AttentionMap& map);

/// A head (-1 = the mean of all) over groups: a word receives what all its subwords receive, and
/// looks as they do on average.   [rows, columns]
std::vector<float> grouped_weights(const AttentionMap& map, std::int64_t head,
                                   const std::vector<AttentionGroup>& rows,
                                   const std::vector<AttentionGroup>& columns);

}  // namespace regard
