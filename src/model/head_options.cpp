#include "regard/model/head_options.h"

#include <set>

#include "regard/core/strings.h"
#include "regard/layers/sublayer_kind.h"

namespace regard {

void HeadOptions::check(const Self& o, config::Checks& checks) {
  if (o.interact) {
    check_cross_attention(*o.interact, "interact", checks);
    if (draws_keys(*o.interact))
      checks.fail("interact.hard.select", "sample is of rnn decoders alone", "use gumbel");
    if (o.interact->granularity == Granularity::feature) {
      checks.fail("interact.granularity", "words are linked by heads, not by features",
                  "leave it out");
    }
  } else {
    if (o.compose) checks.fail("compose", "has no compared words to read", "add interact");
    if (o.compare_hidden > 0) checks.fail("compare_hidden", "has no effect", "add interact");
  }
  if (std::set<ComparedPart>(o.compare.begin(), o.compare.end()).size() < o.compare.size())
    checks.fail("compare", "names something twice", "name each once");
  if (!o.compose) return;
  for (std::size_t i = 0; i < o.compose->sublayers.size(); ++i) {
    const SublayerOptions& sublayer = o.compose->sublayers[i];
    const std::string path = str("compose.sublayers[", i, "]");
    const SublayerKind& kind = kind_of(sublayer);
    if (kind.needs_source) {
      checks.fail(str(path, ".", kind.name), "has no source to attend to", "use self_attention");
    } else {
      kind.check(sublayer, path, checks);
    }
  }
}

HeadOptions resolved(HeadOptions options, std::int64_t width) {
  if (options.pool) options.pool = resolved(*options.pool);
  if (options.interact) options.interact = resolved(*options.interact);
  if (options.compose) {
    const std::int64_t in =
        options.compare_hidden > 0 ? options.compare_hidden : compared_width(options, width);
    options.compose = resolved(*options.compose, {in, 0});
  }
  return options;
}

std::int64_t compared_width(const HeadOptions& options, std::int64_t width) {
  const std::size_t parts = options.compare.empty() ? 4 : options.compare.size();
  return width * static_cast<std::int64_t>(parts);
}

}  // namespace regard
