#!/usr/bin/env python3
"""Translates the same text with the same weights by Regard and CTranslate2, in turns; prints a Markdown table.

Usage: race.py --regard build/regard --model RUN --source F --reference F --python .deps/interop/bin/python [--rounds 5]

The model is exported first. Every round runs each program once, in changing order, so that a machine with other work is
unfair to all of them alike; the table has medians, and the ratio of the medians (above 1: Regard is faster). Regard's time
is that of the whole program less that of the same program for one short line, because loading is not in the other's.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent
PEER = ROOT / "peers/ctranslate2_driver.py"


class Race:
    """Exported models, and how each program is started."""

    def __init__(self, options, folder):
        self.options, self.folder = options, pathlib.Path(folder)
        self.threads = options.threads
        self.lines = pathlib.Path(options.source).read_text(encoding="utf-8").split("\n")[:-1]
        self.source = self.folder / "source"
        self.source.write_text("".join(line + "\n" for line in self.lines), encoding="utf-8")
        self.short = self.folder / "short"
        self.short.write_text("a\n", encoding="utf-8")
        for numbers in options.numbers:
            subprocess.run([options.regard, "export", "ctranslate2", options.model, self.folder / numbers,
                            "--quantization", numbers], check=True, stderr=subprocess.DEVNULL)

    def regard(self, beam, source=None):
        """Seconds of the whole program and its peak memory."""
        output = self.folder / "regard.out"
        command = [self.options.regard, "translate", self.options.model, "--input", source or self.source, "--output",
                   output, "--beam-size", beam, "--stop", "finished", "--threads", self.threads, "--max-length", 200]
        begin = time.perf_counter()
        child = subprocess.Popen(list(map(str, command)), stderr=subprocess.DEVNULL)
        usage = os.wait4(child.pid, 0)[2]
        seconds = time.perf_counter() - begin
        return {"seconds": seconds, "peak_mib": usage.ru_maxrss / 1024, "output": output}

    def regard_net(self, beam):
        whole = self.regard(beam)
        whole["startup"] = self.regard(beam, self.short)["seconds"]
        whole["seconds"] -= whole["startup"]
        return whole

    def peer(self, beam, numbers, workers, threads):
        output = self.folder / "peer.out"
        command = [self.options.python, PEER, "--model", self.folder / numbers, "--source", self.source, "--output", output,
                   "--beam", beam, "--numbers", numbers, "--workers", workers, "--threads", threads]
        found = json.loads(subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE).stdout)
        return {**found, "output": output}

    def bleu(self, output):
        found = subprocess.run([self.options.regard, "evaluate", "--hypothesis", output, "--reference",
                                self.options.reference, "--metrics", "bleu", "--json"], check=True, stdout=subprocess.PIPE)
        return json.loads(found.stdout)[0]["score"]


def contestants(race, beam):
    """Names and how to run them; CTranslate2 splits the threads both ways."""
    yield "Regard float32", lambda: race.regard_net(beam)
    for numbers in race.options.numbers:
        for workers in {1, race.threads}:
            threads = race.threads // workers
            yield (f"CTranslate2 {numbers}, {workers} x {threads}",
                   lambda n=numbers, w=workers, t=threads: race.peer(beam, n, w, t))


def run_beam(race, beam):
    results = {}
    runners = list(contestants(race, beam))
    for turn in range(race.options.rounds):
        for name, start in runners[turn % len(runners):] + runners[:turn % len(runners)]:
            found = start()
            found["bleu"] = race.bleu(found["output"])
            results.setdefault(name, []).append(found)
    ours = statistics.median(item["seconds"] for item in results["Regard float32"])
    for name, items in sorted(results.items()):
        middle = {key: statistics.median(item[key] for item in items) for key in ("seconds", "startup", "peak_mib", "bleu")}
        print(f"| {name} | {'greedy' if beam == 1 else f'beam {beam}'} | {len(race.lines)} | {middle['seconds']:.2f} | "
              f"{len(race.lines) / middle['seconds']:.0f} | {middle['seconds'] / ours:.2f} | {middle['startup']:.2f} | "
              f"{middle['peak_mib']:.0f} | {middle['bleu']:.2f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--regard", default="build/regard")
    parser.add_argument("--model", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--reference", required=True)
    parser.add_argument("--python", default=".deps/interop/bin/python", help="a Python that has ctranslate2")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--beams", type=int, nargs="+", default=[5, 1])
    parser.add_argument("--numbers", nargs="+", default=["float32", "int8"])
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    print("| program | search | lines | seconds | lines/s | ratio | start-up, s | peak MiB | BLEU |")
    print("|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        race = Race(options, folder)
        for beam in options.beams:
            run_beam(race, beam)


if __name__ == "__main__":
    main()
