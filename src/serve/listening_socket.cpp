#include "listening_socket.h"

#include <cerrno>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Addresses find_addresses(const std::string& host, std::int64_t port) {
  addrinfo wanted = {};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failure =
      ::getaddrinfo(host.empty() ? nullptr : host.c_str(), str(port).c_str(), &wanted, &found);
  if (failure != 0) {
    throw UserError(str("--host: ", quote_for_message(host), ": ", ::gai_strerror(failure)),
                    "use an address of this machine, such as 127.0.0.1");
  }
  return {found, &::freeaddrinfo};
}

int bound_port(int socket) {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return address.ss_family == AF_INET6
             ? ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port)
             : ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

}  // namespace

ListeningSocket listen_on(const std::string& host, std::int64_t port) {
  const Addresses addresses = find_addresses(host, port);
  int failure = EADDRNOTAVAIL;
  for (const addrinfo* each = addresses.get(); each != nullptr; each = each->ai_next) {
    Descriptor made(::socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int yes = 1;
    if (made.is_open()) ::setsockopt(made.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (made.is_open() && ::bind(made.get(), each->ai_addr, each->ai_addrlen) == 0 &&
        ::listen(made.get(), SOMAXCONN) == 0) {
      const std::string text = address_text(each->ai_addr);
      const bool is_six = each->ai_family == AF_INET6;
      const int bound = bound_port(made.get());
      return {std::move(made), is_six ? str("[", text, "]") : text, bound};
    }
    failure = errno;
  }
  throw UserError(str("--port: ", host, ":", port, ": ", std::strerror(failure)),
                  failure == EADDRINUSE ? "end the program that uses it, or use another --port"
                                        : "use another --host or --port");
}

std::string address_text(const sockaddr* address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address == nullptr) return "";
  if (address->sa_family == AF_INET)
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text,
                sizeof(text));
  if (address->sa_family == AF_INET6)
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, text,
                sizeof(text));
  return text;
}

}  // namespace regard
