#!/usr/bin/env python3
"""Scores texts as a user does: standard input, damaged and empty files, equal systems, tokenizers, options of metrics.

Usage: evaluate_test.py PATH_OF_REGARD. Prints what it checks; exits 1 if anything failed.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from checks import Checks

PROGRAM = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/regard").resolve()
CONFIG = """\
output: run
data: {source: xx, target: yy, train: [{source: text, target: text}]}
vocabulary: {size: 60}
model: {dim: 16, layers: 1, heads: 2, feed_forward: 32}
training: {batch_tokens: 200, max_updates: 1}
"""
TEXT = "".join(f"The {a} {b} sees the {c} house, and it's {c}.\n" for a in ("old", "young", "big")
               for b in ("dog", "cat") for c in ("red", "green"))
OTHER = TEXT.replace("sees the red", "saw a red").replace("young", "little")


class Workplace:
    """A temporary folder where commands run."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.variables = {}

    def write(self, name, text):
        (self.folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())

    def run(self, *arguments, text=""):
        return subprocess.run([PROGRAM, *arguments], cwd=self.folder, input=text.encode(), check=False,
                              capture_output=True, env={**os.environ, **self.variables})

    def evaluate(self, *arguments, text=""):
        return self.run("evaluate", *arguments, text=text)


def check_standard_input(place, checks):
    file = place.evaluate("--hypothesis", "other", "--reference", "text")
    checks.equal("a file is scored", (file.returncode, file.stdout[:5]), (0, b"BLEU|"))
    pipe = place.evaluate("--hypothesis", "-", "--reference", "text", text=OTHER)
    checks.equal("the hypothesis comes from standard input", pipe.stdout, file.stdout)
    pipe = place.evaluate("--hypothesis", "other", "--reference", "-", text=TEXT)
    checks.equal("the reference comes from standard input", pipe.stdout, file.stdout)
    for extra in (["--hypothesis", "-", "--reference", "-"], ["--hypothesis", "-", "--reference", "text", "--baseline", "-"],
                  ["--hypothesis", "text", "--reference", "-", "--reference", "-"]):
        result = place.evaluate(*extra, text=TEXT)
        checks.that(f"standard input is read once: {extra}", result.returncode == 2 and b"standard input" in result.stderr,
                    result)
    empty = place.evaluate("--hypothesis", "-", "--reference", "text")
    checks.that("nothing on standard input is named", empty.returncode == 2 and b"standard input: is empty" in empty.stderr,
                empty)


def check_damaged(place, checks):
    lines = TEXT.encode().split(b"\n")
    lines[2] = b"caf\xe9 " + lines[2]
    lines[4] = b"\xff"
    place.write("latin", b"\n".join(lines))
    for names in (("latin", "text"), ("text", "latin")):
        result = place.evaluate("--hypothesis", names[0], "--reference", names[1])
        checks.that("invalid UTF-8 is one warning with file, line and byte", result.returncode == 0 and
                    result.stderr.count(b"\n") == 1 and
                    result.stderr.startswith(b"warning: latin:3: byte 4: invalid UTF-8") and b"(2 " in result.stderr, result)
    place.write("empty", "")
    for names in (("empty", "text"), ("text", "empty")):
        result = place.evaluate("--hypothesis", names[0], "--reference", names[1])
        checks.that("an empty file is named", result.returncode == 2 and b"empty: is empty" in result.stderr, result)
    place.write("short", "one line\n")
    result = place.evaluate("--hypothesis", "text", "--reference", "short")
    checks.that("a file of another length is named", result.returncode == 2 and b"short: 1 line, but text has 12" in
                result.stderr, result)


def check_equal_systems(place, checks):
    """Both translations are perfect, each by another reference of another length."""
    place.write("longer", TEXT.replace("sees", "is looking at"))
    base = ["--hypothesis", "text", "--reference", "text", "--reference", "longer", "--metrics", "bleu,ter"]
    result = place.evaluate(*base, "--baseline", "longer", "--baseline", "other")
    lines = result.stdout.decode().splitlines()
    checks.that("equal scores are no difference, others have a p-value", len(lines) == 6 and
                lines[1].endswith("100.00, no difference") and ", p = 0." in lines[2] and
                lines[4].endswith("0.00, no difference") and ", p = 0." in lines[5], result)
    scores = json.loads(place.evaluate(*base, "--baseline", "longer", "--baseline", "other", "--json").stdout)
    same, worse = scores[0]["baselines"]
    checks.equal("in JSON the difference is 0 and p is 1", (same["difference"], same["p_value"]), (0.0, 1.0))
    checks.that("a difference is ours less theirs", abs(worse["difference"] - (scores[0]["score"] - worse["score"])) < 1e-9
                and worse["difference"] > 1 and worse["p_value"] < 0.05, worse)


def check_pieces(place, checks):
    """BLEU of SentencePiece's pieces is BLEU of white space over the encoded text."""
    for name in ("text", "other"):
        place.write(name + ".pieces", place.run("encode", "run/shared.spm", text=(place.folder / name).read_text()).stdout)
    plain = json.loads(place.evaluate("--hypothesis", "other.pieces", "--reference", "text.pieces", "--tokenize", "none",
                                      "--json").stdout)[0]
    checks.that("the text was cut", 0 < plain["score"] < 100 and b"\xe2\x96\x81" in
                (place.folder / "text.pieces").read_bytes(), plain)
    names = ["--hypothesis", "other", "--reference", "text", "--json", "--tokenize"]
    given = json.loads(place.evaluate(*names, "spm:run/shared.spm").stdout)[0]
    checks.equal("spm:FILE scores pieces", given["score"], plain["score"])
    checks.that("its signature names the model", "|tok:spm-shared-" in given["signature"], given)
    missing = place.evaluate(*names, "flores200")
    checks.that("without the model it is said where to put it", missing.returncode == 2 and b"curl" in missing.stderr and
                b"flores200sacrebleuspm" in missing.stderr and missing.stderr.count(b"\n") == 1, missing)
    (place.folder / "sacrebleu/models").mkdir(parents=True)
    place.write("sacrebleu/models/flores200sacrebleuspm", (place.folder / "run/shared.spm").read_bytes())
    found = json.loads(place.evaluate(*names, "flores200").stdout)[0]
    checks.equal("sacreBLEU's model is found where sacreBLEU puts it", found["score"], plain["score"])
    checks.that("and the signature is sacreBLEU's", "|tok:flores200|" in found["signature"], found)


def check_words(place, checks):
    """Languages whose words need a dictionary, and text without spaces."""
    place.write("ja", "猫が屋根の上で寝ている。\n私は東京に住んでいます。\n")
    place.write("ja.other", "猫は屋根の上で寝ている。\n私は京都に住んでいます。\n")
    names = ["--hypothesis", "ja.other", "--reference", "ja"]
    plain = place.evaluate(*names)
    checks.that("13a warns of text without spaces", plain.returncode == 0 and plain.stderr.count(b"\n") == 1 and
                plain.stderr.startswith(b"warning: ja: has no spaces") and b"--tokenize ja-mecab" in plain.stderr, plain)
    for good in ("char", "zh"):
        checks.equal(f"{good} does not", place.evaluate(*names, "--tokenize", good).stderr, b"")
    words = place.evaluate(*names, "--tokenize", "ja-mecab")
    if words.returncode == 0:
        checks.that("MeCab finds the words", b"|tok:ja-mecab-0.996-IPA|" in words.stdout and b" = 0.00 " not in words.stdout,
                    words)
    else:
        print("       no MeCab here: " + words.stderr.decode().strip())
    place.variables["REGARD_MECAB_JA"] = place.variables["REGARD_MECAB_KO"] = str(place.folder)
    for name in ("ja-mecab", "ko-mecab"):
        result = place.evaluate(*names, "--tokenize", name)
        checks.that(f"{name} without its dictionary says what to install", result.returncode == 2 and
                    result.stderr.count(b"\n") == 1 and b" install" in result.stderr and name.encode() in result.stderr, result)
    unknown = place.evaluate(*names, "--tokenize", "mecab")
    checks.that("an unknown name is answered with all", unknown.returncode == 2 and b"flores101" in unknown.stderr and
                b"ja-mecab" in unknown.stderr and b"13a" in unknown.stderr, unknown)


def check_options(place, checks):
    """The options reach the metrics; that these equal sacreBLEU's is tested with the metrics."""
    base = ["--hypothesis", "other", "--reference", "text", "--metrics"]
    for metric, options, signature in (
            ("chrf", ["--chrf-word-order", "2"], b"chrF2++|nrefs:1|case:mixed|eff:yes|nc:6|nw:2|space:no"),
            ("chrf", ["--chrf-char-order", "4", "--chrf-beta", "3", "--chrf-whitespace", "--chrf-eps-smoothing"],
             b"chrF3|nrefs:1|case:mixed|eff:no|nc:4|nw:0|space:yes"),
            ("ter", ["--ter-normalized", "--ter-no-punct", "--ter-asian-support", "--ter-case-sensitive"],
             b"TER|nrefs:1|case:mixed|tok:tercom|norm:yes|punct:no|asian:yes"),
            ("bleu", ["--smooth", "floor", "--smooth-value", "0.5", "--lowercase"],
             b"BLEU|nrefs:1|case:lc|eff:no|tok:13a|smooth:floor[0.50]")):
        result = place.evaluate(*base, metric, *options)
        checks.that(f"{metric} {' '.join(options)}", result.returncode == 0 and result.stdout.startswith(signature), result)
    result = place.evaluate(*base, "bleu", "--smooth", "floor", "--smooth-value", "-1")
    checks.equal("a smoothing below 0 is refused", result.returncode, 2)


def check_model(place, checks):
    source = TEXT.splitlines()[0] + "\n"
    place.write("one", source)
    file = place.evaluate("run", "--source", "one", "--reference", "one")
    checks.equal("a model's translations are scored", (file.returncode, file.stdout[:5]), (0, b"BLEU|"))
    pipe = place.evaluate("run", "--source", "-", "--reference", "one", text=source)
    checks.equal("its source comes from standard input", pipe.stdout, file.stdout)
    result = place.evaluate("run", "--source", "-", "--reference", "-", text=source)
    checks.equal("its source or its reference, not both", result.returncode, 2)


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        place = Workplace(folder)
        place.variables["SACREBLEU"] = str(place.folder / "sacrebleu")
        place.write("text", TEXT)
        place.write("other", OTHER)
        place.write("c.yaml", CONFIG)
        done = place.run("train", "c.yaml", "--threads", "1")
        checks.equal("a model is trained", done.returncode, 0)
        for check in (check_standard_input, check_damaged, check_equal_systems, check_pieces, check_options, check_model,
                      check_words):
            check(place, checks)
    print(f"{checks.done - checks.failed} of {checks.done} checks passed")
    sys.exit(1 if checks.failed or checks.done < 30 else 0)


if __name__ == "__main__":
    main()
