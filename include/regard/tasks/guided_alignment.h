#pragma once

#include <string>

#include "regard/layers/sublayer.h"
#include "regard/tasks/guided_map.h"
#include "regard/train/training_options.h"

namespace regard {

/// Guided alignment (Chen et al. 2016, "Guided Alignment Training for Topic-Aware Neural Machine
/// Translation", eq. 4): the cross-entropy between the links `guide` [rows, queries, keys] (see
/// Batch) and the weights of options.head, summed over the target tokens that have links. Throws
/// UserError for a head that is not there, and for an attention that learns nothing from it.
torch::Tensor guided_alignment_loss(const AttentionRecord& record,
                                    const GuidedAlignmentOptions& options,
                                    const torch::Tensor& guide);

}  // namespace regard
