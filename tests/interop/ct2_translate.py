"""Translates with ctranslate2, as a user of one of its model directories does."""
import json

import ctranslate2
import sentencepiece


def text_of(tokens):
    """The pieces as text. The target's SentencePiece model does not know all of them where both sides share ids."""
    text = "".join(tokens).replace("▁", " ")
    return text.strip(" ")


class Translator:
    """A CTranslate2 directory with source.spm, which may lie in another folder.

    Options of translate_batch are set so that it searches as Regard does: by default it returns no empty translation,
    and divides the score by a length without the end mark.
    """

    def __init__(self, folder, pieces=None, says_unknown=True):
        self.says_unknown = says_unknown
        self.translator = ctranslate2.Translator(str(folder), inter_threads=1, intra_threads=1)
        file = (pieces or folder) / "source.spm"
        self.source = sentencepiece.SentencePieceProcessor(model_file=str(file))
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self.end = config["eos_token"]
        self.adds_end = config["add_source_eos"]

    def pieces(self, line):
        """A leading language code is one token, as MarianTokenizer has it."""
        code = line[:line.index("<<") + 2] if line.startswith(">>") and "<<" in line else ""
        return ([code] if code else []) + self.source.encode(line[len(code):], out_type=str) + ([] if self.adds_end else [self.end])

    def tokens(self, lines, beam_size=1, max_length=40):
        """Lists of pieces; the end mark is there unless the length limit cut the translation off."""
        found = self.translator.translate_batch(
            [self.pieces(line) for line in lines], beam_size=beam_size, max_decoding_length=max_length,
            min_decoding_length=0, length_penalty=1.0, max_batch_size=16, disable_unk=not self.says_unknown,
            return_end_token=True)
        return [result.hypotheses[0] for result in found]

    def translate(self, lines, **options):
        """The text of each line; None where the length limit cut it off."""
        return [text_of(tokens[:-1]) if tokens[-1:] == [self.end] else None for tokens in self.tokens(lines, **options)]
