#pragma once

#include <string>
#include <utility>
#include <vector>

#include "regard/model/seq2seq.h"
#include "regard/tensor/torch.h"

#include "support/tensor_near.h"
#include "support/tiny_model.h"

/// Models with recurrent decoders, of every kind that the options allow.
namespace regard::test {

inline constexpr std::int64_t kVocabulary = 13;
inline constexpr std::int64_t kDim = 8;
inline constexpr double kExact = 1e-10;

/// Two bidirectional layers whose states are as wide as the decoder's.
inline EncoderOptions encoder_of(CellKind cell, std::int64_t hidden = kDim / 2) {
  SublayerOptions sublayer;
  sublayer.rnn = RnnOptions{cell, hidden, true, DirectionMerge::concat};
  sublayer.combine = Combine::replace;
  EncoderOptions encoder;
  encoder.blocks = BlocksOptions{2, NormPlacement::none, {sublayer}};
  return encoder;
}

inline DecoderOptions decoder_of(CellKind cell, std::int64_t layers, Attend attend,
                                 bool is_feeding = false) {
  DecoderOptions decoder;
  decoder.kind = DecoderKind::rnn;
  decoder.cell = cell;
  decoder.layers = layers;
  decoder.attend = attend;
  decoder.input_feeding = is_feeding;
  decoder.attention.emplace().score = "additive";
  return decoder;
}

inline ModelOptions options_of(const DecoderOptions& decoder) {
  ModelOptions options;
  options.dim = kDim;
  options.position = PositionKind::none;
  options.dropout = {0.0, 0.0, 0.0, 0.0};
  options.encoder = encoder_of(decoder.cell);
  options.decoder = decoder;
  return options;
}

/// In float64, all values drawn at random.
inline Seq2Seq random_model(const ModelOptions& options, std::uint64_t seed = 3) {
  at::set_num_threads(1);
  Seq2Seq model = make_model(options, kVocabulary, kVocabulary, seed);
  randomise_parameters(*model, seed);
  return model;
}

using Cases = std::vector<std::pair<std::string, ModelOptions>>;

inline void add_case(Cases& all, const ModelOptions& options) {
  const DecoderOptions& d = *options.decoder;
  std::string name = config::word_of(d.cell) + " " + std::to_string(d.layers) + " attend " +
                     config::word_of(d.attend) + (d.input_feeding ? " feeding " : " ") +
                     config::word_of(d.bridge) + " " + config::word_of(d.readout);
  name += d.attention ? " " + d.attention->score + " " + d.attention->align : " no attention";
  if (d.attention && d.attention->align == "hard")
    name += " " + config::word_of(d.attention->hard.select);
  all.emplace_back(name, options);
}

struct Timing {
  Attend attend;
  bool is_feeding;
};
inline constexpr Timing kTimings[] = {
    {Attend::before, false}, {Attend::after, false}, {Attend::after, true}};

/// Every way the steps may go, with the additive score.
inline Cases step_cases() {
  Cases all;
  for (const CellKind cell : {CellKind::gru, CellKind::lstm}) {
    for (const std::int64_t layers : {1, 2}) {
      for (const Timing& timing : kTimings) {
        for (const Bridge bridge : config::enum_table<Bridge>().values) {
          for (const Readout readout : config::enum_table<Readout>().values) {
            DecoderOptions decoder = decoder_of(cell, layers, timing.attend, timing.is_feeding);
            decoder.bridge = bridge;
            decoder.readout = readout;
            add_case(all, options_of(decoder));
          }
        }
      }
    }
  }
  return all;
}

inline AttentionOptions attention_of(const std::string& score, const std::string& align) {
  AttentionOptions attention;
  attention.score = score;
  attention.align = align;
  if (align.starts_with("local")) attention.window = 2;
  if (score == "location") attention.max_source = 5;
  return attention;
}

/// Every score and alignment, at every time.
inline Cases attention_cases() {
  Cases all;
  for (const Timing& timing : kTimings) {
    for (const std::string& score : score_names()) {
      for (const std::string& align : align_names()) {
        for (const HardSelection select : config::enum_table<HardSelection>().values) {
          if (align != "hard" && select != HardSelection::sample) continue;
          DecoderOptions decoder = decoder_of(CellKind::gru, 1, timing.attend, timing.is_feeding);
          decoder.attention = attention_of(score, align);
          if (align == "hard") decoder.attention->hard.select = select;
          add_case(all, options_of(decoder));
        }
      }
    }
  }
  return all;
}

/// Without attention; with several heads, fewer of them for keys, or one for each feature; with
/// clipped scores; with widths that all differ.
inline Cases other_cases() {
  Cases all;
  for (const bool is_feeding : {false, true}) {
    DecoderOptions decoder = decoder_of(CellKind::lstm, 2, Attend::after, is_feeding);
    decoder.attention.reset();
    add_case(all, options_of(decoder));
  }
  AttentionOptions one = attention_of("additive", "softmax");
  AttentionOptions two = one;
  two.heads = 2;
  AttentionOptions shared = attention_of("scaled_dot", "softmax");
  shared.heads = 2;
  shared.key_value_heads = 1;
  AttentionOptions clipped = attention_of("general", "local_m");
  clipped.clip = 2.0;
  AttentionOptions features = one;
  features.granularity = Granularity::feature;
  AttentionOptions clipped_features = features;
  clipped_features.clip = 5.0;
  for (const Timing& timing : kTimings) {
    DecoderOptions decoder = decoder_of(CellKind::lstm, 2, timing.attend, timing.is_feeding);
    decoder.hidden = 10;
    for (const auto& attention : {one, two, shared, clipped, features, clipped_features}) {
      decoder.attention = attention;
      ModelOptions options = options_of(decoder);
      options.encoder = encoder_of(CellKind::gru, 3);
      add_case(all, options);
    }
  }
  return all;
}

inline Cases all_cases() {
  Cases all = step_cases();
  for (const Cases& more : {attention_cases(), other_cases()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

inline torch::Tensor full_pass(Seq2Seq& model, const TokenRows& sources, const TokenRows& targets,
                               const ForwardContext& context = {},
                               std::vector<AttentionRecord>* records = nullptr) {
  return model->decode(decoder_inputs_of(targets), model->encode(sources_of(sources), context),
                       context, records);
}

}  // namespace regard::test
