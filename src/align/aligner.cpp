#include "regard/align/aligner.h"

#include <cmath>
#include <string>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"

#include "align/align_state.h"
#include "align/blocks.h"
#include "align/pair_posteriors.h"
#include "align/pair_table.h"

namespace regard {
namespace {

constexpr std::int64_t kPairsInBlock = 256;

std::string_view name_of(PassKind kind) {
  switch (kind) {
    case PassKind::lexical:
      return "IBM 1";
    case PassKind::diagonal:
      return "diagonal";
    case PassKind::hmm:
      return "HMM";
  }
  return "";
}

void check_options(const AlignOptions& options) {
  const auto require = [](bool claim, const char* what, const char* fix) {
    if (!claim) throw UserError(what, fix);
  };
  const bool has_passes =
      options.lexical_passes >= 0 && options.diagonal_passes >= 0 && options.hmm_passes >= 0;
  require(has_passes && options.lexical_passes + options.diagonal_passes + options.hmm_passes > 0,
          "an alignment needs at least one pass over the text", "use 2, 3 and 4 passes");
  require(options.null > 0 && options.null < 1,
          "the probability of a word without a counterpart is not between 0 and 1", "use 0.08");
  require(options.tension >= 0 && options.tension <= 1000, "the tension is not between 0 and 1000",
          "use 4");
  require(options.alpha >= 0 && options.alpha <= 1000, "alpha is not between 0 and 1000",
          "use 0.01");
}

std::vector<PassKind> passes_of(const AlignOptions& options) {
  std::vector<PassKind> passes(options.lexical_passes, PassKind::lexical);
  passes.insert(passes.end(), options.diagonal_passes, PassKind::diagonal);
  passes.insert(passes.end(), options.hmm_passes, PassKind::hmm);
  return passes;
}

/// All that a state depends on. A change of what passes compute needs another first number.
std::uint64_t key_of(const ParallelText& text, const AlignOptions& options) {
  const std::string all = str("1 ", to_hex(text.fingerprint), " ", text.source.num_tokens(), " ",
                              text.source.words().num_forms(), " ", options.lexical_passes, " ",
                              options.diagonal_passes, " ", options.hmm_passes, " ",
                              format_shortest(options.null), " ", format_shortest(options.tension),
                              " ", format_shortest(options.alpha), " ", options.max_table_bytes);
  return fingerprint(all);
}

const AlignOptions& checked(const AlignOptions& options) {
  check_options(options);
  return options;
}

}  // namespace

struct Aligner::Impl {
  Impl(const ParallelText& given, const AlignOptions& chosen)
      : text(given),
        options(checked(chosen)),
        passes(passes_of(chosen)),
        table(given, {chosen.num_threads, chosen.max_table_bytes}) {
    state.key = key_of(given, chosen);
    state.jumps.fill(JumpTable::at_first());
  }

  PassKind next_pass() const { return passes.at(state.num_passes_done); }

  bool run_pass(const StopFlag* stop, const OnProgress& on_progress);
  void finish_pass(PassKind kind, const std::vector<PairPosteriors>& threads);

  const ParallelText& text;
  AlignOptions options;
  std::vector<PassKind> passes;
  PairTable table;
  AlignState state;
};

bool Aligner::Impl::run_pass(const StopFlag* stop, const OnProgress& on_progress) {
  const PassKind kind = next_pass();
  std::vector<PairPosteriors> threads(options.num_threads);
  // A sum for each block, added up in their order.
  std::vector<std::array<double, 2>> sums(text.num_pairs() / kPairsInBlock + 1, {0, 0});
  BlockPlan plan{text.num_pairs(), kPairsInBlock, options.num_threads};
  plan.on_progress = [&](std::int64_t done) {
    if (on_progress) {
      on_progress({static_cast<int>(state.num_passes_done) + 1, static_cast<int>(passes.size()),
                   name_of(kind), done, text.num_pairs()});
    }
    return stop == nullptr || !stop->is_requested();
  };
  const bool is_done = run_blocks(plan, [&](const Block& block) {
    PairPosteriors& mine = threads[block.thread];
    std::array<double, 2>& sum = sums[block.begin / kPairsInBlock];
    for (std::int64_t pair = block.begin; pair < block.end; ++pair) {
      if (!mine.load(text, pair, table)) continue;
      mine.compute(kind, state.jumps, options);
      mine.count(table);
      sum[0] += mine.log_probability[0];
      sum[1] += mine.log_probability[1];
    }
  });
  if (!is_done) return false;
  state.entropy = {0, 0};
  for (const std::array<double, 2>& sum : sums) {
    state.entropy[0] -= sum[0] / std::log(2);
    state.entropy[1] -= sum[1] / std::log(2);
  }
  finish_pass(kind, threads);
  return true;
}

void Aligner::Impl::finish_pass(PassKind kind, const std::vector<PairPosteriors>& threads) {
  table.estimate(options.alpha, options.num_threads);
  if (kind == PassKind::hmm) {
    for (std::size_t direction = 0; direction < state.jumps.size(); ++direction) {
      JumpCounts all;
      for (const PairPosteriors& thread : threads)
        all.add(thread.jump_counts[direction]);
      state.jumps[direction] = all.estimate();
    }
  }
  ++state.num_passes_done;
}

Aligner::Aligner(const ParallelText& text, const AlignOptions& options)
    : impl_(std::make_unique<Impl>(text, options)) {}

Aligner::~Aligner() = default;

int Aligner::num_passes() const {
  return static_cast<int>(impl_->passes.size());
}

int Aligner::num_passes_done() const {
  return static_cast<int>(impl_->state.num_passes_done);
}

std::uint64_t Aligner::num_table_bytes() const {
  return impl_->table.num_bytes();
}

std::int64_t Aligner::num_table_pairs() const {
  return impl_->table.num_pairs();
}

std::int64_t Aligner::num_pairs_left_out() const {
  return impl_->table.num_left_out();
}

bool Aligner::run_pass(const StopFlag* stop, const OnProgress& on_progress) {
  return impl_->run_pass(stop, on_progress);
}

double Aligner::forward_entropy() const {
  return impl_->state.entropy[0] / static_cast<double>(impl_->text.target.num_tokens());
}

double Aligner::reverse_entropy() const {
  return impl_->state.entropy[1] / static_cast<double>(impl_->text.source.num_tokens());
}

std::vector<DirectedLinks> Aligner::links(std::int64_t begin, std::int64_t count) const {
  constexpr std::int64_t kInBlock = 16;
  std::vector<DirectedLinks> all(count);
  std::vector<PairPosteriors> threads(impl_->options.num_threads);
  const PassKind kind = impl_->passes.back();
  run_blocks({count, kInBlock, impl_->options.num_threads}, [&](const Block& block) {
    PairPosteriors& mine = threads[block.thread];
    for (std::int64_t i = block.begin; i < block.end; ++i) {
      if (!mine.load(impl_->text, begin + i, impl_->table)) continue;
      mine.compute(kind, impl_->state.jumps, impl_->options);
      all[i] = mine.best_links();
    }
  });
  return all;
}

void Aligner::save(const std::filesystem::path& path) const {
  std::vector<std::span<const float>> values;
  for (const std::span<float> part : impl_->table.values())
    values.emplace_back(part);
  write_align_state(path, impl_->state, values);
}

bool Aligner::restore(const std::filesystem::path& path) {
  std::error_code none;
  if (!std::filesystem::exists(path, none)) return false;
  impl_->state =
      read_align_state(path, impl_->state.key, impl_->passes.size(), impl_->table.values());
  return true;
}

}  // namespace regard
