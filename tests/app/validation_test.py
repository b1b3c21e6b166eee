#!/usr/bin/env python3
"""Validates while training as a user does: languages without spaces, several texts, ties, tags.

Usage: validation_test.py PATH_OF_REGARD. Prints what it checks; exits 1 if anything failed.
"""
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

from checks import Checks

PROGRAM = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/regard").resolve()
CONFIG = """\
output: run
data: {source: en, target: zh, train: [{source: s, target: t}], valid: {source: sv, target: tv}}
vocabulary: {size: 70}
model: {preset: transformer_tiny, dim: 32, layers: 1, heads: 2, feed_forward: 64}
training: {batch_tokens: 600, max_updates: 240, schedule: {type: constant, peak: 1.0e-2, warmup: 10}}
validation: {every: 40, metrics: [bleu], samples: 1}
checkpoint: {every: 40}
"""
WHO = (("i", "我"), ("you", "你"), ("we", "我们"), ("they", "他们"))
DO = (("eat", "吃"), ("want", "想要"), ("like", "喜欢"))
WHAT = (("rice", "米饭"), ("tea", "茶"), ("books", "书"), ("cats", "猫"))


class Workplace:
    """A temporary folder with a corpus, English to Chinese, where commands run."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        rng = random.Random(2)
        rows = [(rng.choice(WHO), rng.choice(DO), rng.choice(WHAT), rng.choice(WHAT)) for _ in range(400)]
        pairs = [(f"{a[0]} {b[0]} {c[0]} and {d[0]}\n", f"{a[1]}{b[1]}{c[1]}和{d[1]}\n") for a, b, c, d in rows]
        for name, part in (("", pairs), ("v", pairs[:30]), ("w", pairs[30:40])):
            (self.folder / ("s" + name)).write_text("".join(p[0] for p in part))
            (self.folder / ("t" + name)).write_text("".join(p[1] for p in part))
        (self.folder / "c.yaml").write_text(CONFIG)

    def run(self, *arguments, **variables):
        return subprocess.run([PROGRAM, *arguments], cwd=self.folder, capture_output=True, text=True, check=False,
                              env={**os.environ, **variables})

    def train(self, output, *assignments, **variables):
        command = ["train", "c.yaml", "--output", output, "--threads", "1"]
        for assignment in assignments:
            command += ["--set", assignment]
        return self.run(*command, **variables)

    def records(self, output):
        lines = (self.folder / output / "metrics.jsonl").read_text().splitlines()
        return [record for record in map(json.loads, lines) if record["kind"] == "valid"]

    def bleu(self, output, *options):
        """The last checkpoint's BLEU over what `translate` gives."""
        translated = self.run("translate", f"{output}/checkpoints/last", "--input", "sv", "--output", "h",
                              "--beam-size", "1", "--threads", "1")
        assert translated.returncode == 0, translated
        return json.loads(self.run("evaluate", "--hypothesis", "h", "--reference", "tv", "--json", *options).stdout)[0]


def check_chinese(place, checks):
    done = place.train("zh")
    checks.equal("Chinese is learned", done.returncode, 0)
    last = place.records("zh")[-1]
    truth = place.bleu("zh", "--tokenize", "zh")
    checks.that("its BLEU is that of the tokenizer zh", last["bleu"] > 50 and abs(last["bleu"] - truth["score"]) < 1e-9,
                (last, truth))
    checks.equal("the signature is logged once", done.stderr.count("tok:zh"), 1)
    checks.that("nothing is doubted", "warning" not in done.stderr, done.stderr)
    checks.that("the first checkpoint is not the best", os.readlink(place.folder / "zh/checkpoints/best") !=
                "update-00000040", os.listdir(place.folder / "zh/checkpoints"))
    scored = place.run("evaluate", "zh", "--source", "sv", "--reference", "tv")
    checks.that("evaluate MODEL takes its language's tokenizer", "|tok:zh|" in scored.stdout and not scored.stderr, scored)


def check_ties(place, checks):
    """13a finds no word in it: BLEU is 0 throughout, so the loss decides."""
    done = place.train("ties", "validation.tokenize=13a", "training.max_updates=60", "validation.every=10",
                       "checkpoint.every=10", "training.schedule.peak=1e-3", "validation.stop.patience=2",
                       "data.valid={source: sv, target: tu}")
    checks.equal("a run with a useless score ends", done.returncode, 0)
    records = place.records("ties")
    checks.that("its score is the same all the time", len(records) == 6 and {r["bleu"] for r in records} == {0.0}, records)
    lowest = min(records, key=lambda record: record["loss"])["update"]
    checks.equal("of equal scores that with the smallest loss is the best",
                 os.readlink(place.folder / "ties/checkpoints/best"), f"update-{lowest:08d}")
    checks.that("that is not the first one", lowest > 10, records)
    doubts = [line for line in done.stderr.splitlines() if line.startswith("warning")]
    checks.that("text without spaces is one warning", len(doubts) == 1 and "tu: has no spaces" in doubts[0] and
                "validation.tokenize: zh" in doubts[0], doubts)


def check_fallback(place, checks):
    done = place.train("ja", "data.target=ja", "training.schedule.warmup=0", "training.max_updates=2", "validation.every=1",
                       REGARD_MECAB_JA=str(place.folder))
    doubts = [line for line in done.stderr.splitlines() if line.startswith("warning")]
    checks.that("Japanese without its dictionary is one warning", done.returncode == 0 and len(doubts) == 1 and
                "ja-mecab" in doubts[0] and " install" in doubts[0], done.stderr)
    checks.that("and counts characters", done.stderr.count("tok:char") == 1, done.stderr)
    done = place.train("th", "data.target=th", "training.schedule.warmup=0", "training.max_updates=1", SACREBLEU=str(place.folder))
    checks.that("Thai without a SentencePiece model counts characters", "tok:char" in done.stderr and "warning" not in
                done.stderr, done.stderr)
    done = place.train("no", "validation.tokenize=ja-mecab", REGARD_MECAB_JA=str(place.folder))
    checks.that("a tokenizer that was asked for must be there", done.returncode == 2 and " install" in done.stderr and
                not (place.folder / "no").exists(), done.stderr)
    done = place.train("no", "validation.tokenize=13b")
    checks.that("an unknown tokenizer is refused", done.returncode == 2 and "validation.tokenize" in done.stderr, done.stderr)


def check_several(place, checks):
    texts = "data.valid=[{source: sv, target: tv}, {source: sw, target: tw, name: news}]"
    done = place.train("two", texts, "training.max_updates=80", "validation.metrics=[bleu, chrf]")
    checks.equal("two validation texts", done.returncode, 0)
    records = place.records("two")
    names = {f"{text}{metric}" for text in ("", "tv.", "news.", "mean.") for metric in ("loss", "perplexity", "bleu", "chrf")}
    checks.that("each has scores of its own", len(records) == 2 and all(set(r) == names | {"kind", "update"} for r in records),
                records)
    last = records[-1]
    checks.that("names alone are the first one's", all(last[m] == last["tv." + m] for m in ("loss", "bleu")), last)
    checks.that("the mean is that of both", abs(last["mean.bleu"] - (last["tv.bleu"] + last["news.bleu"]) / 2) < 1e-9, last)
    one = place.train("one", "training.max_updates=80", "validation.metrics=[bleu, chrf]")
    alone = place.records("one")[-1]
    checks.that("the first one's scores are those it has alone", one.returncode == 0 and
                all(alone[m] == last[m] for m in ("loss", "bleu", "chrf")) and "tv.bleu" not in alone, (alone, last))
    checks.equal("both are in the log, the first one decides",
                 re.findall(r"update 80  validation of (\S+) .*?(\(new best\))?$", done.stderr, re.M),
                 [("tv", "(new best)"), ("news", "")])
    curves = (place.folder / "two/curves.svg").read_text()
    checks.that("and in the curves", "tv.bleu" in curves and "news.bleu" in curves, curves[:500])
    shown = place.run("config", "show", "two/config.yaml")
    checks.that("the run keeps both", shown.returncode == 0 and "name: news" in shown.stdout, shown)
    done = place.train("two", texts, "training.max_updates=80", "validation.metrics=[bleu, chrf]")
    checks.that("and goes on with them", done.returncode == 0 and "nothing to do" in done.stderr, done.stderr)


def check_choice(place, checks):
    texts = "data.valid=[{source: sv, target: tv}, {source: sw, target: tw, name: news}]"
    done = place.train("mean", texts, "training.max_updates=40", "validation.stop.metric=mean.bleu")
    best = json.loads((place.folder / "mean/checkpoints/last/state.json").read_text())["best"][0]
    last = place.records("mean")[-1]
    checks.that("the mean may decide", done.returncode == 0 and best["value"] == last["mean.bleu"] and
                best["loss"] == last["mean.loss"] and "validation of mean" in done.stderr, (done.stderr, best))
    done = place.train("news", texts, "training.max_updates=40", "validation.stop.metric=news.loss")
    best = json.loads((place.folder / "news/checkpoints/last/state.json").read_text())["best"][0]
    checks.equal("or any of them", best["value"], place.records("news")[-1]["news.loss"])
    for wrong, part in ((["validation.stop.metric=talks.bleu", texts], "talks"), (["validation.stop.metric=tv.bleu"], "tv"),
                        (["data.valid=[{source: sv, target: tv, name: a}, {source: sw, target: tw, name: a}]"], "two texts"),
                        (["data.valid=[{source: sv, target: tv}, {source: sw}]"], "data.valid[1].target")):
        done = place.train("wrong", *wrong)
        checks.that(f"refused: {wrong}", done.returncode == 2 and part in done.stderr, done.stderr)


def check_tags(place, checks):
    """A tag in the configuration is a tag written into the text."""
    (place.folder / "sx").write_text("".join("<X> " + line for line in (place.folder / "sv").read_text().splitlines(True)))
    train = "data.train=[{source: s, target: t, tag: <X>}]"
    results = []
    for output, valid in (("tagged", "{source: sv, target: tv, tag: <X>}"), ("written", "{source: sx, target: tv}"),
                          ("bare", "{source: sv, target: tv}")):
        done = place.train(output, train, "data.valid=" + valid, "training.max_updates=40", "validation.every=40")
        checks.equal(f"{output} is trained", done.returncode, 0)
        results.append({key: value for key, value in place.records(output)[-1].items()})
        if output == "tagged":
            checks.that("the sample in the log has the tag", "source       <X> " in done.stderr, done.stderr)
    checks.equal("a tagged text is validated as if the tag were written", results[0], results[1])
    checks.that("that is not the same as without", results[0]["loss"] != results[2]["loss"], results)


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        place = Workplace(folder)
        # Lines that 13a takes for a word each, of which none is ever right.
        (place.folder / "tu").write_text("".join(line[::-1].strip() + "猫和茶\n" for line in
                                                 (place.folder / "tv").read_text().splitlines()))
        for check in (check_chinese, check_ties, check_fallback, check_several, check_choice, check_tags):
            check(place, checks)
    print(f"{checks.done - checks.failed} of {checks.done} checks passed")
    sys.exit(1 if checks.failed or checks.done < 30 else 0)


if __name__ == "__main__":
    main()
