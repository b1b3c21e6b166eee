"""Translates with ctranslate2, as a user of one of its model directories does."""
import json

import ctranslate2
import sentencepiece


class Translator:
    """A CTranslate2 directory with source.spm and target.spm, which may lie in another folder.

    Options of translate_batch are set so that it searches as Regard does: by default it returns no empty translation,
    and knows no end but its own.
    """

    def __init__(self, folder, pieces=None, says_unknown=True):
        self.says_unknown = says_unknown
        self.translator = ctranslate2.Translator(str(folder), inter_threads=1, intra_threads=1)
        files = [str((pieces or folder) / f"{side}.spm") for side in ("source", "target")]
        self.source, self.target = (sentencepiece.SentencePieceProcessor(model_file=file) for file in files)
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self.end = [] if config["add_source_eos"] else [config["eos_token"]]

    def pieces(self, line):
        """A leading language code is one token, as MarianTokenizer has it."""
        code = line[:line.index("<<") + 2] if line.startswith(">>") and "<<" in line else ""
        return ([code] if code else []) + self.source.encode(line[len(code):], out_type=str) + self.end

    def tokens(self, lines, beam_size=1, max_length=40):
        found = self.translator.translate_batch(
            [self.pieces(line) for line in lines], beam_size=beam_size, max_decoding_length=max_length,
            min_decoding_length=0, length_penalty=1.0, max_batch_size=16, disable_unk=not self.says_unknown)
        return [result.hypotheses[0] for result in found]

    def translate(self, lines, **options):
        return [self.target.decode(tokens) for tokens in self.tokens(lines, **options)]
