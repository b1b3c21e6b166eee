"""Large corpora: how fast the cache of tokens is made, what memory it takes, and how soon training starts from it.

The corpus is train.en and train.de of the data folder, repeated to the asked number of pairs: tokenising has no memory
of earlier lines, so repeating makes nothing faster. The model is small (width 256, 3+3 blocks). For each size:

  cold    the first run of a configuration: reads, tokenises, writes the cache, one update
  warm    the same command again for one more update: opens the cache

Seconds are from the start of the program; pairs/s include it.

SentencePiece alone is its Python module, encoding the same lines with as many threads, without reading or writing.
"""
import itertools
import os
import pathlib
import re
import subprocess
import time

from .programs import RaceError, run
from .rounds import say, table

CONFIG = """\
output: {output}
device: cpu
data:
  train: [{{source: {source}, target: {target}}}]
vocabulary: {{size: 8000, type: bpe, shared: true, source: {pieces}}}
model: {{dim: 256, layers: 3, heads: 4, feed_forward: 1024, tie: all}}
training: {{batch_tokens: 4096, log_every: 1}}
validation: {{every: 0}}
"""
ALONE = """\
import sys, time, sentencepiece
model = sentencepiece.SentencePieceProcessor(model_file=sys.argv[1])
lines = [line.rstrip("\\n") for path in sys.argv[3:] for line in open(path, encoding="utf-8", newline="\\n")]
begin = time.perf_counter()
for first in range(0, len(lines), 100000):
    model.encode(lines[first:first + 100000], num_threads=int(sys.argv[2]))
print(len(lines) / 2 / (time.perf_counter() - begin))
"""


def repeat(path, pairs, out):
    with open(path, encoding="utf-8", newline="\n") as file:
        lines = file.readlines()
    with open(out, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(itertools.islice(itertools.cycle(lines), pairs))
    return out


def times_of(command):
    """Seconds from the start to the corpus being there and to the first update, and the peak of the memory."""
    begin = time.perf_counter()
    child = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    seconds, last = {}, ""
    for line in child.stdout:
        last = line
        for what in ("training data", "update"):
            if line.startswith(what):
                seconds.setdefault(what, time.perf_counter() - begin)
    status, usage = os.wait4(child.pid, 0)[1:]
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0 or len(seconds) < 2:
        raise RaceError(f"{command[0]} ended with {child.returncode}: {last.strip()}")
    return seconds["training data"], seconds["update"], usage.ru_maxrss / 1024


def waiting_share(command):
    """Of the time of 30 updates and what came before them, the share in which they waited for data, in percent."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    rows = dict(re.findall(r"^(update|waiting for data) +[\d.]+ % +([\d.]+) s", done.stdout, re.M))
    if len(rows) < 2:
        raise RaceError(f"{command[0]} gave no profile: {done.stdout[-200:]!r}")
    waited, worked = float(rows["waiting for data"]), float(rows["update"])
    return 100 * waited / (waited + worked)


class Size:
    def __init__(self, options, folder, pieces, pairs):
        self.options, self.pairs, self.folder = options, pairs, folder
        data = pathlib.Path(options.data).resolve()
        self.files = {side: repeat(data / f"train.{side}", pairs, folder / f"{pairs}.{side}") for side in ("en", "de")}
        self.pieces = pieces
        self.config = folder / f"{pairs}.yaml"
        self.config.write_text(CONFIG.format(output=folder / f"run{pairs}", pieces=pieces, source=self.files["en"],
                                             target=self.files["de"]), encoding="utf-8")

    def train(self, updates, *more):
        return [self.options.regard, "train", self.config, "--threads", self.options.threads, "--set",
                f"training.max_updates={updates}", *more]

    def alone(self):
        done = run([self.options.python, "-c", ALONE, self.pieces, self.options.threads, *self.files.values()])
        return float(done.stdout)

    def measure(self):
        say(f"{self.pairs:,} pairs")
        read, _, cold_mib = times_of(self.train(1))
        opened, first, warm_mib = times_of(self.train(2))
        waited = waiting_share(self.train(32, "--profile"))
        alone = self.alone() if self.pairs <= 1200000 else float("nan")
        for file in self.files.values():
            file.unlink()
        return {"pairs": self.pairs, "read_seconds": read, "cold_mib": cold_mib, "opened_seconds": opened,
                "first_update_seconds": first, "warm_mib": warm_mib, "waiting_percent": waited,
                "sentencepiece_pairs_per_second": alone}


def vocabulary(options, folder):
    data = pathlib.Path(options.data).resolve()
    config = folder / "vocabulary.yaml"
    config.write_text(CONFIG.format(output=folder / "vocabulary", pieces='""', source=data / "train.en",
                                    target=data / "train.de"), encoding="utf-8")
    run([options.regard, "train", config, "--set", "training.max_updates=1", "--set", "training.batch_tokens=256"])
    return folder / "vocabulary" / "shared.spm"


def race(options, folder):
    pieces = vocabulary(options, folder)
    found = [Size(options, folder, pieces, pairs).measure() for pairs in options.pairs]
    table(["pairs", "cold: cache made after, s", "pairs/s", "SentencePiece alone, pairs/s", "peak MiB",
           "warm: cache open after, s", "first update after, s", "peak MiB", "updates waited for data"],
          [[f"{row['pairs']:,}", f"{row['read_seconds']:.1f}", f"{row['pairs'] / row['read_seconds']:,.0f}",
            f"{row['sentencepiece_pairs_per_second']:,.0f}", f"{row['cold_mib']:.0f}", f"{row['opened_seconds']:.1f}",
            f"{row['first_update_seconds']:.1f}", f"{row['warm_mib']:.0f}", f"{row['waiting_percent']:.2f} %"]
           for row in found])
    return found
