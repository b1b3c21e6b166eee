#!/usr/bin/env python3
"""Vocabularies as a user meets them: normalisation, sizes, tags, fine-tuning with other pieces, ensembles, useless keys.

Usage: vocabulary_test.py PATH_OF_REGARD. Prints what it checks; exits 1 if anything failed.
"""
import json
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile
import zipfile

from checks import Checks

PROGRAM = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/regard").resolve()
WORDS = "alfa bravo delta echo golf hotel india kilo lima mike oscar papa romeo sierra".split()
CONFIG = """\
output: none
data: {source: xx, target: yy, train: [{source: s, target: t}]}
model: {dim: 16, layers: 1, heads: 2, feed_forward: 32, norm: post}
training: {batch_tokens: 400, schedule: {type: constant, warmup: 0}, max_updates: 1}
validation: {every: 0}
"""
# Full-width marks, the zero-width non-joiner of Persian, the joiner of Sinhala, compatibility characters, a mark of direction.
ODD = ["你好，世界！真的吗？", "می\u200cخواهم کتاب\u200cها را بخوانم.", "ශ්\u200dරී ලංකා", "A … B ½ № ™ x²", "שלום\u200f.",
       "Donau\u00addampf"]


class Workplace:
    """A temporary folder with corpora, where commands run."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        rng = random.Random(4)
        lines = [[rng.choice(WORDS) for _ in range(rng.randint(2, 7))] for _ in range(60)]
        self.write("s", [" ".join(words) for words in lines])
        self.write("t", [" ".join(words[::-1]) for words in lines])
        self.write("odd", ODD * 20)
        self.write("codes", [" ".join(rng.choice("01") for _ in range(6)) for _ in range(60)])
        (self.folder / "c.yaml").write_text(CONFIG)

    def write(self, name, lines):
        (self.folder / name).write_text("".join(line + "\n" for line in lines), encoding="utf-8")

    def run(self, *command, stdin=""):
        return subprocess.run([PROGRAM, *command], cwd=self.folder, input=stdin, capture_output=True, text=True,
                              encoding="utf-8", check=False)

    def train(self, output, *assignments, config="c.yaml"):
        command = ["train", config, "--output", output, "--threads", "1"]
        for assignment in assignments:
            command += ["--set", assignment]
        return self.run(*command)

    def check(self, *assignments, config="c.yaml"):
        command = ["config", "check", config]
        for assignment in assignments:
            command += ["--set", assignment]
        return self.run(*command)

    def pieces(self, model, text):
        return self.run("encode", model, stdin=text + "\n").stdout.rstrip("\n")

    def size(self, model, name="shared.spm"):
        """Pieces of a SentencePiece model: fields of number 1 of its message."""
        data, at, count = (self.folder / model / name).read_bytes(), 0, 0
        while at < len(data):
            number, at = data[at] >> 3, at + 1
            length, shift = 0, 0
            while True:
                length |= (data[at] & 0x7f) << shift
                shift, at = shift + 7, at + 1
                if data[at - 1] < 0x80:
                    break
            count += number == 1
            at += length
        return count

    def table(self, model, name):
        """The rows of a matrix of weights, as bytes."""
        data = (self.folder / model / "model.safetensors").read_bytes()
        size = struct.unpack("<Q", data[:8])[0]
        entry = json.loads(data[8:8 + size])[name]
        begin, end = entry["data_offsets"]
        width = (end - begin) // entry["shape"][0]
        return [data[8 + size + at:8 + size + at + width] for at in range(begin, end, width)]


def check_normalization(checks, place):
    odd = "data.train=[{source: odd, target: odd}]"
    for name in ("identity", "nmt_nfkc"):
        done = place.train(name, odd, "vocabulary.size=auto", f"vocabulary.normalization={name}", "data.max_ratio=0")
        checks.that(f"normalization: {name} trains", done.returncode == 0, done.stderr)
        again = place.run("decode", name, stdin=place.run("encode", name, stdin="\n".join(ODD) + "\n").stdout)
        kept = again.stdout.splitlines()
        checks.that(f"normalization: what {name} keeps", (kept == ODD) == (name == "identity") and len(kept) == len(ODD), kept)
    spm = (place.folder / "identity/shared.spm").read_bytes()
    for kind, files in (("marian-hf", ("source.spm", "target.spm")), ("ctranslate2", ("source.spm", "target.spm"))):
        done = place.run("export", kind, "identity", "to_" + kind)
        checks.that(f"export {kind} keeps the rules", done.returncode == 0
                    and all((place.folder / ("to_" + kind) / file).read_bytes() == spm for file in files), done.stderr)
    done = place.run("export", "argos", "identity", "a.argosmodel")
    with zipfile.ZipFile(place.folder / "a.argosmodel") as package:
        models = [package.read(name) for name in package.namelist() if name.endswith("sentencepiece.model")]
    checks.that("export argos keeps the rules", done.returncode == 0 and models == [spm], done.stderr)
    done = place.run("import", "marian-hf", "to_marian-hf", "back")
    checks.that("import marian-hf keeps the rules", done.returncode == 0
                and place.pieces("back", ODD[1]) == place.pieces("identity", ODD[1]) != "", done.stderr)
    done = place.train("tuned", odd, "training.init_from=identity", "data.max_ratio=0")
    checks.that("init_from keeps the rules", done.returncode == 0
                and (place.folder / "tuned/shared.spm").read_bytes() == spm, done.stderr)


def check_sizes(checks, place):
    codes = ("data.train=[{source: codes, target: t}]", "model.tie=decoder", "data.max_ratio=0")
    done = place.train("sides", *codes, "vocabulary={shared: false, source_size: 7, target_size: 60}")
    checks.that("a size for each side", done.returncode == 0 and place.size("sides", "source.spm") == 7
                and place.size("sides", "target.spm") == 60, done.stderr)
    done = place.train("auto", *codes, "vocabulary={shared: false, source_size: auto, size: 50}")
    checks.that("auto takes what the text allows", done.returncode == 0 and 5 <= place.size("auto", "source.spm") <= 12
                and place.size("auto", "target.spm") == 50, done.stderr)
    done = place.train("refused", *codes, "vocabulary={shared: false, size: 60}")
    checks.that("a size that is too large is answered with one that suits", done.returncode == 2
                and re.search(r"set vocabulary.size: auto, or about [5-9]\b", done.stderr), done.stderr)
    done = place.train("refused", "vocabulary.size=8000")
    checks.that("and with the usual one", done.returncode == 2 and "allow at most" in done.stderr
                and "set vocabulary.size: auto, or about " in done.stderr, done.stderr)


def check_symbols(checks, place):
    checks.equal("a model is trained", place.train("base", "vocabulary.size=70").returncode, 0)
    tagged = "data.train=[{source: s, target: t, tag: <MED>}]"
    before = place.size("base")
    for name, assignment in (("init", "training.init_from=base"), ("given", "vocabulary.source=base/shared.spm")):
        done = place.train(name, assignment, tagged, 'vocabulary.user_symbols=["<x>"]')
        checks.that(f"{name}: the vocabulary gets the tag and the symbol", done.returncode == 0
                    and place.pieces(name, "<MED> alfa").startswith("▁ <MED> ▁") and "<x>" in place.pieces(name, "a<x>").split()
                    and place.size(name) == before + 2 and "does not contain 2 symbols" in done.stderr
                    and "<x> <MED>" in done.stderr, done.stderr + place.pieces(name, "<MED> alfa a<x>"))
        done = place.train(name, assignment, tagged, 'vocabulary.user_symbols=["<x>"]', "training.max_updates=2")
        checks.that(f"{name}: such a run goes on", done.returncode == 0 and "resuming" in done.stderr, done.stderr)
    done = place.train("again", "training.init_from=init", tagged)
    checks.that("what is a piece already is not added again", done.returncode == 0
                and place.size("again") == before + 2 and "added" not in done.stderr, done.stderr)
    done = place.train("keep", "training.init_from=base", "training.init_optimizer=keep", tagged)
    checks.that("moments of another vocabulary are not kept", done.returncode == 2 and "init_optimizer" in done.stderr,
                done.stderr)


def piece(text, score, kind):
    raw = text.encode()
    message = b"\x0a" + bytes([len(raw)]) + raw + b"\x15" + struct.pack("<f", score) + b"\x18" + bytes([kind])
    return b"\x0a" + bytes([len(message)]) + message


def check_rows(checks, place):
    spm = (place.folder / "base/shared.spm").read_bytes()
    (place.folder / "more.spm").write_bytes(spm + piece("<med>", 0, 4) + piece("漢", -9, 1))
    start = ("training.init_from=base", 'training.freeze=["*.embedding.*"]')
    done = place.train("more", *start, "vocabulary.source=more.spm")
    old, new = (place.table(model, "encoder.embedding.weight") for model in ("base", "more"))
    checks.that("more pieces: each old piece keeps its row", done.returncode == 0 and len(new) == len(old) + 2
                and new[:len(old)] == old and len(set(new)) == len(new), done.stderr)
    checks.that("more pieces: one line says how many", "70 pieces of the vocabulary keep their embedding, 2 are new"
                in done.stderr, done.stderr)
    # The same pieces in another order: the first text piece goes last.
    first = 4
    fields = []
    at = 0
    while at < len(spm) and spm[at] == 0x0a and spm[at + 1] < 0x80:
        fields.append(spm[at:at + 2 + spm[at + 1]])
        at += 2 + spm[at + 1]
    moved = fields[:first] + fields[first + 1:] + [fields[first]]
    (place.folder / "moved.spm").write_bytes(b"".join(moved) + spm[at:])
    done = place.train("moved", *start, "vocabulary.source=moved.spm")
    new = place.table("moved", "encoder.embedding.weight") if done.returncode == 0 else []
    checks.that("other order: rows go with their pieces", new == old[:first] + old[first + 1:] + [old[first]], done.stderr)
    odd = (place.folder / "identity/shared.spm").read_bytes()
    (place.folder / "other.spm").write_bytes(odd)
    done = place.train("other", "training.init_from=base", "vocabulary.source=other.spm")
    checks.that("hardly a piece in common is warned of", done.returncode == 0
                and any("warning:" in line and "are new and initialized at random" in line for line in done.stderr.splitlines()),
                done.stderr)


def check_ensemble(checks, place):
    apart = "model.tie=decoder"
    place.train("a", apart, "vocabulary={shared: false, size: 50}")
    place.train("b", apart, "vocabulary={shared: false, source_size: 40, target: a/target.spm}")
    place.write("input", ["alfa bravo kilo", "", "mike"])
    search = ["--input", "input", "--threads", "1", "--max-length", "8", "--scores"]
    done = {name: place.run("translate", name, *search) for name in ("a", "b", "a,b", "b,a", "a,a")}
    for name, result in done.items():
        checks.that(f"translate {name}: as many lines", result.returncode == 0 and result.stdout.count("\n") == 3, result.stderr)
    reference = place.run("translate", "a,b", *search, "--reference")
    checks.that("two source vocabularies: packed weights and general operations agree",
                [line.split("\t")[1:] for line in reference.stdout.splitlines()]
                == [line.split("\t")[1:] for line in done["a,b"].stdout.splitlines()], reference)
    checks.equal("a model that votes with itself says the same", done["a,a"].stdout, done["a"].stdout)
    checks.that("both have a vote", len({done[name].stdout for name in ("a", "b", "a,b")}) == 3, done)
    checks.equal("the order does not matter to the texts", [line.split("\t")[1:] for line in done["a,b"].stdout.splitlines()],
                 [line.split("\t")[1:] for line in done["b,a"].stdout.splitlines()])
    refused = place.run("translate", "a,b", *search, "--alignments", "links")
    checks.that("no alignments of two vocabularies", refused.returncode == 2 and "--alignments" in refused.stderr, refused)
    refused = place.run("translate", "a,base", *search)
    checks.that("another target vocabulary is refused", refused.returncode == 2 and "target vocabulary" in refused.stderr,
                refused)


def check_useless(checks, place):
    given = "vocabulary: {source: base/shared.spm, %s}\n"
    for line, key in ((given % "size: 70", "vocabulary.size"), (given % "type: unigram", "vocabulary.type"),
                      (given % "normalization: nfkc", "vocabulary.normalization"),
                      (given % "byte_fallback: true", "vocabulary.byte_fallback"),
                      ("vocabulary: {size: 99}\ntraining: {init_from: base}\n", "vocabulary.size"),
                      ("vocabulary: {shared: true}\ntraining: {init_from: a}\n", "vocabulary.shared"),
                      ("vocabulary: {sampling: {alpha: 0.1, nbest: 8}}\n", "vocabulary.sampling.nbest"),
                      ("vocabulary: {type: unigram, sampling: {nbest: 8}}\n", "vocabulary.sampling.nbest"),
                      ("vocabulary: {shared: false, size: 9, source_size: 8, target_size: 7}\nmodel: {preset: transformer_tiny, tie: none}\n",
                       "vocabulary.size"),
                      ("training: {schedule: {type: noam, peak: 1.0e-3}}\n", "training.schedule.peak"),
                      ("training: {schedule: {factor: 2}}\n", "training.schedule.factor"),
                      ("training: {schedule: {patience: 2}}\n", "training.schedule.patience"),
                      ("training: {optimizer: {momentum: 0.9}}\n", "training.optimizer.momentum"),
                      ("training: {optimizer: {type: sgd, beta1: 0.8}}\n", "training.optimizer.beta1")):
        model = "" if "model:" in line else "model: {preset: transformer_tiny}\n"
        (place.folder / "useless.yaml").write_text("output: x\ndata: {train: [{source: s, target: t}]}\n" + line + model)
        done = place.check(config="useless.yaml")
        checks.that(f"useless: {key}", done.returncode == 2 and f"useless.yaml:{3 + line[:line.find(key.split('.')[-1])].count(chr(10))}:"
                    in done.stderr and f"{key}: has no effect: " in done.stderr and "Fix: leave it out" in done.stderr, done.stderr)
    (place.folder / "size.yaml").write_text(CONFIG + "vocabulary: {size: 70}\n")
    done = place.check("training.init_from=base", config="size.yaml")
    checks.that("what the model of init_from says of its vocabulary may be repeated", done.returncode == 0
                and "warning" not in done.stderr, done.stderr)
    done = place.check("vocabulary.source=base/shared.spm", config="size.yaml")
    checks.that("what a --set makes useless is a doubt", done.returncode == 0
                and done.stderr.count("warning: vocabulary.size: has no effect") == 1, done.stderr)
    done = place.check("vocabulary.source=base/shared.spm", "vocabulary.size=70")
    checks.that("two --set that contradict are refused", done.returncode == 2 and "vocabulary.size" in done.stderr, done.stderr)
    annotated = place.run("config", "annotated").stdout
    (place.folder / "full.yaml").write_text(annotated)
    output = ("output=x", "data.train=[{source: s, target: t}]", "model={preset: transformer_tiny}")
    done = place.check(*output, config="full.yaml")
    checks.that("a file with all keys is fine", done.returncode == 0 and "warning" not in done.stderr, done.stderr)
    done = place.check(*output, "vocabulary.source=base/shared.spm", config="full.yaml")
    checks.that("and so it is when a key is filled in", done.returncode == 0 and "warning" not in done.stderr, done.stderr)
    for model in ("init", "given", "more"):
        done = place.check(config=f"{model}/config.yaml")
        checks.that(f"the configuration that a run wrote is fine: {model}", done.returncode == 0, done.stderr)


def check_doubts(checks, place):
    done = place.check("training.schedule.warmup=500", "training.max_updates=20")
    checks.that("a warm-up longer than the run is a doubt", done.returncode == 0
                and done.stderr.count("warning: training.schedule.warmup: 500 updates, but the run ends after 20") == 1,
                done.stderr)
    place.write("vs", ["alfa bravo"] * 3)
    place.write("vt", ["bravo alfa"] * 3)
    place.write("tagged", ["<MED> alfa bravo"] * 3)
    for source, count in (("vs", 1), ("tagged", 0)):
        done = place.train("doubts_" + source, "data.train=[{source: s, target: t, tag: <MED>}]", "vocabulary.size=70",
                           f"data.valid={{source: {source}, target: vt}}", "validation.every=1")
        checks.that(f"validation text {source}: {count} warnings of its tags", done.returncode == 0
                    and done.stderr.count("begins with a tag such as <MED>") == count, done.stderr)
    done = place.train("doubts_odd", "data.train=[{source: s, target: t, tag: </s>}]", "vocabulary.size=70")
    checks.that("a tag that cannot be a piece is named", done.returncode == 0
                and "the tag </s> is not a single subword" in done.stderr, done.stderr)


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        place = Workplace(folder)
        for check in (check_normalization, check_sizes, check_symbols, check_rows, check_ensemble, check_useless,
                      check_doubts):
            check(checks, place)
    print(f"{checks.done} checks, {checks.failed} failed")
    sys.exit(1 if checks.failed or checks.done < 60 else 0)


if __name__ == "__main__":
    main()
