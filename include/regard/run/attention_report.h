#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "regard/core/logger.h"
#include "regard/engine/alignment.h"
#include "regard/metrics/alignment_error.h"

namespace regard {

/// What of a model's attention is looked at, and where it is written.
struct AttentionReportOptions {
  std::string model;
  std::string source;  ///< a file, one sentence a line
  std::string target;  ///< what the model is made to say; empty = its own translation
  std::string output;  ///< .html, .svg or .json; empty or "-" = JSON to standard output
  std::string gold;    ///< true word links, a line for each sentence; may be empty
  AlignmentUnit unit = AlignmentUnit::word;
  std::string map;          ///< of the picture and the statistics; empty = the last cross-attention
  std::int64_t head = -1;   ///< -1 = the mean of all
  std::int64_t line = 1;    ///< of the picture, counted from 1
  std::int64_t lines = 50;  ///< only the first so many sentences; 0 = all
  std::string device = "auto";
};

/// What the chosen map looks like: means over the sentences (AttentionStatistics).
struct AttentionSummary {
  std::string map;
  std::int64_t head = -1;
  double normalised_entropy = 0;
  double sharpness = 0;
  double diagonal_distance = 0;
  std::size_t num_sentences = 0;
};

struct AttentionReport {
  AttentionSummary summary;
  std::optional<AlignmentError> error;  ///< of the links; with gold ones
};

/// Both in a line for people.
std::string to_text(const AttentionSummary& summary);
std::string to_text(const AlignmentError& error);

/// Runs the model over the sentences, and writes where it looked: a page, a picture or numbers.
/// Throws UserError for a map or head that the model lacks, and for texts and links that do not
/// belong together, before any time goes into the sentences.
AttentionReport report_attention(const AttentionReportOptions& options, Logger& logger);

}  // namespace regard
