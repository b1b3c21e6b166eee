#!/usr/bin/env python3
"""Compares Regard with transformers and ctranslate2 on the same weights and real text; prints a Markdown table.

Usage: interop_proof.py --regard build/regard --model RUN --data DIR [--lines 1000] [--beam 5]

RUN is a trained post-norm model with one vocabulary and tied tables; DIR holds test_2016_flickr.en and .de
(scripts/get_data.sh multi30k). Needs the packages of scripts/install_interop.sh, and build/tests/model_logits.
The model goes out to both programs; and in again, after its MarianMT directory was given the ids of an OPUS model.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/interop"))
os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error")
try:
    import safetensors.torch
    import torch

    import ct2_translate
    import hf_translate
except ImportError as error:
    sys.exit(f"{error}; install with scripts/install_interop.sh and run with .deps/interop/bin/python")
from regard_program import Regard, read_lines  # noqa: E402

LONGEST = 200  # subwords of a translation; both sides of a comparison stop there
LOGIT_LINES = 200
END, UNKNOWN, BEGIN, PAD = "</s>", "<unk>", "<s>", "<pad>"


def give_opus_ids(source, folder, seed=1):
    """Writes the MarianMT directory `source` with ids as in published models: end 0, unknown 1, pieces in any order,
    padding last, which starts the decoder. So its row is that of our <s>."""
    shutil.copytree(source, folder)
    old = json.loads((source / "vocab.json").read_text(encoding="utf-8"))
    pieces = sorted(set(old) - {END, UNKNOWN, BEGIN, PAD})
    random.Random(seed).shuffle(pieces)
    tokens = [END, UNKNOWN, *pieces, PAD]
    rows = torch.tensor([old[BEGIN if token == PAD else token] for token in tokens])
    tensors = safetensors.torch.load_file(source / "model.safetensors")
    tensors["model.shared.weight"] = tensors["model.shared.weight"][rows].contiguous()
    tensors["final_logits_bias"] = tensors["final_logits_bias"][:, rows].contiguous()
    safetensors.torch.save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    vocabulary = {token: i for i, token in enumerate(tokens)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    pad, size = vocabulary[PAD], len(tokens)
    roles = {"eos_token_id": 0, "bos_token_id": 0, "forced_eos_token_id": 0, "pad_token_id": pad,
             "decoder_start_token_id": pad, "bad_words_ids": [[1], [pad]]}
    for name, sizes in (("config.json", {"vocab_size": size, "decoder_vocab_size": size}),
                        ("generation_config.json", {})):
        config = json.loads((folder / name).read_text(encoding="utf-8"))
        (folder / name).write_text(json.dumps({**config, **roles, **sizes}), encoding="utf-8")


class Proof:
    """One model, moved to the other programs, and the rows of the table."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.regard = Regard(options.regard)
        self.logit_program = Regard(self.regard.path.parent / "tests/model_logits")
        self.model = pathlib.Path(options.model).resolve()
        data = pathlib.Path(options.data)
        self.lines = read_lines(data / "test_2016_flickr.en", options.lines)
        self.references = read_lines(data / "test_2016_flickr.de", options.lines)
        self.rows = []

    def bleu(self, lines):
        hypothesis, reference = self.folder / "hypothesis", self.folder / "reference"
        for path, text in ((hypothesis, lines), (reference, self.references)):
            path.write_text("".join(line + "\n" for line in text), encoding="utf-8")
        found = self.regard.succeed("evaluate", "--hypothesis", hypothesis, "--reference", reference, "--metrics",
                                    "bleu", "--json")
        return json.loads(found)[0]["score"]

    def add_row(self, name, search, ours, theirs, difference):
        """`difference`: the largest one of a logit or of a log-probability, as text."""
        same = sum(a == b for a, b in zip(ours, theirs, strict=True))
        self.rows.append((name, search, str(len(ours)), f"{100 * same / len(ours):.2f} %", f"{self.bleu(ours):.2f}",
                          f"{self.bleu(theirs):.2f}", difference))
        print("| " + " | ".join(self.rows[-1]) + " |", flush=True)
        for a, b in [pair for pair in zip(ours, theirs) if pair[0] != pair[1]][:self.options.show]:
            print(f"regard {a}\nother  {b}", file=sys.stderr)

    def ours(self, model, beams, stop):
        return self.regard.translate(model, self.lines, "--beam-size", beams, "--stop", stop, "--max-length", LONGEST,
                                     "--length-penalty", "average:1.0")

    def logits(self, model, source, lengths, target):
        given, found = self.folder / "ids.safetensors", self.folder / "logits.safetensors"
        safetensors.torch.save_file({"source": source.contiguous(), "source_lengths": lengths,
                                     "target": target.contiguous()}, given)
        self.logit_program.succeed(model, given, found)
        return safetensors.torch.load_file(found)["logits"]

    def logit_difference(self, model, reference):
        """Of all logits on references as decoder input; `model` has the ids of `reference`."""
        tokenizer, config = reference.tokenizer, reference.model.config
        inputs = tokenizer(self.lines[:LOGIT_LINES], return_tensors="pt", padding=True)
        rows = tokenizer(text_target=self.references[:LOGIT_LINES]).input_ids
        width = max(map(len, rows))
        target = torch.tensor([[config.decoder_start_token_id, *row[:-1]] + [config.pad_token_id] * (width - len(row))
                               for row in rows])
        real = torch.arange(width)[None, :] < torch.tensor([len(row) for row in rows])[:, None]
        lengths = inputs.attention_mask.sum(1)
        difference = (self.logits(model, inputs.input_ids, lengths, target) -
                      reference.logits(inputs.input_ids, lengths, target))[real].abs()
        return f"{difference.max().item():.1e} of {difference.numel():,} logits"

    def compare_transformers(self, name, model, directory):
        reference = hf_translate.Translator(directory)
        if reference.problems:
            raise RuntimeError(f"{directory}: {reference.problems}")
        difference = self.logit_difference(model, reference)
        for beams in (1, self.options.beam):
            theirs = reference.translate(self.lines, num_beams=beams, early_stopping=False, length_penalty=1.0,
                                         max_length=LONGEST + 2)
            self.add_row(name, search_name(beams), self.ours(model, beams, "attainable"), theirs, difference)

    def probability_difference(self, reference, directory):
        """Of the log-probabilities that ctranslate2 and Regard give to the tokens of the references. Regard's are
        taken without the tokens that the export holds down."""
        ids = {token: i for i, token in enumerate(json.loads((directory / "shared_vocabulary.json").read_text()))}
        lines, texts = self.lines[:LOGIT_LINES], self.references[:LOGIT_LINES]
        source = [reference.pieces(line) for line in lines]
        target = [reference.source.encode(text, out_type=str) for text in texts]
        scores = reference.translator.score_batch(source, target)
        rows = [[ids.get(token, ids[UNKNOWN]) for token in [*row, END]] for row in target]
        inputs = [[ids.get(token, ids[UNKNOWN]) for token in [*row, END][:len(row) + 1]] for row in source]
        pad = torch.nn.utils.rnn.pad_sequence
        decoder = pad([torch.tensor([ids[BEGIN], *row[:-1]]) for row in rows], batch_first=True)
        logits = self.logits(self.model, pad([torch.tensor(row) for row in inputs], batch_first=True),
                             torch.tensor([len(row) for row in inputs]), decoder)
        logits[:, :, [ids[PAD], ids[UNKNOWN], ids[BEGIN]]] = -10000.0
        probabilities = logits.log_softmax(-1)
        largest, count = 0.0, 0
        for i, (row, score) in enumerate(zip(rows, scores, strict=True)):
            for at, (token, theirs) in enumerate(zip(row, score.log_probs, strict=True)):
                if token != ids[UNKNOWN]:
                    largest, count = max(largest, abs(probabilities[i, at, token].item() - theirs)), count + 1
        return f"{largest:.1e} of {count:,} log-probabilities"

    def compare_ctranslate2(self, numbers):
        directory = self.folder / f"ct2_{numbers}"
        self.regard.succeed("export", "ctranslate2", self.model, directory, "--quantization", numbers)
        reference = ct2_translate.Translator(directory)
        difference = self.probability_difference(reference, directory)
        for beams in (1, self.options.beam):
            theirs = [str(text) for text in reference.translate(self.lines, beam_size=beams, max_length=LONGEST)]
            self.add_row(f"export ctranslate2, {numbers}", search_name(beams),
                         self.ours(self.model, beams, "finished"), theirs, difference)

    def run(self):
        out, opus, back = (self.folder / name for name in ("marian_hf", "opus", "imported"))
        self.regard.succeed("export", "marian-hf", self.model, out)
        self.compare_transformers("export marian-hf, transformers", self.model, out)
        give_opus_ids(out, opus)
        self.regard.succeed("import", "marian-hf", opus, back)
        self.compare_transformers("import marian-hf, transformers", back, opus)
        for numbers in ("float32", "int8"):
            self.compare_ctranslate2(numbers)


def search_name(beams):
    return "greedy" if beams == 1 else f"beam {beams}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--regard", default="build/regard")
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--lines", type=int, default=1000)
    parser.add_argument("--beam", type=int, default=5)
    parser.add_argument("--show", type=int, default=0, help="print so many unequal pairs of each comparison")
    options = parser.parse_args()
    print("| models | search | lines | same text | BLEU Regard | BLEU other | largest difference |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        Proof(options, pathlib.Path(folder)).run()


if __name__ == "__main__":
    main()
