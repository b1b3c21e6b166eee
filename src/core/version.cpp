#include "regard/core/version.h"

#ifndef REGARD_VERSION
#define REGARD_VERSION "unknown"
#endif

namespace regard {

std::string program_version() {
  return REGARD_VERSION;
}

}  // namespace regard
