#pragma once

#include <cstdint>
#include <string>

#include "regard/core/descriptor.h"

namespace regard {

/// A socket that listens, and where.
struct ListeningSocket {
  Descriptor descriptor;
  std::string host;  ///< in brackets where it is an IPv6 address
  int port = 0;
};

/// Throws UserError when there is no such address, it is not of this machine, or it is taken.
ListeningSocket listen_on(const std::string& host, std::int64_t port);

/// The address of a peer as text, without its port; "" for another family.
std::string address_text(const struct sockaddr* address);

}  // namespace regard
