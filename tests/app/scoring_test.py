#!/usr/bin/env python3
"""Links, scores of parts, n-best lists and kept translations, as a user asks for them.

Usage: scoring_test.py PATH_OF_REGARD. Prints what it checks; exits 1 if anything failed.
"""
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

from checks import Checks

PROGRAM = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/regard").resolve()
WHO = [("Der Hund", "The dog"), ("Die Katze", "The cat"), ("Mein Bruder", "My brother"), ("Ein Kind", "A child")]
DOES = [("sieht", "sees"), ("sucht", "looks for"), ("malt", "paints"), ("kauft", "buys")]
WHAT = [("ein Haus.", "a house."), ("den Ball.", "the ball."), ("zwei Bücher.", "two books."), ("Tee.", "tea.")]
CONFIG = """\
output: run
data: {source: de, target: en, train: [{source: s, target: t}], valid: {source: sv, target: tv}}
vocabulary: {size: 80}
model: {preset: transformer_tiny, dim: 32, layers: 1, heads: 2, feed_forward: 64}
training: {batch_tokens: 600, max_updates: 250, schedule: {type: constant, peak: 3.0e-3, warmup: 10}}
validation: {every: 0}
"""
# What normalisation makes spaces of, or takes spaces from, stands here within words.
ODD_LINES = ["Der Hund sieht ein Haus.", "L´Hund sieht ein Haus.", "Der\u200bHund sieht\u200bein Haus.",
             "Der▁Hund sieht ein Haus.", "  Der \u3000 Hund\u00a0malt ¨ Tee. ", "\uff24\uff45\uff52 Hund malt ½ Tee."]


class Workplace:
    """A temporary folder with a trained model, where commands run."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        rng = random.Random(1)
        pairs = [[f"{who} {does} {what}" for who, does, what in zip(*map(rng.choice, (WHO, DOES, WHAT)))]
                 for _ in range(300)]
        for name, side, part in (("s", 0, pairs), ("t", 1, pairs), ("sv", 0, pairs[:8]), ("tv", 1, pairs[:8])):
            self.write(name, [pair[side] for pair in part])
        self.write("c.yaml", [CONFIG])
        self.write("odd", ODD_LINES)

    def write(self, name, lines):
        (self.folder / name).write_text("".join(line + "\n" for line in lines), encoding="utf-8")

    def lines(self, name):
        return (self.folder / name).read_text(encoding="utf-8").split("\n")[:-1]

    def run(self, *arguments, stdin=None):
        """(exit code, lines of standard output, standard error)"""
        done = subprocess.run([PROGRAM, *map(str, arguments)], cwd=self.folder, input=stdin, capture_output=True,
                              text=True, encoding="utf-8", timeout=300, check=False)
        return done.returncode, done.stdout.split("\n")[:-1], done.stderr


def pairs_of(line):
    return [tuple(map(int, link.split("-"))) for link in line.split()]


def numbers(text):
    return [float(number) for number in text.split()]


def near(one, other, by=2e-4):
    return len(one) == len(other) > 0 and all(abs(a - b) < by for a, b in zip(one, other))


def refused(checks, place, claim, arguments, *parts):
    code, out, err = place.run(*arguments)
    checks.that(f"{claim}: refused on one line", code == 2 and not out and err.startswith("error: ")
                and err.count("\n") == 1 and "Fix: " in err and all(part in err for part in parts), (code, out, err))


def check_words_of_links(checks, place):
    code, _, err = place.run("translate", "run", "--input", "odd", "--output", "out", "--alignments", "links")
    texts, links = place.lines("out"), place.lines("links")
    checks.that("links of odd lines", code == 0 and len(texts) == len(links) == len(ODD_LINES), err)
    for line, text, link in zip(ODD_LINES, texts, map(pairs_of, links)):
        checks.that(f"{line!r}: every word of the translation has a link, within the line's words",
                    [target for _, target in link] == list(range(len(text.split())))
                    and all(source < len(line.split()) for source, _ in link), (text, link))
    # One line with and without a space that only normalisation sees: "Hund" is the second word, or part of the first.
    spaced, joined = pairs_of(links[0]), pairs_of(links[3])
    checks.equal("a literal U+2581 parts no words", {source for source, _ in joined} <= {0, 1, 2, 3}
                 and any(source == 4 for source, _ in spaced), True)

    code, out, _ = place.run("attend", "run", "--source", "odd")
    found = [[tuple(link) for link in json.loads(line)["links"]] for line in out]
    checks.equal("attend: the same links in JSON", (code, found), (0, [pairs_of(link) for link in links]))
    code, _, err = place.run("score", "run", "--source", "odd", "--target", "out", "--alignments", "given")
    checks.equal("score: links of given translations are those of translating them", (code, place.lines("given")),
                 (0, links))
    code, _, err = place.run("attend", "run", "--source", "odd", "--target", "out", "--gold", "links",
                             "--output", "page.html")
    checks.that("attend: own links have no error", code == 0 and "alignment error rate 0.0000" in err, err)
    place.write("beyond", ["0-0"] * 2 + ["0-0 3-0"] + ["0-0"] * 3)
    refused(checks, place, "a gold link beyond the line", ["attend", "run", "--source", "odd", "--target", "out",
            "--gold", "beyond"], "beyond:3:", "3-0")
    refused(checks, place, "a unit without links", ["translate", "run", "--alignment-unit", "piece"], "--alignments")
    refused(checks, place, "pieces and links in one file", ["translate", "run", "--input", "odd", "--alignments", "x",
            "--pieces", "x"], "--pieces")


def check_pieces(checks, place):
    code, _, err = place.run("translate", "run", "--input", "odd", "--output", "out", "--alignments", "links",
                             "--alignment-unit", "piece", "--pieces", "pieces")
    rows = [tuple(side.split(" ") for side in line.split("\t")) for line in place.lines("pieces")]
    checks.that("--pieces: both sides of each line", code == 0 and len(rows) == len(ODD_LINES)
                and all(len(row) == 2 for row in rows), err)
    encoded = place.run("encode", "run", stdin="".join(line + "\n" for line in ODD_LINES))[1]
    checks.that("--pieces: the source's are those of encode, or unknown",
                [len(row[0]) for row in rows] == [len(line.split(" ")) for line in encoded]
                and all(piece in (other, "<unk>") for row, line in zip(rows, encoded)
                        for piece, other in zip(row[0], line.split(" "))), encoded)
    checks.equal("--pieces: the translation's make its text",
                 ["".join(row[1]).replace("▁", " ").strip() for row in rows], place.lines("out"))
    links = [pairs_of(line) for line in place.lines("links")]
    checks.that("links of pieces: one for each piece of the translation, within the source's",
                all([target for _, target in link] == list(range(len(row[1])))
                    and all(source < len(row[0]) for source, _ in link) for link, row in zip(links, rows)), links)
    code, out, _ = place.run("attend", "run", "--source", "odd", "--alignment-unit", "piece")
    found = [json.loads(line) for line in out]
    checks.equal("attend: links of pieces", (code, [[tuple(link) for link in item["links"]] for item in found],
                                             {item["unit"] for item in found}), (0, links, {"piece"}))
    pictures = {}
    for unit in ("word", "piece"):
        code, _, _ = place.run("attend", "run", "--source", "sv", "--output", f"{unit}.svg", "--alignment-unit", unit)
        pictures[unit] = (place.folder / f"{unit}.svg").read_text(encoding="utf-8")
        checks.equal(f"attend: a picture of {unit}s", code, 0)
    first = place.lines("sv")[0].split()
    checks.that("pictures show whole words", all(f">{word}<" in pictures["word"] for word in first)
                and "▁" not in pictures["word"], pictures["word"][:500])
    checks.that("and pieces on request, with a dot for their space", ">·</tspan>" in pictures["piece"]
                and pictures["piece"].count('class="w"') > pictures["word"].count('class="w"') > 4, first)


def check_scores_of_parts(checks, place):
    plain = place.run("translate", "run", "--input", "sv")[1]
    for precision in ("float32", "int8"):
        usual = ["translate", "run", "--input", "sv", "--precision", precision]
        lists = place.run(*usual, "--n-best", 2)[1]
        code, out, _ = place.run(*usual, "--n-best", 2, "--word-scores")
        rows = [line.split(" ||| ") for line in out]
        checks.equal(f"{precision}: --word-scores change no translation", (code, [row[1] for row in rows]),
                     (0, [line.split(" ||| ")[1] for line in lists]))
        split = [re.fullmatch(r"F0= (\S+) WordScores= (.*)", row[2]).groups() for row in rows]
        checks.that(f"{precision}: a score for each word and the end, whose sum is the log-probability",
                    all(len(numbers(scores)) == len(row[1].split()) + 1
                        for row, (_, scores) in zip(rows, split))
                    and near([float(total) for total, _ in split], [sum(numbers(scores)) for _, scores in split]), out)
    code, out, _ = place.run("translate", "run", "--input", "sv", "--piece-scores", "--scores", "--pieces", "pieces")
    rows = [line.split("\t") for line in out]
    checks.that("--piece-scores: after score and text, one for each piece and the end", code == 0
                and [row[1] for row in rows] == plain
                and all(len(numbers(row[2])) == len(line.split("\t")[1].split(" ")) + 1
                        for row, line in zip(rows, place.lines("pieces"))), out)
    blank = place.run("translate", "run", "--word-scores", stdin="\nTee.\n")[1]
    checks.that("--word-scores: a blank line stays blank", len(blank) == 2 and blank[0] == "\t", blank)
    both = place.run("translate", "run,run", "--input", "sv", "--word-scores")[1]
    words = [line.split("\t") for line in both]
    checks.that("--word-scores: of an ensemble", [row[0] for row in words] == plain
                and all(len(numbers(row[1])) == len(row[0].split()) + 1 for row in words), both)

    place.write("own", plain)
    usual = ["score", "run", "--source", "sv", "--target", "own"]
    totals = [float(line) for line in place.run(*usual)[1]]
    rows = [line.split("\t") for line in place.run(*usual, "--word-scores")[1]]
    checks.that("score --word-scores: the scores of translating", near(totals, [float(row[0]) for row in rows], 1e-6)
                and all(near(numbers(row[1]), numbers(other[1]), 1e-3) for row, other in zip(rows, words)), rows)
    parts = [line.split("\t") for line in place.run(*usual, "--piece-scores", "--pieces", "pieces")[1]]
    lengths = [len(numbers(row[1])) for row in parts]
    checks.that("score --piece-scores: sum up", near(totals, [sum(numbers(row[1])) for row in parts])
                and lengths == [len(line.split("\t")[1].split(" ")) + 1 for line in place.lines("pieces")], parts)
    for options, divisor in ((["--normalize"], lambda length: length),
                             (["--length-penalty", "average:0.5"], lambda length: length ** 0.5),
                             (["--length-penalty", "gnmt:0.6"], lambda length: ((5 + length) / 6) ** 0.6)):
        code, out, err = place.run(*usual, *options)
        checks.that(f"score {' '.join(options)}: divided by the length", code == 0 and "perplexity" in err
                    and near([float(line) for line in out],
                             [total / divisor(length) for total, length in zip(totals, lengths)], 1e-5), out)
    refused(checks, place, "another penalty", [*usual, "--length-penalty", "harsh"], "harsh")
    # A word without a subword of its own keeps its place.
    place.write("odd.t", ["The \u200b dog"] + plain[1:])
    code, out, _ = place.run("score", "run", "--source", "sv", "--target", "odd.t", "--word-scores")
    checks.equal("a score for each word as it stands there", (code, len(out[0].split("\t")[1].split())), (0, 4))


def check_nbest(checks, place):
    place.run("translate", "run", "--input", "sv", "--n-best", 3, "--output", "list")
    given = place.lines("list")
    code, out, err = place.run("score", "run", "--source", "sv", "--n-best", "list", "--length-penalty", "average:1.0")
    rows = [line.split(" ||| ") for line in out]
    old = [line.split(" ||| ") for line in given]
    checks.that("score --n-best: each line again, its number and text unchanged", code == 0 and len(given) == 24
                and [row[:2] for row in rows] == [row[:2] for row in old], err)
    features = [re.fullmatch(r"F0= (\S+) F1= (\S+)", row[2]).groups() for row in rows]
    checks.that("score --n-best: the log-probability is a further feature", near(
        [float(one) for one, _ in features], [float(two) for _, two in features], 2e-3), features)
    checks.that("score --n-best: and the score is the model's", near(
        [float(row[3]) for row in rows], [float(row[3]) for row in old], 2e-3), out)
    place.write("turned", [line for i in range(0, 24, 3) for line in given[i:i + 3][::-1]])
    code, ranked, _ = place.run("score", "run", "--source", "sv", "--n-best", "turned", "--rerank",
                                "--length-penalty", "average:1.0", "--alignments", "links")
    checks.equal("score --rerank: best first", (code, [line.split(" ||| ")[:2] for line in ranked]),
                 (0, [row[:2] for row in old]))
    checks.equal("score --rerank: links in the same order", len(place.lines("links")), 24)
    code, piped, _ = place.run("score", "run", "--source", "sv", "--n-best", "-",
                               stdin="".join(line + "\n" for line in given))
    checks.equal("score --n-best -: from a pipe", (code, len(piped)), (0, 24))
    place.write("moses", ["1 ||| The dog ||| LM= -3 TM= -1 -2 ||| -7.5 ||| 0-0 1-1", "1 ||| A child", "6 |||  ||| F3= 0 ||| 0"])
    code, out, err = place.run("score", "run", "--source", "sv", "--n-best", "moses")
    checks.that("score --n-best: lists of other programs", code == 0
                and re.fullmatch(r"1 \|\|\| The dog \|\|\| LM= -3 TM= -1 -2 F0= -\S+ \|\|\| -\S+ \|\|\| 0-0 1-1", out[0])
                and re.fullmatch(r"1 \|\|\| A child \|\|\| F0= -\S+ \|\|\| -\S+", out[1])
                and re.fullmatch(r"6 \|\|\|  \|\|\| F3= 0 F0= -\S+ \|\|\| -\S+", out[2]), out)
    checks.that("score --n-best: source lines without translation are counted in one warning",
                err.count("warning: ") == 1 and "6 of 8 lines" in err, err)
    for claim, lines, parts in (
            ("a number beyond the source", ["0 ||| a", "8 ||| b"], ("bad:2:", "sentence 8", "8 lines")),
            ("numbers out of order", ["3 ||| a", "2 ||| b"], ("bad:2:", "sort")),
            ("plain text", ["0 ||| a", "The dog sees tea."], ("bad:2:", "n-best")),
            ("a negative number", ["-1 ||| a"], ("bad:1:",)),
            ("a score that is none", ["0 ||| a ||| F0= 1 ||| b"], ("bad:1:", "'b' is not a score")),
            ("an empty list", [], ("bad", "empty"))):
        place.write("bad", lines)
        refused(checks, place, f"score --n-best: {claim}", ["score", "run", "--source", "sv", "--n-best", "bad"], *parts)
    place.write("eight", given[::3])
    refused(checks, place, "an n-best list as plain text", ["score", "run", "--source", "sv", "--target", "eight"],
            "eight:1:", "--n-best")
    place.write("mixed", ["The dog sees tea."] * 7 + given[:1])
    code, out, err = place.run("score", "run", "--source", "sv", "--target", "mixed")
    checks.that("a line that looks like one of a list is one warning", code == 0 and len(out) == 8
                and err.count("warning: mixed:8: ") == 1, err)
    refused(checks, place, "both kinds of input", ["score", "run", "--source", "sv", "--target", "tv", "--n-best", "list"],
            "--n-best")
    refused(checks, place, "no list to rerank", ["score", "run", "--source", "sv", "--target", "tv", "--rerank"],
            "--n-best")


def check_evaluate(checks, place):
    usual = ["evaluate", "run", "--source", "sv", "--reference", "tv"]
    options = ["--beam-size", 2, "--length-penalty", "none", "--max-length", 4, "--batch-tokens", 50, "--workers", 1,
               "--precision", "int8", "--device", "cpu", "--threads", 1]
    code, scores, err = place.run(*usual, *options, "--output", "kept")
    translated = place.run("translate", "run", "--input", "sv", *options)[1]
    checks.equal("evaluate MODEL --output: keeps what translate writes with the same options",
                 (code, place.lines("kept")), (0, translated))
    checks.equal("evaluate MODEL: and scores that", place.run("evaluate", "--hypothesis", "kept", "--reference", "tv")[1],
                 scores)
    checks.that("evaluate MODEL: the options matter", place.run(*usual)[1] != scores, scores)
    code, two, err = place.run("evaluate", "run,run", "--source", "sv", "--reference", "tv")
    checks.equal("evaluate A,B: an ensemble", (code, two), (0, place.run(*usual)[1]))
    refused(checks, place, "an option of models without a model", ["evaluate", "--hypothesis", "kept", "--reference", "tv",
            "--beam-size", 3], "--beam-size", "MODEL")
    refused(checks, place, "the reference as output", [*usual, "--output", "tv"], "tv")
    place.write("short", ["a"])
    refused(checks, place, "a reference of another length, before translating", ["evaluate", "run", "--source", "sv",
            "--reference", "short", "--output", "none"], "short", "8")
    checks.that("and nothing is written", not (place.folder / "none").exists())


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        place = Workplace(folder)
        code, _, err = place.run("train", "c.yaml", "--threads", 1)
        checks.that("a model is trained", code == 0, err)
        if code == 0:
            check_words_of_links(checks, place)
            check_pieces(checks, place)
            check_scores_of_parts(checks, place)
            check_nbest(checks, place)
            check_evaluate(checks, place)
    print(f"{checks.done} checks, {checks.failed} failed")
    sys.exit(1 if checks.failed or checks.done < 60 else 0)


if __name__ == "__main__":
    main()
