#pragma once

#include "regard/core/error.h"

namespace regard::config {

/// Problems of a configuration: unlike those of other things they are all shown, with the lines of
/// the file on a terminal.
class ConfigError : public UserError {
 public:
  using UserError::UserError;
};

}  // namespace regard::config
