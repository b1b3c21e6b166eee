#include <new>

#include <nanobind/nanobind.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "regard/api/translator.h"
#include "regard/core/error.h"
#include "regard/metrics/make_metric.h"
#include "regard/run/bleu_tokenizer.h"
#include "regard/text/tokenizer.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace regard {
namespace {

using Lines = std::vector<std::string>;
using ReleaseGil = nb::call_guard<nb::gil_scoped_release>;

Translator* open_translator(void* place, const std::string& model, const std::string& precision,
                            int threads) {
  return new (place) Translator(model, OpenOptions{precision, threads});
}

std::vector<std::vector<TranslationResult>> translate_details(const Translator& translator,
                                                              const Lines& lines,
                                                              const TranslateOptions& options) {
  return translator.translate_details(lines, options);
}

MetricScore score_of(const Metric& metric, const Lines& hypotheses,
                     const std::vector<Lines>& references) {
  return corpus_score(metric, hypotheses, references);
}

MetricScore bleu(const Lines& hypotheses, const std::vector<Lines>& references,
                 const std::string& tokenize, const std::string& smooth, bool lowercase) {
  BleuOptions options;
  choose_tokenizer(tokenize, options);
  options.smoothing = parse_bleu_smoothing(smooth);
  options.is_lowercased = lowercase;
  return score_of(*make_bleu(options), hypotheses, references);
}

MetricScore chrf(const Lines& hypotheses, const std::vector<Lines>& references, int word_order) {
  ChrfOptions options;
  options.word_order = word_order;
  return score_of(*make_chrf(options), hypotheses, references);
}

MetricScore ter(const Lines& hypotheses, const std::vector<Lines>& references) {
  return score_of(*make_ter({}), hypotheses, references);
}

void bind_translator(nb::module_& module) {
  nb::class_<TranslationResult>(module, "Translation", "One translation of a line.")
      .def_ro("text", &TranslationResult::text)
      .def_ro("score", &TranslationResult::score, "Higher is better.")
      .def_ro("log_probability", &TranslationResult::log_probability)
      .def_ro("pieces", &TranslationResult::pieces, "Its subwords.")
      .def_ro("alignment", &TranslationResult::alignment,
              "Word of the source and word of the translation, counted from 0.")
      .def_ro("token_scores", &TranslationResult::token_scores,
              "Log-probabilities of its subwords and the end mark.");
  nb::class_<Translator>(module, "Translator",
                         "A model that translates. May be used by several threads at once.")
      .def(
          "__init__",
          [](Translator* self, const std::string& model, const std::string& precision,
             int threads) { open_translator(self, model, precision, threads); },
          "model"_a, nb::kw_only(), "precision"_a = "float32", "threads"_a = 0, ReleaseGil(),
          "Opens a model directory, a checkpoint inside one, or an ensemble \"A,B\". precision: "
          "float32, bfloat16, float16 or int8; threads of one call: 0 = all CPUs.")
      .def(
          "translate",
          [](const Translator& self, const std::string& line) { return self.translate(line); },
          "line"_a, ReleaseGil(), "The best translation of one line.")
      .def(
          "translate",
          [](const Translator& self, const Lines& lines) { return self.translate(lines); },
          "lines"_a, ReleaseGil(), "The best translations of lines, in their order.")
      .def(
          "translate_details",
          [](const Translator& self, const Lines& lines, int beam_size, int num_best,
             bool alignment, bool token_scores, const Lines& prefixes) {
            return translate_details(self, lines,
                                     {beam_size, num_best, alignment, token_scores, prefixes});
          },
          "lines"_a, nb::kw_only(), "beam_size"_a = 0, "num_best"_a = 1, "alignment"_a = false,
          "token_scores"_a = false, "prefixes"_a = Lines{}, ReleaseGil(),
          "All that is known of the translations: a list for each line, best first.")
      .def("score", &Translator::score, "sources"_a, "targets"_a, ReleaseGil(),
           "The log-probabilities of given translations.")
      .def_prop_ro("source_language", &Translator::source_language)
      .def_prop_ro("target_language", &Translator::target_language);
}

void bind_tokenizer(nb::module_& module) {
  nb::class_<Tokenizer>(module, "Tokenizer", "A SentencePiece model: text to subwords and back.")
      .def(
          "__init__",
          [](Tokenizer* self, const std::string& path) {
            new (self) Tokenizer(Tokenizer::load(path));
          },
          "path"_a, "Reads a .spm file.")
      .def(
          "encode",
          [](const Tokenizer& self, const std::string& text) { return self.encode(text); },
          "text"_a, "The ids of its subwords.")
      .def(
          "encode_pieces",
          [](const Tokenizer& self, const std::string& text) { return self.encode_pieces(text); },
          "text"_a, "Its subwords.")
      .def(
          "decode",
          [](const Tokenizer& self, const std::vector<std::int32_t>& ids) {
            return self.decode(ids);
          },
          "ids"_a)
      .def("piece", &Tokenizer::piece, "id"_a)
      .def(
          "id_of",
          [](const Tokenizer& self, const std::string& piece) { return self.id_of(piece); },
          "piece"_a)
      .def("__len__", &Tokenizer::size);
}

void bind_metrics(nb::module_& module) {
  nb::class_<MetricScore>(module, "Score", "The score of a corpus, with all that is reported.")
      .def_ro("name", &MetricScore::name)
      .def_ro("score", &MetricScore::score)
      .def_ro("signature", &MetricScore::signature, "As sacreBLEU writes it.")
      .def_ro("details", &MetricScore::details)
      .def("__str__", [](const MetricScore& self) { return to_string(self); });
  module.def("bleu", &bleu, "hypotheses"_a, "references"_a, nb::kw_only(), "tokenize"_a = "13a",
             "smooth"_a = "exp", "lowercase"_a = false, ReleaseGil(),
             "BLEU against one or more lists of references.");
  module.def("chrf", &chrf, "hypotheses"_a, "references"_a, nb::kw_only(), "word_order"_a = 0,
             ReleaseGil(), "chrF, or chrF++ with word_order=2.");
  module.def("ter", &ter, "hypotheses"_a, "references"_a, ReleaseGil(), "Translation edit rate.");
}

/// What the library throws becomes ValueError (the caller's mistake) or RuntimeError.
void translate_exception(const std::exception_ptr& pointer, void* /*payload*/) {
  try {
    std::rethrow_exception(pointer);
  } catch (const Error& error) {
    PyErr_SetString(error.kind() == ErrorKind::user ? PyExc_ValueError : PyExc_RuntimeError,
                    error.what());
  }
}

}  // namespace
}  // namespace regard

NB_MODULE(_regard, module) {
  module.doc() =
      "Translation with Regard's models, without Python's or anyone's deep-learning library.";
  nb::register_exception_translator(regard::translate_exception, nullptr);
  regard::bind_translator(module);
  regard::bind_tokenizer(module);
  regard::bind_metrics(module);
  module.def("version", &regard::library_version);
}
