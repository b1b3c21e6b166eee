#include "regard/serve/scheduler.h"

#include <random>

#include <gtest/gtest.h>

#include "serve/fake_backend.h"

namespace regard {
namespace {

using namespace std::chrono_literals;

/// What became of a job.
struct Outcome {
  std::mutex mutex;
  std::vector<std::string> texts;
  std::size_t num_results = 0;
  std::vector<JobEnd> ends;
  std::string reason;
  std::chrono::steady_clock::time_point end_time;

  bool has_ended() {
    const std::scoped_lock lock(mutex);
    return !ends.empty();
  }
};

struct Submitted {
  std::shared_ptr<Outcome> outcome = std::make_shared<Outcome>();
  Scheduler::TicketPointer ticket;
};

Submitted submit(Scheduler& scheduler, std::shared_ptr<const TranslationBackend> backend,
                 std::vector<std::string> sentences, SentenceOptions options = {},
                 std::chrono::milliseconds time = 1h) {
  Submitted result;
  Job job;
  job.backend = std::move(backend);
  job.options = options;
  job.sentences = std::move(sentences);
  job.deadline = std::chrono::steady_clock::now() + time;
  result.outcome->texts.resize(job.sentences.size());
  job.on_result = [outcome = result.outcome](std::size_t sentence, SentenceResult answer) {
    const std::scoped_lock lock(outcome->mutex);
    outcome->texts.at(sentence) = answer.best.at(0).text;
    ++outcome->num_results;
  };
  job.on_end = [outcome = result.outcome](JobEnd end, const std::string& reason) {
    const std::scoped_lock lock(outcome->mutex);
    outcome->ends.push_back(end);
    outcome->reason = reason;
    outcome->end_time = std::chrono::steady_clock::now();
  };
  result.ticket = scheduler.submit(std::move(job));
  return result;
}

std::vector<std::string> numbered(const std::string& name, std::size_t count) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i)
    texts.push_back(name + std::to_string(i));
  return texts;
}

void expect_done(const Submitted& job, const std::vector<std::string>& sentences) {
  ASSERT_TRUE(wait_for([&] { return job.outcome->has_ended(); }));
  EXPECT_EQ(job.outcome->ends, std::vector<JobEnd>{JobEnd::done});
  ASSERT_EQ(job.outcome->texts.size(), sentences.size());
  EXPECT_EQ(job.outcome->num_results, sentences.size());
  for (std::size_t i = 0; i < sentences.size(); ++i)
    EXPECT_EQ(job.outcome->texts[i], "<" + sentences[i] + ">");
}

TEST(SchedulerTest, AnswersEachSentenceOnce) {
  const auto backend = std::make_shared<FakeBackend>();
  SchedulerOptions options;
  options.workers = 3;
  Scheduler scheduler(options);
  std::vector<Submitted> jobs;
  std::mt19937 random(1);
  for (std::size_t i = 0; i < 200; ++i) {
    SentenceOptions how;
    how.beam_size = static_cast<std::int64_t>(random() % 3);
    jobs.push_back(submit(scheduler, backend, numbered("a" + std::to_string(i) + ".", i % 7), how));
  }
  for (std::size_t i = 0; i < jobs.size(); ++i)
    expect_done(jobs[i], numbered("a" + std::to_string(i) + ".", i % 7));
  EXPECT_EQ(scheduler.state().jobs, 0U);
  EXPECT_EQ(scheduler.state().sentences, 0U);
  EXPECT_EQ(scheduler.state().bytes, 0U);
}

TEST(SchedulerTest, JobsShareBatches) {
  const auto backend = std::make_shared<FakeBackend>();
  Scheduler scheduler({});
  backend->close_gate();
  const Submitted first = submit(scheduler, backend, {"x"});
  ASSERT_TRUE(wait_for([&] { return backend->batches().size() == 1; }));
  std::vector<Submitted> jobs;
  for (int i = 0; i < 5; ++i)
    jobs.push_back(submit(scheduler, backend, numbered(std::to_string(i) + ".", 2)));
  SentenceOptions other;
  other.num_best = 2;
  const Submitted apart = submit(scheduler, backend, {"y"}, other);
  backend->open_gate();
  for (std::size_t i = 0; i < jobs.size(); ++i)
    expect_done(jobs[i], numbered(std::to_string(i) + ".", 2));
  expect_done(apart, {"y"});
  const auto batches = backend->batches();
  ASSERT_EQ(batches.size(), 3U);
  EXPECT_EQ(batches[1].size(), 10U);
  EXPECT_EQ(batches[2], std::vector<std::string>{"y"});
}

TEST(SchedulerTest, ALongJobLetsOthersPass) {
  const auto backend = std::make_shared<FakeBackend>();
  backend->per_sentence = 500us;
  SchedulerOptions options;
  options.batch_sentences = 20;
  Scheduler scheduler(options);
  const Submitted longer = submit(scheduler, backend, numbered("long", 1000));
  for (int i = 0; i < 5; ++i) {
    const Submitted shorter = submit(scheduler, backend, {"short"});
    expect_done(shorter, {"short"});
    EXPECT_FALSE(longer.outcome->has_ended());
  }
  // Each waited for one batch of the long job at most.
  const auto batches = backend->batches();
  EXPECT_LE(batches.size(), 5U * 2 + 1);
  expect_done(longer, numbered("long", 1000));
}

TEST(SchedulerTest, LanesTakeTurns) {
  const auto backend = std::make_shared<FakeBackend>();
  backend->per_sentence = 200us;
  SchedulerOptions options;
  options.batch_sentences = 10;
  Scheduler scheduler(options);
  SentenceOptions other;
  other.beam_size = 7;
  const Submitted first = submit(scheduler, backend, numbered("a", 400));
  const Submitted second = submit(scheduler, backend, numbered("b", 400), other);
  expect_done(first, numbered("a", 400));
  expect_done(second, numbered("b", 400));
  const auto batches = backend->batches();
  std::size_t changes = 0;
  for (std::size_t i = 1; i < batches.size(); ++i)
    changes += batches[i][0][0] != batches[i - 1][0][0] ? 1U : 0U;
  EXPECT_GE(changes, 70U);  // of 79
}

TEST(SchedulerTest, RequestsThatComeAloneDoNotWait) {
  const auto backend = std::make_shared<FakeBackend>();
  SchedulerOptions options;
  options.window = 10s;
  Scheduler scheduler(options);
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 3; ++i)
    expect_done(submit(scheduler, backend, {"a"}), {"a"});
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST(SchedulerTest, ABatchWaitsForAsManyJobsAsTheOneBefore) {
  const auto backend = std::make_shared<FakeBackend>();
  SchedulerOptions options;
  options.window = 20s;
  Scheduler scheduler(options);
  backend->close_gate();
  const Submitted first = submit(scheduler, backend, {"x"});
  ASSERT_TRUE(wait_for([&] { return backend->batches().size() == 1; }));
  const Submitted second = submit(scheduler, backend, {"a"});
  const Submitted third = submit(scheduler, backend, {"b"});
  backend->open_gate();
  expect_done(third, {"b"});
  const Submitted fourth = submit(scheduler, backend, {"c"});
  std::this_thread::sleep_for(20ms);
  EXPECT_FALSE(fourth.outcome->has_ended());
  const Submitted fifth = submit(scheduler, backend, {"d"});
  expect_done(fourth, {"c"});
  expect_done(fifth, {"d"});
  EXPECT_EQ(backend->batches().back(), (std::vector<std::string>{"c", "d"}));
}

TEST(SchedulerTest, RefusesWhatTheQueueCannotHold) {
  const auto backend = std::make_shared<FakeBackend>();
  SchedulerOptions options;
  options.queued_sentences = 10;
  options.queued_bytes = 100;
  Scheduler scheduler(options);
  backend->close_gate();
  const Submitted first = submit(scheduler, backend, numbered("a", 8));
  ASSERT_NE(first.ticket, nullptr);
  EXPECT_EQ(submit(scheduler, backend, numbered("b", 3)).ticket, nullptr);
  EXPECT_EQ(submit(scheduler, backend, {std::string(90, 'c')}).ticket, nullptr);
  const Submitted fits = submit(scheduler, backend, {"d"});
  EXPECT_NE(fits.ticket, nullptr);
  EXPECT_GE(scheduler.state().expected_wait, 1s);
  backend->open_gate();
  expect_done(first, numbered("a", 8));
  expect_done(fits, {"d"});
  expect_done(submit(scheduler, backend, numbered("e", 3)), numbered("e", 3));
}

TEST(SchedulerTest, DeadlinesEndJobs) {
  const auto backend = std::make_shared<FakeBackend>();
  backend->per_batch = 10s;
  Scheduler scheduler({});
  const auto begin = std::chrono::steady_clock::now();
  const Submitted running = submit(scheduler, backend, {"a"}, {}, 50ms);
  const Submitted waiting = submit(scheduler, backend, {"b"}, {}, 100ms);
  ASSERT_TRUE(wait_for([&] { return running.outcome->has_ended(); }));
  ASSERT_TRUE(wait_for([&] { return waiting.outcome->has_ended(); }));
  EXPECT_EQ(running.outcome->ends, std::vector<JobEnd>{JobEnd::expired});
  EXPECT_EQ(waiting.outcome->ends, std::vector<JobEnd>{JobEnd::expired});
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  EXPECT_TRUE(wait_for([&] { return backend->num_stopped >= 1; }));
  EXPECT_TRUE(scheduler.drain(5s));
  EXPECT_EQ(running.outcome->num_results, 0U);
}

TEST(SchedulerTest, CancelledJobsAreForgotten) {
  const auto backend = std::make_shared<FakeBackend>();
  backend->per_batch = 300ms;
  Scheduler scheduler({});
  const Submitted first = submit(scheduler, backend, {"a"});
  ASSERT_TRUE(wait_for([&] { return backend->batches().size() == 1; }));
  const Submitted second = submit(scheduler, backend, numbered("b", 100));
  const Submitted third = submit(scheduler, backend, {"c"});
  scheduler.cancel(second.ticket);
  scheduler.cancel(first.ticket);  // the batch stops: nobody waits for it
  expect_done(third, {"c"});
  EXPECT_EQ(backend->num_stopped, 1);
  EXPECT_TRUE(first.outcome->ends.empty());
  EXPECT_TRUE(second.outcome->ends.empty());
  EXPECT_EQ(backend->batches().back(), std::vector<std::string>{"c"});
  scheduler.cancel(third.ticket);  // too late: nothing happens
  EXPECT_EQ(scheduler.state().bytes, 0U);
}

TEST(SchedulerTest, ABadSentenceFailsItsJobAlone) {
  const auto backend = std::make_shared<FakeBackend>();
  Scheduler scheduler({});
  backend->close_gate();
  const Submitted first = submit(scheduler, backend, {"x"});
  ASSERT_TRUE(wait_for([&] { return backend->batches().size() == 1; }));
  const Submitted good = submit(scheduler, backend, {"a", "b"});
  const Submitted bad = submit(scheduler, backend, {"c", "bad", "d"});
  backend->open_gate();
  expect_done(good, {"a", "b"});
  ASSERT_TRUE(wait_for([&] { return bad.outcome->has_ended(); }));
  EXPECT_EQ(bad.outcome->ends, std::vector<JobEnd>{JobEnd::failed});
  EXPECT_NE(bad.outcome->reason.find("a bad sentence"), std::string::npos);
}

TEST(SchedulerTest, DrainWaitsForWhatWasAccepted) {
  const auto backend = std::make_shared<FakeBackend>();
  backend->per_batch = 50ms;
  Scheduler scheduler({});
  std::vector<Submitted> jobs;
  for (int i = 0; i < 10; ++i)
    jobs.push_back(submit(scheduler, backend, numbered("a", 30)));
  EXPECT_FALSE(scheduler.drain(1ms));
  EXPECT_EQ(submit(scheduler, backend, {"late"}).ticket, nullptr);
  EXPECT_TRUE(scheduler.drain(60s));
  for (const Submitted& job : jobs) {
    EXPECT_TRUE(job.outcome->has_ended());
    expect_done(job, numbered("a", 30));
  }
}

TEST(SchedulerTest, EndsWithJobsLeft) {
  const auto backend = std::make_shared<FakeBackend>();
  backend->per_batch = 10s;
  const auto begin = std::chrono::steady_clock::now();
  {
    Scheduler scheduler({});
    submit(scheduler, backend, {"a"});
    submit(scheduler, backend, {"b"});
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST(SchedulerTest, ManyThreadsMayCallIt) {
  const auto backend = std::make_shared<FakeBackend>();
  backend->per_batch = 1ms;
  SchedulerOptions options;
  options.workers = 2;
  Scheduler scheduler(options);
  std::atomic<int> num_done = 0;
  {
    std::vector<std::jthread> clients;
    for (int client = 0; client < 8; ++client) {
      clients.emplace_back([&, client] {
        std::mt19937 random(static_cast<unsigned>(client));
        for (int round = 0; round < 60; ++round) {
          const auto sentences = numbered(
              std::to_string(client) + "/" + std::to_string(round) + ".", 1 + random() % 5);
          const Submitted job =
              submit(scheduler, backend, sentences, {}, random() % 10 == 0 ? 1ms : 1h);
          if (random() % 5 == 0) {
            scheduler.cancel(job.ticket);
            continue;
          }
          ASSERT_TRUE(wait_for([&] { return job.outcome->has_ended(); }));
          if (job.outcome->ends.front() != JobEnd::done) continue;
          for (std::size_t i = 0; i < sentences.size(); ++i)
            ASSERT_EQ(job.outcome->texts[i], "<" + sentences[i] + ">");
          ++num_done;
        }
      });
    }
  }
  EXPECT_GT(num_done, 200);
  EXPECT_TRUE(scheduler.drain(5s));
  EXPECT_EQ(scheduler.state().sentences, 0U);
}

}  // namespace
}  // namespace regard
