#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "regard/core/stop_flag.h"

namespace regard {

/// How a command of this program, run in a process of its own, came to its end.
struct ChildResult {
  int exit_code = 0;                ///< 128 + N when signal N ended it
  std::int64_t peak_bytes = 0;      ///< largest resident memory
  std::string output;               ///< its standard output
  std::vector<std::string> errors;  ///< lines on standard error that began with "error: ", without
                                    ///< it; at most ten
  std::string last_line;            ///< the last one on standard error
};

struct ChildOptions {
  bool keeps_output = true;  ///< else its standard output goes nowhere
  /// Sees each line on standard error as it comes; may be empty.
  std::function<void(std::string_view)> on_line = {};
};

/// Runs this program with other arguments and waits for it. Signals that `stop` holds are handed on
/// once (an interrupt of the terminal reaches the child in no other way), requests for a save too,
/// and the child is asked to end when this process dies. Throws RunError when no process can be
/// started.
ChildResult run_child(const std::vector<std::string>& arguments, const ChildOptions& options,
                      StopFlag& stop);

}  // namespace regard
