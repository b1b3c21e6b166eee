"""Translates with ctranslate2, as a user of one of its model directories does."""
import json

import ctranslate2
import sentencepiece

CLOSE = 0.01  # as a share of the score


def text_of(tokens):
    """The pieces as text. The target's SentencePiece model does not know all of them where both sides share ids."""
    text = "".join(tokens).replace("▁", " ")
    return text.strip(" ")


class Translator:
    """A CTranslate2 directory with source.spm, which may lie in another folder.

    Options of translate_batch are set so that it searches as Regard does: by default it returns no empty translation,
    and divides the score by a length without the end mark.
    """

    def __init__(self, folder, pieces=None, says_unknown=True, compute_type="default"):
        self.says_unknown = says_unknown
        self.translator = ctranslate2.Translator(str(folder), inter_threads=1, intra_threads=1, compute_type=compute_type)
        file = (pieces or folder) / "source.spm"
        self.source = sentencepiece.SentencePieceProcessor(model_file=str(file))
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self.end = config["eos_token"]
        self.adds_end = config["add_source_eos"]

    def pieces(self, line):
        """A leading language code is one token, as MarianTokenizer has it."""
        code = line[:line.index("<<") + 2] if line.startswith(">>") and "<<" in line else ""
        end = [] if self.adds_end else [self.end]
        return ([code] if code else []) + self.source.encode(line[len(code):], out_type=str) + end

    def search(self, lines, beam_size=1, max_length=40, **options):
        return self.translator.translate_batch(
            [self.pieces(line) for line in lines], beam_size=beam_size, max_decoding_length=max_length,
            min_decoding_length=0, length_penalty=1.0, max_batch_size=16, disable_unk=not self.says_unknown,
            return_end_token=True, **options)

    def tokens(self, lines, beam_size=1, max_length=40):
        """Lists of pieces; the end mark is there unless the length limit cut the translation off."""
        return [result.hypotheses[0] for result in self.search(lines, beam_size, max_length)]

    def is_tie(self, line, text, beam_size, max_length):
        """Whether the search finds `text` too, with nearly the score of the best. Probabilities differ a little:
        ctranslate2 takes tokens that must not be said out of the sum, Regard only out of the choice."""
        found = (self.alternatives(line, text, max_length) if beam_size == 1 else
                 self.search([line], beam_size, max_length, num_hypotheses=beam_size, return_scores=True)[0])
        near = found.scores[0] - CLOSE * abs(found.scores[0])
        return any(score >= near and text_of([token for token in tokens if token != self.end]) == text
                   for tokens, score in zip(found.hypotheses, found.scores))

    def alternatives(self, line, text, max_length):
        """Greedy search has one result. Where that leaves `text`, these are the results of the next best tokens."""
        best = self.search([line], 1, max_length, return_scores=True)[0].hypotheses[0]
        shared = max(count for count in range(len(best)) if text.startswith(text_of(best[:count])))
        return self.search([line], 1, max_length, target_prefix=[best[:shared]], return_alternatives=True,
                           num_hypotheses=4, min_alternative_expansion_prob=0, return_scores=True)[0]

    def translate(self, lines, beam_size=1, **options):
        """The text of each line; None where the length limit cut it off in a beam search: what ctranslate2 does with
        hypotheses at the limit differs from Regard, which ends them."""
        return [text_of([token for token in tokens if token != self.end])
                if beam_size == 1 or tokens[-1:] == [self.end] else None
                for tokens in self.tokens(lines, beam_size, **options)]
