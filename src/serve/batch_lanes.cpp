#include "batch_lanes.h"

#include <algorithm>
#include <set>
#include <utility>

namespace regard {

using Clock = std::chrono::steady_clock;

Scheduler::Ticket::Ticket(Job accepted) : job(std::move(accepted)) {
  for (const std::string& sentence : job.sentences)
    bytes += sentence.size();
}

void BatchLanes::enter(const Scheduler::TicketPointer& ticket) {
  const Job& job = ticket->job;
  const auto [place, is_new] = lanes_.try_emplace({job.backend.get(), job.direction, job.options});
  Lane& lane = place->second;
  if (is_new) {
    lane.oldest = ticket->arrival;
    lane.served = num_batches_;  // not before those that wait already
  }
  lane.turns.push_back(ticket);
  lane.waiting += job.sentences.size();
}

void BatchLanes::drop_ended_jobs() {
  for (auto place = lanes_.begin(); place != lanes_.end();) {
    Lane& lane = place->second;
    std::erase_if(lane.turns, [&](const Scheduler::TicketPointer& ticket) {
      if (ticket->has_ended) lane.waiting -= ticket->job.sentences.size() - ticket->next;
      return ticket->has_ended;
    });
    place = lane.turns.empty() ? lanes_.erase(place) : std::next(place);
  }
}

BatchLanes::Lanes::const_iterator BatchLanes::next_lane() const {
  return std::min_element(lanes_.begin(), lanes_.end(), [](const auto& a, const auto& b) {
    return a.second.served < b.second.served;
  });
}

BatchLanes::Time BatchLanes::ready_at() const {
  const Lane& lane = next_lane()->second;
  return lane.turns.size() < usual_jobs_ ? lane.oldest + options_.window : lane.oldest;
}

void BatchLanes::take(Batch& batch, std::size_t workers) {
  const auto place = lanes_.find(next_lane()->first);
  Lane& lane = place->second;
  const std::size_t share = (lane.waiting + workers - 1) / workers;
  const std::size_t most = std::min(options_.batch_sentences, std::max<std::size_t>(1, share));
  const Time now = Clock::now();
  std::set<const Scheduler::Ticket*> jobs;
  std::size_t bytes = 0;
  while (!lane.turns.empty() && batch.items.size() < most) {
    const Scheduler::TicketPointer ticket = lane.turns.front();
    const std::size_t length = ticket->job.sentences[ticket->next].size();
    if (!batch.items.empty() && bytes + length > options_.batch_bytes) break;
    const std::chrono::duration<double> waited = now - ticket->arrival;
    if (ticket->next == 0) batch.longest_wait = std::max(batch.longest_wait, waited.count());
    bytes += length;
    batch.items.push_back({ticket, ticket->next++});
    jobs.insert(ticket.get());
    --lane.waiting;
    lane.turns.pop_front();
    if (ticket->next < ticket->job.sentences.size()) lane.turns.push_back(ticket);
  }
  batch.jobs = jobs.size();
  usual_jobs_ = batch.jobs;
  lane.served = ++num_batches_;
  lane.oldest = now;
  if (lane.turns.empty()) lanes_.erase(place);
}

}  // namespace regard
