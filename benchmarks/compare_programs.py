#!/usr/bin/env python3
"""Runs two builds of the program in turn: is one slower than the other?

  benchmarks/compare_programs.py OLD NEW --data DIR [--rounds 5]

DIR has train.en, train.de (Multi30k, for example). Both train the same small model on the same batches (width 256, three
layers, 4,096 subwords a batch, float32), translate the same lines with the same model (float32 and int8, beam 5 and greedy),
and start. Rounds alternate, so that a machine with other work is unfair to both alike; the table has medians and the range of
the ratios of the rounds. Both must give the same losses and the same text, or the comparison ends with 1.
"""
import argparse
import json
import pathlib
import statistics
import sys
import tempfile

from racing.programs import RaceError, run
from racing.rounds import OURS, interleave, ratio_text, say, table
from racing.train import SIZES

CONFIG = """\
output: {output}
data: {{train: [{{source: {data}/train.en, target: {data}/train.de}}], max_length: 0, max_ratio: 0}}
vocabulary: {{shared: true, {vocabulary}}}
model: {{dim: {dim}, layers: {layers}, heads: {heads}, feed_forward: {feed_forward}}}
training: {{batch_tokens: {batch_tokens}, max_updates: {updates}, log_every: 1, precision: float32}}
validation: {{every: 0}}
"""
WARM_UP = 10  # updates that do not count
OLD, NEW = f"{OURS}, old", f"{OURS}, new"


class Comparison:
    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.programs = {OLD: options.old, NEW: options.new}
        self.model = folder / "model"
        self.lines = folder / "lines"

    def train(self, program, output, vocabulary, updates):
        config = self.folder / (output.name + ".yaml")
        config.write_text(CONFIG.format(output=output, data=self.options.data, vocabulary=vocabulary, updates=updates,
                                        **SIZES["S"]))
        run([program, "train", config, "--overwrite", "--threads", self.options.threads])
        records = [json.loads(line) for line in (output / "metrics.jsonl").read_text().splitlines()]
        return [record for record in records if "tokens_per_second" in record]

    def prepare(self):
        self.train(self.programs[OLD], self.model, "size: 8000, type: bpe", self.options.updates)
        source = pathlib.Path(self.options.data, "train.en").read_text(encoding="utf-8").splitlines()
        self.lines.write_text("\n".join(source[:self.options.lines]) + "\n", encoding="utf-8")

    def training(self, program):
        pieces = self.model / "shared.spm"
        records = self.train(program, self.folder / "run", f"source: {pieces}", self.options.updates)
        counted = [record for record in records if record["update"] > WARM_UP]
        return (statistics.median(record["tokens_per_second"] for record in counted),
                [record["loss"] for record in records])

    def translating(self, program, precision, beam):
        output = self.folder / "translated"
        finished = run([program, "translate", self.model, "--input", self.lines, "--output", output, "--precision", precision,
                        "--beam-size", beam, "--threads", self.options.threads])
        return self.options.lines / finished.seconds, output.read_text(encoding="utf-8")

    def starting(self, program):
        line = self.folder / "line"
        line.write_text("a\n")
        output = self.folder / "started"
        finished = run([program, "translate", self.model, "--input", line, "--output", output, "--threads", 1])
        return 1 / finished.seconds, output.read_text(encoding="utf-8")

    def jobs(self):
        yield "training, target tokens/s", self.training
        for precision in ("float32", "int8"):
            for beam in (5, 1):
                yield (f"translating, lines/s, {precision}, beam {beam}",
                       lambda program, p=precision, b=beam: self.translating(program, p, b))
        yield "starts/s", self.starting


def compare(comparison, rounds):
    rows = []
    for name, job in comparison.jobs():
        found = interleave({build: lambda job=job, program=program: job(program)
                            for build, program in comparison.programs.items()}, rounds)
        if any(not result for results in found.values() for _, result in results):
            raise RaceError(f"{name}: a program gave nothing")
        rates = {build: [rate for rate, _ in results] for build, results in found.items()}
        old, new = (rates[build] for build in comparison.programs)
        is_equal = all(result == found[OLD][0][1] for results in found.values() for _, result in results)
        ratio = statistics.median(after / before for before, after in zip(old, new))
        rows.append([name, f"{statistics.median(old):,.2f}", f"{statistics.median(new):,.2f}", ratio_text(ratio, new, old),
                     "yes" if is_equal else "no"])
        say("  ".join(rows[-1]))
    table(["what", "old", "new", "new is times as fast", "same result"], rows)
    return all(row[-1] == "yes" for row in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", help="a program")
    parser.add_argument("new", help="another one")
    parser.add_argument("--data", required=True, type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--updates", type=int, default=40)
    parser.add_argument("--lines", type=int, default=500)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        comparison = Comparison(options, pathlib.Path(folder))
        comparison.prepare()
        return 0 if compare(comparison, options.rounds) else 1


if __name__ == "__main__":
    sys.exit(main())
