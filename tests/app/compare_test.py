#!/usr/bin/env python3
"""Runs `regard compare` as a user does, and holds its table against what the other commands say.

Usage: compare_test.py PATH_OF_REGARD. Prints what it checks; exits 1 if anything failed.
"""
import json
import pathlib
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

from checks import Checks

PROGRAM = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/regard").resolve()
WORDS = "alfa bravo delta echo golf hotel india kilo lima mike oscar papa romeo sierra".split()
CONFIG = """\
output: run
data:
  source: xx
  target: yy
  train:
    - {{source: train.src, target: train.trg}}
  valid: {{source: valid.src, target: valid.trg}}
vocabulary: {{size: {vocabulary}}}
model: {{dim: {dim}, layers: 1, heads: 2, feed_forward: 32}}
training:
  batch_tokens: 150
  schedule: {{peak: 5.0e-3, warmup: 10}}
  max_updates: 7
  log_every: 5
validation: {{every: 10, metrics: [bleu, chrf], stop: {{metric: {metric}, patience: 1}}}}
checkpoint: {{every: 10}}
decoding: {{beam_size: 2}}
"""
USUAL = {"dim": 16, "vocabulary": 70, "metric": "chrf"}


class Workplace:
    """A temporary folder with corpora, true links and configurations, where commands run."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        rng = random.Random(4)
        for name, count in (("train", 60), ("valid", 12), ("test", 9)):
            lines = [[rng.choice(WORDS) for _ in range(rng.randint(2, 7))] for _ in range(count)]
            self.write(f"{name}.src", "".join(" ".join(words) + "\n" for words in lines))
            self.write(f"{name}.trg", "".join(" ".join(words[::-1]) + "\n" for words in lines))
            links = [" ".join(f"{i}-{len(words) - 1 - i}" for i in range(len(words))) for words in lines]
            self.write(f"{name}.gold", "".join(line + "\n" for line in links))
        self.write("small.yaml", CONFIG.format(**USUAL))
        self.write("large.yaml", CONFIG.format(**dict(USUAL, dim=24)))
        self.write("broken.yaml", CONFIG.format(**dict(USUAL, vocabulary=9000)))
        self.write("bleu.yaml", CONFIG.format(**dict(USUAL, metric="bleu")))

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")

    def run(self, *arguments):
        done = subprocess.run([PROGRAM, *map(str, arguments)], cwd=self.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=300, check=False)
        return done.returncode, done.stdout, done.stderr

    def compare(self, *arguments):
        return self.run("compare", *arguments, "--threads", 1)

    def json(self, name):
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def stamps(self, folder):
        """When each file below a folder was last written."""
        return {str(path): path.stat().st_mtime_ns for path in (self.folder / folder).rglob("*")
                if path.is_file() and not path.name.startswith("comparison.")}


def log_of_training(place, folder):
    lines = (place.folder / folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def check_numbers(checks, place, run, gold):
    """Each number of a run against the command that it comes from."""
    folder = run["folder"]
    code, out, _ = place.run("info", folder)
    parameters = re.search(r"^parameters +([\d,]+)$", out, re.M)
    checks.equal(f"{folder}: parameters as regard info says", (code, run["parameters"]),
                 (0, int(parameters.group(1).replace(",", ""))))
    code, out, _ = place.run("evaluate", folder, "--source", "test.src", "--reference", "test.trg",
                             "--metrics", "chrf", "--json")
    checks.equal(f"{folder}: quality as regard evaluate says", (code, run["quality"]),
                 (0, json.loads(out)[0]["score"]))
    code, _, err = place.run("attend", folder, "--source", "test.src", "--target", "test.trg", "--gold", gold,
                             "--lines", 6, "--threads", 1)
    rate = re.search(r"^alignment error rate ([\d.]+)", err, re.M)
    checks.equal(f"{folder}: alignment error rate as regard attend says",
                 (code, run["alignment_error_rate"]), (0, float(rate.group(1))))
    log = log_of_training(place, folder)
    speeds = [line["tokens_per_second"] for line in log if line["kind"] == "train"]
    checks.that(f"{folder}: the usual speed of its log",
                len(speeds) == 4 and abs(statistics.median(speeds) - run["tokens_per_second"]) < 1e-6, speeds)
    best = max((line for line in log if line["kind"] == "valid"), key=lambda line: (line["chrf"], -line["loss"]))
    checks.equal(f"{folder}: perplexity of the best validation", run["perplexity"], best["perplexity"])
    checks.equal(f"{folder}: the whole budget and no more", run["updates"], 20)
    checks.that(f"{folder}: a plausible peak of memory", 2 ** 25 < run["peak_bytes"] < 2 ** 35, run)


def check_files(checks, place, out, table):
    text = (place.folder / "out/comparison.md").read_text(encoding="utf-8")
    for config in table["configs"]:
        mean = statistics.mean(run["quality"] for run in config["runs"])
        spread = statistics.stdev(run["quality"] for run in config["runs"])
        checks.that(f"{config['name']}: mean and spread of the seeds",
                    abs(config["mean"]["quality"] - mean) < 1e-9
                    and abs(config["standard_deviation"]["quality"] - spread) < 1e-9, config)
        cell = f"{config['mean']['quality']:.2f} ± {config['standard_deviation']['quality']:.2f}"
        row = rf"^{config['name']} +{re.escape(cell)} .*\b{config['runs'][0]['parameters']:,}\b"
        checks.that(f"{config['name']}: its row on standard output", re.search(row, out, re.M), out)
        checks.that(f"{config['name']}: its row in Markdown", f"| {config['name']} |" in text and cell in text, text)
    checks.that("budget, seeds, test text and signature stand below the table",
                all(part in out for part in ("20 updates", "seeds 1, 2", "test.src", "9 sentences", "chrF2|nrefs:1")),
                out)
    picture = xml.etree.ElementTree.parse(place.folder / "out/comparison.svg").getroot()
    dots = [item for item in picture.iter() if item.get("class") == "d"]
    bars = [float(item.get("width")) for item in picture.iter() if item.get("class") == "q"]
    means = sorted((config["mean"]["quality"] for config in table["configs"]), reverse=True)  # the best comes first
    checks.that("the picture has a dot for each run and bars in proportion",
                len(dots) == 4 and len(bars) == 2 and min(bars) > 0
                and abs(bars[1] - bars[0] * means[1] / means[0]) < 0.1, (bars, means))  # pixels, to a tenth


def check_table(checks, place):
    options = ["--updates", 20, "--seeds", 2, "--output", "out", "--source", "test.src", "--reference", "test.trg",
               "--gold", "first.gold"]
    gold = (place.folder / "test.gold").read_text(encoding="utf-8").splitlines()[:6]
    place.write("first.gold", "\n".join(gold) + "\n")
    code, out, err = place.compare("small.yaml", "large.yaml", *options)
    checks.equal("two configurations with two seeds", code, 0)
    if code != 0:
        print(err)
        return
    table = place.json("out/comparison.json")
    checks.equal("names and seeds", [(config["name"], [run["seed"] for run in config["runs"]])
                                     for config in table["configs"]], [("small", [1, 2]), ("large", [1, 2])])
    runs = [run for config in table["configs"] for run in config["runs"]]
    for run in runs[1:3]:
        check_numbers(checks, place, run, "first.gold")
    checks.that("another seed is another run", runs[0]["perplexity"] != runs[1]["perplexity"], runs)
    checks.that("progress with the number of the run", "run 2 of 4, large, seed 1" in err, err)
    check_files(checks, place, out, table)

    before = place.stamps("out")
    again = place.compare("small.yaml", "large.yaml", *options)
    checks.equal("the same command again prints the same", again[:2], (0, out))
    checks.equal("and trains and evaluates nothing", place.stamps("out"), before)
    code, out, err = place.compare("small.yaml", "broken.yaml", *options)
    checks.equal("a run that fails makes the exit code 1", code, 1)
    checks.that("its error is shown",
                "error: run 2 of 4, broken, seed 1: train.src, train.trg: the text is too small" in err, err)
    statuses = [[run["status"] for run in config["runs"]] for config in place.json("out/comparison.json")["configs"]]
    checks.equal("and the others happen", statuses, [["done", "done"], ["failed", "failed"]])
    checks.that("the table says so",
                re.search(r"^broken +failed", out, re.M) and "Failed: broken, seed 2: train.src" in out, out)

    code, _, err = place.compare("small.yaml", "--updates", 20, "--output", "out")
    checks.equal("another test text", code, 0)
    fresh = place.json("out/comparison.json")
    checks.that("is evaluated without training again",
                fresh["configs"][0]["runs"][0]["quality"] != runs[0]["quality"]
                and fresh["configs"][0]["runs"][0]["peak_bytes"] == runs[0]["peak_bytes"]
                and fresh["configs"][0]["runs"][0]["alignment_error_rate"] is None, err)


def check_budgets(checks, place):
    code, out, _ = place.compare("small.yaml", "small.yaml", "bleu.yaml", "--tokens", 700, "--output", "tokens")
    checks.equal("a budget in tokens", code, 0)
    configs = place.json("tokens/comparison.json")["configs"]
    checks.equal("one name for each", [config["name"] for config in configs], ["small", "small-2", "bleu"])
    for config in configs[:2]:
        seen = config["runs"][0]["target_tokens"]
        checks.that(f"{config['name']}: ends at the first update beyond it", 700 <= seen < 700 + 150, config)
    checks.equal("equal runs are equal", configs[0]["runs"][0]["quality"], configs[1]["runs"][0]["quality"])
    checks.that("without a common metric the quality is BLEU", "BLEU|nrefs:1" in out, out)


def check_refusals(checks, place):
    place.write("cosine.yaml", CONFIG.format(**USUAL).replace("{peak:", "{type: cosine, peak:"))
    place.write("other.yaml", CONFIG.format(**USUAL).replace("valid: {source: valid", "valid: {source: test")
                .replace("target: valid", "target: test"))
    test = ["--source", "test.src", "--reference", "test.trg"]
    cases = [
        ("no budget", ["small.yaml"], "no budget"),
        ("two budgets", ["small.yaml", "--updates", 5, "--minutes", 1], "more than one budget"),
        ("an unknown configuration", ["small.yaml", "nowhere.yaml", "--updates", 5], "nowhere.yaml"),
        ("an unknown key", ["small.yaml", "--updates", 5, "--set", "model.dimm=3"], "model.dimm"),
        ("missing gold links", ["small.yaml", "--updates", 5, "--gold", "no.gold"], "no.gold"),
        ("too many gold links", ["small.yaml", "--updates", 5, "--gold", "train.gold"], "train.gold: 60 lines"),
        ("damaged gold links", ["small.yaml", "--updates", 5, "--gold", "valid.src"], "valid.src:1"),
        ("half a test text", ["small.yaml", "--updates", 5, "--source", "test.src"], "--reference"),
        ("texts of two lengths", ["small.yaml", "--updates", 5, "--source", "test.src", "--reference", "train.trg"],
         "train.trg: 60 lines"),
        ("two validation texts", ["small.yaml", "other.yaml", "--updates", 5], "different validation texts"),
        ("a schedule that needs updates", ["cosine.yaml", "--tokens", 500], "cosine"),
        ("another budget", ["small.yaml", "--updates", 21, "--output", "out"], "another budget"),
        ("other values", ["small.yaml", "--updates", 20, "--output", "out", "--set", "training.clip_norm=3", *test],
         "training.clip_norm = 1.0, now 3.0"),
        ("a folder of another command", ["small.yaml", "--updates", 5, "--output", "foreign"],
         "not a run of a comparison"),
    ]
    (place.folder / "foreign/small/seed-1").mkdir(parents=True)
    (place.folder / "foreign/small/seed-1/notes.txt").write_text("mine\n", encoding="utf-8")
    for what, arguments, part in cases:
        output = [] if "--output" in arguments else ["--output", "refused"]
        code, out, err = place.compare(*arguments, *output)
        lines = err.splitlines()
        checks.that(f"{what}: exit code 2, and one line that says so",
                    code == 2 and out == "" and len(lines) == 1 and lines[0].startswith("error: ")
                    and part in lines[0], (code, out, err))
    checks.that("what is refused writes nothing", not (place.folder / "refused").exists())


def check_interrupt(checks, place):
    """Ctrl-C reaches compare alone, as its training has a process group of its own."""
    arguments = ["compare", "small.yaml", "--minutes", "0.08", "--output", "stopped", "--threads", "1"]
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        process = subprocess.Popen([PROGRAM, *arguments], cwd=place.folder, stderr=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True, start_new_session=True)
        log = place.folder / "stopped/small/seed-1/metrics.jsonl"
        updates = log_length(log)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and log_length(log) <= updates:
            time.sleep(0.02)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        checks.equal(f"{number.name} ends it after a save", (process.returncode, out), (code, ""))
        state = place.json("stopped/small/seed-1/checkpoints/last/state.json")
        checks.that("the run is saved unfinished", state["update"] > 0 and state["seconds"] < 4.8, state)
        checks.that("it says how to go on", "run the same command again to resume" in err, err)
    seconds = state["seconds"]
    result = place.run(*arguments)
    table = place.json("stopped/comparison.json")["configs"][0]["runs"][0]
    log = (place.folder / "stopped/small/seed-1/train.log").read_text(encoding="utf-8")
    checks.that("the same command goes on where it stopped",
                result[0] == 0 and 0 < seconds / 60 < 0.08 <= table["minutes"] < 1
                and log.count("resuming ") == 2, (result, log))


def log_length(path):
    return len(path.read_text(encoding="utf-8").splitlines()) if path.exists() else 0


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        place = Workplace(folder)
        check_table(checks, place)
        check_budgets(checks, place)
        check_refusals(checks, place)
        check_interrupt(checks, place)
    print(f"{checks.done} checks, {checks.failed} failed")
    sys.exit(1 if checks.failed or checks.done < 50 else 0)


if __name__ == "__main__":
    main()
