#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>

namespace regard {

/// Whoever waits for a response on a connection.
class WaitingClient {
 public:
  virtual ~WaitingClient() = default;
  /// The other side closed the connection.
  virtual void lose() = 0;
};

/// A connection, from its first byte to its last. Its members are guarded by the watch.
struct WatchedConnection {
  int socket = -1;
  std::chrono::steady_clock::time_point deadline;
  std::weak_ptr<WaitingClient> client = {};  ///< none: it reads or writes
};

/// Ends connections that are too slow, and tells who waits when the other side has gone. The HTTP
/// library only knows a time without any traffic, which a byte now and then gets around, and does
/// not look at connections that wait for a response.
class ConnectionWatch {
 public:
  ConnectionWatch();
  ~ConnectionWatch();
  ConnectionWatch(const ConnectionWatch&) = delete;
  ConnectionWatch& operator=(const ConnectionWatch&) = delete;

  WatchedConnection* add(int socket, std::chrono::milliseconds time);
  /// Before the socket is closed.
  void remove(WatchedConnection* connection);
  /// It has so much time for what it does now.
  void allow(WatchedConnection* connection, std::chrono::milliseconds time);
  /// It waits for a response, for as long as that takes.
  void wait(WatchedConnection* connection, std::weak_ptr<WaitingClient> client);

  std::size_t size() const;
  std::uint64_t num_ended() const;  ///< that were too slow

 private:
  void look();

  mutable std::mutex mutex_;
  std::condition_variable has_ended_;
  std::unordered_set<WatchedConnection*> connections_;
  std::uint64_t num_too_slow_ = 0;
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace regard
