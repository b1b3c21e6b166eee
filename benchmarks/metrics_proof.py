#!/usr/bin/env python3
"""Compares the scores of `regard evaluate` with sacreBLEU's on many pairs; prints a Markdown table, ends with 1 on a difference.

Usage: metrics_proof.py --regard build/regard --text FILE [--pairs 10000] [--seed 1]

FILE is real text in UTF-8 (such as test_2016_flickr.de of scripts/get_data.sh multi30k). Its lines are the references; the
translations are the same lines with words left out, doubled, exchanged and misspelled, more and more of them. Some
lines are blank, or get characters that tokenizers treat in their own ways. Needs sacrebleu.

Two comparisons for each setting: the score of every pair, which `--sentence` prints with two digits, and the scores of
texts of 100 pairs at full precision, whose largest relative difference is shown.
"""
import argparse
import collections
import json
import pathlib
import random
import subprocess
import sys
import tempfile

try:
    from sacrebleu.metrics import BLEU, CHRF, TER
except ImportError as error:
    sys.exit(f"{error}; install sacrebleu")

ODD = ["¿", "你好", "U.S.A.", "3,5", "1.000", "«", "-", "don't", "&amp;", "\u2028", "\u00a0", "👩‍👧", "a\u0301", "…", "5%", "(", "ﬁ"]
TEXT = 100  # pairs
DIGITS = 1e-9
Setting = collections.namedtuple("Setting", "name flags bleu metrics")
METRICS = "bleu,chrf,chrf++,ter"


def settings():
    """Name, flags of `regard evaluate`, options of BLEU, and the metrics that the setting is about."""
    for tokenize in ("13a", "intl", "char", "zh", "none"):
        yield Setting(f"tokenizer {tokenize}", ["--tokenize", tokenize], {"tokenize": tokenize},
                      METRICS if tokenize == "13a" else "bleu")
    yield Setting("lower case", ["--lowercase"], {"lowercase": True}, "bleu,chrf,chrf++")
    for smooth in ("floor", "add-k", "none"):
        yield Setting(f"smoothing {smooth}", ["--smooth", smooth], {"smooth_method": smooth}, "bleu")


def spoil(words, share, draw):
    out = []
    for word in words:
        chance = draw.random()
        if chance > share:
            out.append(word)
        elif chance > 0.75 * share:
            out += [word, word]
        elif chance > 0.5 * share:
            out.insert(draw.randrange(len(out) + 1), word)
        elif chance > 0.3 * share:
            out.append(word[::-1] if draw.random() < 0.5 else draw.choice(ODD))
    return " ".join(out)


def make_pairs(lines, count, draw):
    pairs = []
    for i in range(count):
        reference = lines[i % len(lines)]
        if draw.random() < 0.1:
            reference += " " + draw.choice(ODD)
        pairs.append(("" if draw.random() < 0.005 else spoil(reference.split(" "), draw.random() * i / count, draw),
                      "" if draw.random() < 0.005 else reference))
    return pairs


def peers(setting, of_sentences):
    lowercase = setting.bleu.get("lowercase", False)
    made = {"bleu": lambda: BLEU(**setting.bleu, effective_order=of_sentences), "chrf": lambda: CHRF(lowercase=lowercase),
            "chrf++": lambda: CHRF(word_order=2, lowercase=lowercase), "ter": TER}
    return {name: made[name]() for name in setting.metrics.split(",")}


class Comparison:
    def __init__(self, regard, folder):
        self.regard, self.folder = regard, folder

    def evaluate(self, pairs, setting, *more):
        for name, side in (("hypothesis", 0), ("reference", 1)):
            (self.folder / name).write_text("".join(pair[side] + "\n" for pair in pairs), encoding="utf-8", newline="\n")
        command = [self.regard, "evaluate", "--hypothesis", self.folder / "hypothesis", "--reference",
                   self.folder / "reference", "--metrics", setting.metrics, *setting.flags, *more]
        return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout

    def sentences(self, pairs, setting):
        """How many scores there are, and which pairs have another one."""
        scorers = list(peers(setting, True).values())
        rows = [line.split("\t") for line in self.evaluate(pairs, setting, "--sentence").splitlines()]
        if len(rows) != len(pairs) or any(len(row) != len(scorers) for row in rows):
            raise SystemExit(f"{setting.name}: {len(rows)} lines for {len(pairs)} pairs")
        wrong = [pair for pair, row in zip(pairs, rows)
                 if row != [f"{scorer.sentence_score(pair[0], [pair[1]]).score:.2f}" for scorer in scorers]]
        return len(rows) * len(scorers), wrong

    def texts(self, pairs, setting):
        """How many scores there are, and their largest relative difference."""
        scorers = peers(setting, False)
        count, largest = 0, 0.0
        for first in range(0, len(pairs), TEXT):
            part = pairs[first:first + TEXT]
            ours = {item["name"].lower(): item["score"]
                    for item in json.loads(self.evaluate(part, setting, "--json"))}
            for name, scorer in scorers.items():
                wanted = scorer.corpus_score([pair[0] for pair in part], [[pair[1] for pair in part]]).score
                found = next(score for key, score in ours.items() if key.replace("2", "") == name)
                largest = max(largest, abs(found - wanted) / max(1.0, abs(wanted)))
                count += 1
        return count, largest


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--regard", default="build/regard")
    parser.add_argument("--text", required=True, type=pathlib.Path)
    parser.add_argument("--pairs", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    lines = [line for line in options.text.read_text(encoding="utf-8").split("\n") if line]
    pairs = make_pairs(lines, options.pairs, random.Random(options.seed))
    is_equal = bool(pairs)
    print("| setting | scores of pairs | other | scores of texts | largest difference |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        comparison = Comparison(options.regard, pathlib.Path(folder))
        for setting in settings():
            number, wrong = comparison.sentences(pairs, setting)
            texts, largest = comparison.texts(pairs, setting)
            print(f"| {setting.name}: {setting.metrics} | {number:,} | {len(wrong)} | {texts:,} | {largest:.1e} |", flush=True)
            for pair in wrong[:3]:
                print(f"{setting.name}: {pair}", file=sys.stderr)
            is_equal = is_equal and not wrong and largest < DIGITS
    return 0 if is_equal else 1


if __name__ == "__main__":
    sys.exit(main())
