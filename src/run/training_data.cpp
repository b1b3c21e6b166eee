#include "regard/run/training_data.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/tensor/torch.h"

#include "run/own_links.h"

namespace regard {

void check_epoch(const Corpus& corpus) {
  double pairs = 0;
  for (const WeightedRange& range : corpus.ranges())
    pairs += range.weight * static_cast<double>(range.end - range.begin);
  if (pairs >= 1.0) return;
  throw UserError(
      str("data.train: the weights leave ", format_shortest(pairs), " examples per epoch"),
      "raise data.train[0].weight");
}

Corpus load_training(const Config& config, const TokenizerPair& tokenizers,
                     const std::filesystem::path& cache, Logger& logger, const StopFlag& stop) {
  CorpusLoading loading = training_loading(config.data);
  loading.keep_text = config.vocabulary.sampling.alpha > 0.0;
  loading.cache_folder = cache;
  loading.stop = &stop;
  loading.on_progress = [&](std::int64_t pairs) {
    logger.status(str("reading: ", with_thousands(pairs), " pairs"));
  };
  std::vector<CorpusFiles> files = training_files(config.data);
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!uses_links(config, config.data.train[i])) files[i].alignments.clear();
  }
  OwnLinks links(cache, at::get_num_threads(), {logger, stop});
  links.add_to(files);
  Corpus corpus = Corpus::load(files, tokenizers.source, tokenizers.target, loading);
  logger.status("");
  logger.info(str("training data: ", to_string(corpus.report().total)));
  check_epoch(corpus);
  return corpus;
}

BatchStreamOptions stream_options(const Config& config, Profile* profile) {
  BatchStreamOptions options;
  options.plan = {config.training.batch_tokens, config.data.pool_batches, config.data.shuffle};
  options.seed = static_cast<std::uint64_t>(config.seed);
  options.profile = profile;
  return options;
}

StreamPosition same_share(const Corpus& corpus, const BatchStreamOptions& options,
                          StreamPosition position, std::int64_t batch_tokens) {
  const auto batches = [&](std::int64_t tokens) {
    PlanOptions plan = options.plan;
    plan.batch_tokens = tokens;
    return plan_epoch(corpus.lengths(), corpus.ranges(), plan, options.seed, position.epoch).size();
  };
  const double share = static_cast<double>(position.batch) /
                       static_cast<double>(std::max<std::int64_t>(1, batches(batch_tokens)));
  position.batch = std::llround(share * static_cast<double>(batches(options.plan.batch_tokens)));
  return position;
}

std::string batches_text(const Corpus& corpus, const BatchStreamOptions& options) {
  const BatchPlan plan =
      plan_epoch(corpus.lengths(), corpus.ranges(), options.plan, options.seed, 0);
  return str("batches: ", with_thousands(plan.size()), " of at most ",
             with_thousands(options.plan.batch_tokens), " subwords an epoch, ",
             format_fixed(100.0 * padding_share(plan, corpus.lengths()), 1), " % padding");
}

}  // namespace regard
