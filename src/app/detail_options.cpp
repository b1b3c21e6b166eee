#include "detail_options.h"

namespace regard {

void add_detail_options(cli::Command& command, DetailOptions& details) {
  command
      .option("--alignments", details.alignments,
              "Write word alignments, source-target pairs such as 0-0 1-2, one line per "
              "translation (Pharaoh format).")
      .file();
  command.option("--alignment-unit", details.alignment_unit,
                 "Unit of links: word = the words of the text as given, separated by white space; "
                 "piece = the subwords of the vocabulary, for text without spaces.");
  command.option("--alignment-layer", details.alignment_layer,
                 "Decoder block that alignments are read from, numbered from 0; default: all, or "
                 "the attention trained with training.guided_alignment.",
                 config::between(0, 255));
  command.option("--alignment-head", details.alignment_head,
                 "Its attention head, numbered from 0; all if not given.",
                 config::between(0, 1023));
  command
      .option("--pieces", details.pieces,
              "Write the subwords that links and piece scores refer to, one line per translation: "
              "those of the source, a tab, those of the translation.")
      .file();
  command.flag("--word-scores", details.has_word_scores,
               "Add the log-probability of each word and of the end of the sentence.");
  command
      .flag("--piece-scores", details.has_piece_scores,
            "The same for each subword, as --pieces shows them.")
      .excludes("--word-scores");
}

}  // namespace regard
