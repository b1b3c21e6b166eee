#include "connection_watch.h"

#include <poll.h>
#include <sys/socket.h>
#include <utility>
#include <vector>

namespace regard {

using Clock = std::chrono::steady_clock;

ConnectionWatch::ConnectionWatch()
    : thread_([this] {
        constexpr auto kInterval = std::chrono::milliseconds(50);
        std::unique_lock lock(mutex_);
        while (!has_ended_.wait_for(lock, kInterval, [this] { return is_ending_; })) {
          lock.unlock();
          look();
          lock.lock();
        }
      }) {}

ConnectionWatch::~ConnectionWatch() {
  {
    const std::scoped_lock lock(mutex_);
    is_ending_ = true;
  }
  has_ended_.notify_all();
  thread_.join();
  for (WatchedConnection* connection : connections_)
    delete connection;
}

WatchedConnection* ConnectionWatch::add(int socket, std::chrono::milliseconds time) {
  auto made = std::make_unique<WatchedConnection>();
  made->socket = socket;
  made->deadline = Clock::now() + time;
  const std::scoped_lock lock(mutex_);
  connections_.insert(made.get());
  return made.release();
}

void ConnectionWatch::remove(WatchedConnection* connection) {
  {
    const std::scoped_lock lock(mutex_);
    connections_.erase(connection);
  }
  delete connection;
}

void ConnectionWatch::allow(WatchedConnection* connection, std::chrono::milliseconds time) {
  const std::scoped_lock lock(mutex_);
  connection->deadline = Clock::now() + time;
  connection->client.reset();
}

void ConnectionWatch::wait(WatchedConnection* connection, std::weak_ptr<WaitingClient> client) {
  const std::scoped_lock lock(mutex_);
  connection->deadline = Clock::time_point::max();
  connection->client = std::move(client);
}

std::size_t ConnectionWatch::size() const {
  const std::scoped_lock lock(mutex_);
  return connections_.size();
}

std::uint64_t ConnectionWatch::num_ended() const {
  const std::scoped_lock lock(mutex_);
  return num_too_slow_;
}

/// Shut down, a socket looks to the HTTP library as if the other side had closed it.
void ConnectionWatch::look() {
  std::vector<std::shared_ptr<WaitingClient>> waiting;
  std::vector<pollfd> sockets;
  {
    const std::scoped_lock lock(mutex_);
    const Clock::time_point now = Clock::now();
    for (WatchedConnection* connection : connections_) {
      if (connection->deadline <= now) {
        ::shutdown(connection->socket, SHUT_RDWR);
        connection->deadline = Clock::time_point::max();
        ++num_too_slow_;
      }
      if (auto client = connection->client.lock()) {
        waiting.push_back(std::move(client));
        sockets.push_back({connection->socket, POLLRDHUP, 0});
      }
    }
    // Under the lock: none of them can be closed, and given to another connection, meanwhile.
    if (!sockets.empty()) ::poll(sockets.data(), sockets.size(), 0);
  }
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    if (sockets[i].revents != 0) waiting[i]->lose();
  }
}

}  // namespace regard
