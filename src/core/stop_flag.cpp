#include "regard/core/stop_flag.h"

#include <csignal>
#include <cstring>

#include "regard/core/strings.h"

namespace regard {

std::string signal_name(int number) {
  switch (number) {
    case SIGINT:
      return "SIGINT (Ctrl-C)";
    case SIGTERM:
      return "SIGTERM";
    case SIGKILL:
      return "SIGKILL";
    default:
      break;
  }
  const char* name = ::sigabbrev_np(number);
  return name == nullptr ? str("signal ", number) : str("SIG", name);
}

}  // namespace regard
