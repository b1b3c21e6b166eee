#include "regard/layers/layer_options.h"

#include <stdexcept>

#include "regard/attention/facts.h"
#include "regard/config/divides.h"
#include "regard/core/strings.h"
#include "regard/layers/sublayer_kind.h"

namespace regard {

NormPlacement resolve(SublayerNorm own, NormPlacement of_blocks) {
  switch (own) {
    case SublayerNorm::inherit:
      return of_blocks;
    case SublayerNorm::pre:
      return NormPlacement::pre;
    case SublayerNorm::post:
      return NormPlacement::post;
    case SublayerNorm::none:
      return NormPlacement::none;
  }
  throw std::logic_error("unknown norm placement");
}

std::int64_t inner_width(const FeedForwardOptions& options, std::int64_t dim) {
  constexpr std::int64_t kUsualFactor = 4;  // Vaswani et al. 2017
  return options.hidden > 0 ? options.hidden : kUsualFactor * dim;
}

void ConvOptions::check(const Self& o, config::Checks& checks) {
  for (std::size_t i = 0; i < o.kernels.size(); ++i) {
    const std::int64_t kernel = o.kernels[i];
    const std::string path = str("kernels[", i, "]");
    if (kernel < 1 || kernel > 1023) {
      checks.fail(path, str(kernel, " is not a valid kernel width"), "use 1 to 1023");
    } else if (kernel % 2 == 0 && !o.causal) {
      checks.fail(path, str(kernel, " has no center"),
                  str("use ", kernel + 1, ", or causal: true"));
    }
  }
}

void SublayerOptions::check(const Self& o, config::Checks& checks) {
  std::vector<std::string> names;
  int chosen = 0;
  for (const SublayerKind& kind : sublayer_kinds()) {
    names.push_back(kind.name);
    chosen += kind.is_chosen(o) ? 1 : 0;
  }
  if (chosen == 1) return;
  checks.fail("", str("a sublayer must be exactly one of ", join(names, ", ")),
              "write one of them, for example {ffn: {hidden: 2048}}");
}

void check_cross_attention(const AttentionOptions& attention, const std::string& path,
                           config::Checks& checks) {
  if (attention.mask != AttentionMask::none) {
    checks.fail(path + ".mask",
                str(config::word_of(attention.mask), " has no meaning over another sequence"),
                "use none");
  }
  if (attention.position != "none") {
    checks.fail(path + ".position",
                str(attention.position, " has no meaning over another sequence"), "use none");
  }
}

std::int64_t output_width(const SublayerOptions& options, const SublayerWidths& widths) {
  return kind_of(options).output_width(options, widths);
}

std::int64_t output_width(const BlocksOptions& options, const SublayerWidths& widths) {
  SublayerWidths current = widths;
  for (std::int64_t i = 0; i < options.repeat; ++i) {
    for (const SublayerOptions& sublayer : options.sublayers)
      current.in = output_width(sublayer, current);
  }
  return current.in;
}

BlocksOptions resolved(BlocksOptions options, const SublayerWidths& widths) {
  const BlocksOptions given = options;
  SublayerWidths current = widths;
  for (std::int64_t i = 0; i < given.repeat; ++i) {
    for (std::size_t k = 0; k < given.sublayers.size(); ++k) {
      SublayerOptions& sublayer = options.sublayers[k];
      if (i == 0 && sublayer.self_attention)
        sublayer.self_attention = resolved(*sublayer.self_attention);
      if (i == 0 && sublayer.cross_attention)
        sublayer.cross_attention = resolved(*sublayer.cross_attention);
      if (sublayer.ffn) {
        const FeedForwardOptions& network = *given.sublayers[k].ffn;
        const std::int64_t hidden = inner_width(network, current.in);
        sublayer.ffn->hidden = i == 0 || hidden == sublayer.ffn->hidden ? hidden : network.hidden;
      }
      current.in = output_width(given.sublayers[k], current);
    }
  }
  return options;
}

namespace {

/// Reports the failures of one sublayer; true if there are any.
bool check_attention_widths(const AttentionOptions& given, const SublayerWidths& widths,
                            const std::string& path, config::Checks& checks) {
  const std::size_t before = checks.failures().size();
  const AttentionOptions options = resolved(given);
  if (!config::check_divides(checks, path + ".heads", options.heads, "model.dim", widths.in))
    return true;
  const std::int64_t head_dim = widths.in / options.heads;
  if (attention::facts_of_position(options.position).turns_pairs && head_dim % 2 != 0) {
    checks.fail(
        path + ".position",
        str(options.position, " rotates pairs of features, but a head has ", head_dim, " features"),
        "use a different number of heads or a different model.dim");
  }
  const bool has_product = attention::facts_of_score(options.score).is_product;
  const bool is_unequal = widths.source != 0 && widths.source != widths.in;
  if (options.project == AttentionProjection::none && is_unequal && has_product) {
    checks.fail(path + ".score",
                str(options.score, " requires queries and keys of the same width, not ", widths.in,
                    " and ", widths.source),
                "use score: general, or project: qkv");
  }
  return checks.failures().size() > before;
}

bool check_sublayer_widths(const SublayerOptions& sublayer, const SublayerWidths& widths,
                           const std::string& path, config::Checks& checks) {
  const std::size_t before = checks.failures().size();
  const SublayerKind& kind = kind_of(sublayer);
  if (const AttentionOptions* attention = kind.attention(sublayer)) {
    check_attention_widths(*attention, {widths.in, kind.needs_source ? widths.source : 0},
                           str(path, ".", kind.name), checks);
  }
  const std::int64_t out = output_width(sublayer, widths);
  if (out != widths.in && sublayer.combine != Combine::replace) {
    const bool is_residual = sublayer.combine == Combine::residual;
    checks.fail(path + ".combine",
                str(is_residual ? "residual" : "fusion",
                    " requires an output as wide as the input, ", widths.in, ", not ", out),
                "use combine: replace, or other widths");
  }
  return checks.failures().size() > before;
}

}  // namespace

void check_widths(const BlocksOptions& options, SublayerWidths widths, const std::string& path,
                  config::Checks& checks) {
  std::vector<bool> has_failed(options.sublayers.size(), false);
  for (std::int64_t i = 0; i < options.repeat; ++i) {
    for (std::size_t k = 0; k < options.sublayers.size(); ++k) {
      const SublayerOptions& sublayer = options.sublayers[k];
      if (!has_failed[k]) {
        has_failed[k] =
            check_sublayer_widths(sublayer, widths, str(path, ".sublayers[", k, "]"), checks);
      }
      // A width that is wrong already is not carried on.
      if (!has_failed[k]) widths.in = output_width(sublayer, widths);
    }
  }
}

}  // namespace regard
