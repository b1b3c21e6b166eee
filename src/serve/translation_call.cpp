#include "translation_call.h"

#include <algorithm>
#include <utility>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/serve/scheduler.h"

#include "http_status.h"

namespace regard {
namespace {

/// What the functions of a job work on.
struct WorkState {
  CallPointer call;
  TranslationWork work;
  std::vector<TranslatedText> texts;
  std::vector<std::pair<std::size_t, std::size_t>> places;  ///< text and part of each sentence
};

void take_result(WorkState& state, std::size_t sentence, SentenceResult result) {
  const auto [text, part] = state.places[sentence];
  TranslatedText& translated = state.texts[text];
  translated.results[part] = std::move(result);
  if (state.work.on_part) state.work.on_part(text, translated, part);
}

void end_work(WorkState& state, JobEnd end, const std::string& reason) {
  ServiceParts& parts = state.call->parts();
  if (end == JobEnd::expired) {
    state.work.on_failure(ApiError(http_status::kUnavailable, "The translation took too long",
                                   parts.scheduler->state().expected_wait));
    return;
  }
  if (end == JobEnd::failed) {
    parts.logger.error(reason);
    state.work.on_failure(
        ApiError(http_status::kFailed, "The translation failed; the server's log says why"));
    return;
  }
  std::size_t num_cut = 0;
  for (const TranslatedText& text : state.texts) {
    num_cut += static_cast<std::size_t>(std::count_if(
        text.results.begin(), text.results.end(), [](const auto& each) { return each.was_cut; }));
  }
  if (num_cut > 0) parts.metrics.add_cut_sentences(num_cut);
  state.work.on_done(state.texts);
}

std::shared_ptr<WorkState> make_state(const CallPointer& call, TranslationWork work,
                                      std::vector<std::string>& sentences) {
  auto state = std::make_shared<WorkState>();
  state->call = call;
  for (std::string& text : work.texts) {
    TranslatedText translated{std::move(text), {}, {}};
    translated.parts = part_ranges(translated.text, work.split);
    translated.results.resize(translated.parts.size());
    for (std::size_t part = 0; part < translated.parts.size(); ++part) {
      state->places.emplace_back(state->texts.size(), part);
      sentences.push_back(translated.sentence(part));
    }
    state->texts.push_back(std::move(translated));
  }
  state->work = std::move(work);
  return state;
}

void check_options(const TranslationBackend& backend, const TranslationWork& work) {
  try {
    backend.check(work.direction, work.options);
  } catch (const UserError& error) {
    const Problem& problem = error.problems().front();
    throw ApiError(http_status::kBadRequest, str("Invalid request: ", problem.what));
  }
}

}  // namespace

std::string TranslatedText::translation(std::size_t rank) const {
  std::vector<std::string_view> replacements;
  for (const SentenceResult& result : results) {
    const bool is_empty = result.best.empty();
    replacements.push_back(
        is_empty ? std::string_view()
                 : std::string_view(result.best[std::min(rank, result.best.size() - 1)].text));
  }
  return replace_parts(text, parts, replacements);
}

std::vector<TranslatedText> untranslated(const std::vector<std::string>& texts) {
  std::vector<TranslatedText> result;
  for (const std::string& text : texts)
    result.push_back({text, {}, {}});
  return result;
}

void start_translation(const CallPointer& call, std::shared_ptr<const TranslationBackend> backend,
                       TranslationWork work) {
  check_options(*backend, work);
  ServiceParts& parts = call->parts();
  Job job;
  job.backend = std::move(backend);
  job.direction = work.direction;
  job.options = work.options;
  job.deadline = std::chrono::steady_clock::now() + parts.options.request_time;
  const auto state = make_state(call, std::move(work), job.sentences);
  call->note_sentences(job.sentences.size());
  job.on_result = [state](std::size_t sentence, SentenceResult result) {
    take_result(*state, sentence, std::move(result));
  };
  job.on_end = [state](JobEnd end, const std::string& reason) { end_work(*state, end, reason); };
  Scheduler& scheduler = *parts.scheduler;
  const Scheduler::TicketPointer ticket = scheduler.submit(std::move(job));
  if (ticket == nullptr) {
    const SchedulerState now = scheduler.state();
    throw ApiError(http_status::kUnavailable,
                   now.is_draining ? "The server is shutting down" : "The server is busy",
                   now.expected_wait);
  }
  call->when_gone([call, ticket, &scheduler] {
    scheduler.cancel(ticket);
    call->note_gone();
  });
}

}  // namespace regard
