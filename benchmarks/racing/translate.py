"""The race of translating files: Regard and CTranslate2 with the same weights, text in, text out.

Equal: the weights (exported by Regard), the text, beam 5 that ends when 5 hypotheses are finished, or greedy, score /
length, at most 200 pieces, as many CPU threads, as many source pieces in work at a time (--batch-tokens, padding
included: all of them for one worker, half for each of two), cutting into pieces and joining them in the time, loading
not in it. CTranslate2 runs both ways of splitting the threads; its better one counts.

Not equal: CTranslate2 translates a small batch before the clock starts. Regard's time is that of the whole program
less the least time of the same program for one short line, so that a start disturbed by other work counts against
Regard. int8 is each program's own way of rounding. The peak memory of CTranslate2 includes Python.
"""
import json
import pathlib
import statistics

from .programs import PEERS, RaceError, last_line, run
from .rounds import OURS, interleave, medians, ratio_text, say, table

PEER = "CTranslate2"
DRIVER = PEERS / "ctranslate2_driver.py"
HEADERS = ["numbers", "search", "lines", "program", "seconds", "lines/s", "Regard is times as fast", "CPU s",
           "start-up, s", "peak MiB", "BLEU", "same text as Regard", "same text as its float32"]


def read_lines(path):
    try:
        lines = pathlib.Path(path).read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise RaceError(f"{path}: {error.strerror}") from None
    return lines[:-1] if lines[-1] == "" else lines


def write_lines(path, lines):
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


def repeated(lines, count):
    """The first `count` lines of the text, which is repeated when it has fewer."""
    if not lines:
        raise RaceError("the text to translate is empty")
    return (lines * -(-count // len(lines)))[:count]


def precision_flags(options, precision):
    return [] if precision == "float32" else ["--precision", precision]


def has_precision(options):
    return "--precision" in run([options.regard, "translate", "--help"]).stdout


def possible(options):
    """The precisions that this build of Regard knows."""
    if has_precision(options):
        return options.precision
    for left_out in set(options.precision) - {"float32"}:
        say(f"{left_out} of Regard is left out: regard translate has no --precision")
    return [precision for precision in options.precision if precision == "float32"]


def export(options, folder):
    """The models for CTranslate2; without an environment for it there are none, and it is left out with a word."""
    models = {}
    try:
        run([options.python, DRIVER, "--check"])
    except RaceError as error:
        say(f"{PEER} is left out: {error}")
        return models
    for precision in options.precision:
        models[precision] = folder / f"ctranslate2_{precision}"
        run([options.regard, "export", "ctranslate2", options.model, models[precision], "--quantization", precision])
    return models


class Translation:
    """One number of lines and one beam size."""

    def __init__(self, options, folder, models, count, beam):
        self.options, self.folder, self.models, self.beam, self.count = options, folder, models, beam, count
        self.source = write_lines(folder / "source", repeated(read_lines(options.source), count))
        self.reference = write_lines(folder / "reference", repeated(read_lines(options.reference), count))
        self.short = write_lines(folder / "short", ["a"])
        self.texts = {}

    def regard_once(self, precision, source, output):
        options = self.options
        return run([options.regard, "translate", options.model, "--input", source, "--output", output,
                    "--beam-size", self.beam, "--stop", "finished", "--length-penalty", "average:1.0",
                    "--max-length", 200, "--batch-tokens", options.batch_tokens, "--threads", options.threads,
                    *precision_flags(options, precision)])

    def regard(self, precision):
        output = self.folder / "output"
        whole = self.regard_once(precision, self.source, output)
        self.texts[OURS, precision] = read_lines(output)
        start = self.regard_once(precision, self.short, output)
        return {"whole": whole.seconds, "startup": start.seconds, "processor": whole.processor - start.processor,
                "peak_mib": whole.peak_mib}

    def peer(self, name, precision, workers):
        output, options = self.folder / "output", self.options
        done = run([options.python, DRIVER, "--model", self.models[precision], "--source", self.source,
                    "--output", output, "--beam", self.beam, "--numbers", precision, "--workers", workers,
                    "--threads", options.threads // workers, "--batch-tokens", options.batch_tokens // workers])
        self.texts[name, precision] = read_lines(output)
        found = json.loads(last_line(done.stdout))
        return {**found, "whole": found["seconds"] + found["startup"], "peak_mib": done.peak_mib}

    def runners(self):
        """Programs with the same numbers run side by side."""
        found, ours = {}, possible(self.options)
        for precision in self.options.precision:
            if precision in ours:
                found[f"{OURS} {precision}"] = lambda p=precision: self.regard(p)
            for workers in sorted({1, self.options.threads}) if precision in self.models else []:
                name = f"{PEER}, {workers} x {self.options.threads // workers}"
                found[f"{name} {precision}"] = lambda n=name, p=precision, w=workers: self.peer(n, p, w)
        return found

    def bleu(self, lines):
        found = run([self.options.regard, "evaluate", "--hypothesis", write_lines(self.folder / "scored", lines),
                     "--reference", self.reference, "--metrics", "bleu", "--json"])
        return json.loads(found.stdout)[0]["score"]

    def summary(self, label, items):
        name, _, precision = label.rpartition(" ")
        row = medians(items, ("whole", "startup", "processor", "peak_mib"))
        lines = self.texts[name, precision]
        if len(lines) != self.count:
            raise RaceError(f"{label} gave {len(lines)} lines for {self.count}")
        least = min(item["startup"] for item in items)
        seconds = [item.get("seconds", item["whole"] - least) for item in items]
        return {**row, "name": name, "precision": precision, "bleu": self.bleu(lines), "rounds": seconds,
                "seconds": statistics.median(seconds), "as_ours": self.same(lines, (OURS, precision)),
                "as_float32": self.same(lines, (name, "float32"))}

    def same(self, lines, other):
        """The share of lines that equal those of another run, or None without it."""
        if other not in self.texts:
            return None
        return sum(a == b for a, b in zip(lines, self.texts[other])) / len(lines)

    def report(self, rows):
        """Rows of the table; the ratio to the better way of splitting the threads is marked."""
        cells = []
        for row in sorted(rows, key=lambda row: (row["precision"], row["seconds"])):
            rivals = [other for other in rows if other["precision"] == row["precision"]]
            ours = next((other for other in rivals if other["name"] == OURS), None)
            best = min((other["seconds"] for other in rivals if other["name"] != OURS), default=None)
            ratio = "" if ours in (None, row) else ratio_text(row["seconds"] / ours["seconds"],
                                                              row["rounds"], ours["rounds"])
            share = ["" if row[key] is None else f"{100 * row[key]:.1f} %" for key in ("as_ours", "as_float32")]
            cells.append([row["precision"], "greedy" if self.beam == 1 else f"beam {self.beam}", f"{self.count:,}",
                          row["name"], f"{row['seconds']:.2f}", f"{self.count / row['seconds']:.0f}",
                          ratio + (", the best" if ratio and row["seconds"] == best else ""), f"{row['processor']:.2f}",
                          f"{row['startup']:.2f}", f"{row['peak_mib']:.0f}", f"{row['bleu']:.2f}", *share])
        return cells


def race(options, folder):
    models = export(options, folder)
    raw, cells = {}, []
    for count in options.lines:
        for beam in options.beams:
            contest = Translation(options, folder, models, count, beam)
            say(f"{count} lines, beam {beam}")
            results = interleave(contest.runners(), options.rounds)
            rows = [contest.summary(label, items) for label, items in results.items()]
            raw[f"{count} lines, beam {beam}"] = {"rounds": results, "summary": rows}
            cells += contest.report(rows)
    table(HEADERS, cells)
    return raw
