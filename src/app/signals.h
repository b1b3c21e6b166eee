#pragma once

#include "regard/core/stop_flag.h"

namespace regard {

/// Makes `flag` the one that signals set, for as long as this lives. One at a time.
class SignalTarget {
 public:
  explicit SignalTarget(StopFlag& flag);
  ~SignalTarget();
  SignalTarget(const SignalTarget&) = delete;
  SignalTarget& operator=(const SignalTarget&) = delete;
};

/// From here on the first SIGINT or SIGTERM is answered with this line on standard error, at once
/// and whatever the program is doing, since the work itself may end much later. A literal, such as
/// "stopping after this update".
void announce_stop(const char* line);

}  // namespace regard
