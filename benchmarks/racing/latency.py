"""The races of one sentence at a time, and of starting.

Latency: Regard is a filter that is given a line and has to answer it before it gets the next, so the pipe is in its
time; CTranslate2 is called inside its driver, without a pipe. Both have loaded and have translated 8 lines before; one
thread each; same weights, beam and limits as in translate.py. The time of a sentence is its median over the rounds;
the table has the median and the 95th percentile of the sentences.

Start-up: from the start of the process to the first translation of a short line.
"""
import json
import statistics

from .programs import RaceError, Filter, last_line, run
from .rounds import OURS, interleave, medians, percentile, table
from .translate import DRIVER, PEER, export, possible, precision_flags, read_lines, repeated, write_lines

WARMUP = 8


def filter_command(options, precision):
    return [options.regard, "translate", options.model, "--beam-size", options.beam, "--stop", "finished",
            "--length-penalty", "average:1.0", "--max-length", "200", "--threads", options.threads,
            *precision_flags(options, precision)]


class Latency:
    def __init__(self, options, folder, models):
        self.options, self.folder, self.models = options, folder, models
        self.lines = repeated(read_lines(options.source), options.lines)
        self.source = write_lines(folder / "source", self.lines)

    def regard(self, precision):
        running = Filter(filter_command(self.options, precision))
        for line in self.lines[:WARMUP]:
            running.ask(line)
        used = running.processor()
        latencies = [running.ask(line)[1] for line in self.lines]
        processor = running.processor() - used
        return {"latencies": latencies, "processor": processor, "peak_mib": running.close()}

    def peer(self, precision):
        options = self.options
        done = run([options.python, DRIVER, "--model", self.models[precision], "--source", self.source,
                    "--output", self.folder / "output", "--beam", options.beam, "--numbers", precision,
                    "--threads", options.threads, "--one-by-one"])
        return {**json.loads(last_line(done.stdout)), "peak_mib": done.peak_mib}

    def runners(self):
        ours = {f"{OURS} {precision}": lambda p=precision: self.regard(p) for precision in possible(self.options)}
        return {**ours, **{f"{PEER} {precision}": lambda p=precision: self.peer(p) for precision in self.models}}

    def summary(self, label, items):
        name, _, precision = label.rpartition(" ")
        times = [1000 * statistics.median(values) for values in zip(*(item["latencies"] for item in items))]
        row = medians(items, ("processor", "peak_mib"))
        return {"name": name, "precision": precision, "median_ms": statistics.median(times),
                "p95_ms": percentile(times, 0.95), "processor_ms": 1000 * row["processor"] / len(times),
                "peak_mib": row["peak_mib"]}


def race(options, folder):
    contest = Latency(options, folder, export(options, folder))
    results = interleave(contest.runners(), options.rounds)
    rows = [contest.summary(label, items) for label, items in results.items()]
    cells = []
    for row in sorted(rows, key=lambda row: (row["precision"], row["median_ms"])):
        ours = next((other for other in rows if (other["name"], other["precision"]) == (OURS, row["precision"])), None)
        ratio = "" if ours in (None, row) else f"{row['median_ms'] / ours['median_ms']:.2f}"
        cells.append([row["precision"], f"beam {options.beam}", len(contest.lines), row["name"],
                      f"{row['median_ms']:.1f}", f"{row['p95_ms']:.1f}", f"{row['processor_ms']:.1f}", ratio,
                      f"{row['peak_mib']:.0f}"])
    table(["numbers", "search", "sentences", "program", "median ms", "95th percentile ms", "CPU ms / sentence",
           "Regard is times as fast", "peak MiB"], cells)
    return {"rounds": results, "summary": rows}


def start(command):
    """Seconds from the start of the process to its first answer."""
    running = Filter(command)
    running.ask("a")
    seconds = running.seconds_so_far()
    return {"seconds": seconds, "peak_mib": running.close()}


def race_startup(options, folder):
    models = export(options, folder) if options.python else {}
    runners = {f"{OURS} {precision}": lambda p=precision: start(filter_command(options, p))
               for precision in possible(options)}
    for precision, model in models.items():
        command = [options.python, DRIVER, "--model", model, "--beam", options.beam, "--numbers", precision,
                   "--threads", options.threads, "--filter"]
        runners[f"{PEER} {precision}"] = lambda command=command: start(command)
    if not runners:
        raise RaceError("no program is left to start")
    results = interleave(runners, options.rounds)
    rows = []
    for label, items in results.items():
        name, _, precision = label.rpartition(" ")
        seconds = [item["seconds"] for item in items]
        rows.append([name, precision, len(items), f"{statistics.median(seconds):.3f}", f"{min(seconds):.3f}",
                     f"{statistics.median(item['peak_mib'] for item in items):.0f}"])
    table(["program", "numbers", "starts", "median s to the first translation", "least s", "peak MiB"], rows)
    return results
