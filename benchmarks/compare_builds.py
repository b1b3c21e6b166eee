#!/usr/bin/env python3
"""Compares the speed of two builds of regard_benchmarks (cmake --preset benchmarks); prints a Markdown table.

  compare_builds.py BASE NEW [--filter REGEX] [--rounds N] [--limit 1.10]

Both programs run once in each round, in changing order, which gives a ratio for each round, new to base: above 1 the
new build is slower. The table has the median of the ratios, in brackets their middle half. A benchmark counts as slower
when that median is above the limit and the middle half above 1; what looks so is measured for as many rounds again,
and must still look so over all of them. The same program twice shows what the machine alone does.

By default it is CPU time on one thread that is compared, which other work on the machine disturbs least.

Ends with 0, with 1 when a benchmark is slower, with 2 when the comparison could not be made.
"""
import argparse
import json
import math
import os
import re
import signal
import statistics
import sys
from dataclasses import dataclass

from racing.programs import RaceError, run
from racing.rounds import percentile, save, say, table

MILLISECONDS = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3}
TIMES = {"wall": "real_time", "processor": "cpu_time"}
SETTINGS = re.compile("(/process_time|/real_time)+$")  # what google-benchmark adds to names
AT_A_TIME = 10


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"{self.prog}: {message}\n")


def positive(text):
    if int(text) < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return int(text)


def number_from(least):
    def convert(text):
        if not least <= float(text) < math.inf:
            raise argparse.ArgumentTypeError(f"must be at least {least}")
        return float(text)
    convert.__name__ = "number"
    return convert


def names_in(program, expression):
    """The benchmarks of a program that match."""
    names = run([program, "--benchmark_list_tests", f"--benchmark_filter={expression}"]).stdout.split()
    if not names:
        raise RaceError(f"{program} has no benchmark that matches '{expression}'")
    return names


def pattern_of(names):
    """A POSIX regular expression of exactly these names."""
    escaped = (re.sub(r"[][(){}.*+?|^$\\]", r"\\\g<0>", name) for name in names)
    return f"^({'|'.join(escaped)})$"


def milliseconds(entry, time):
    """Of one benchmark of a report."""
    if entry.get("error_occurred"):
        raise ValueError(f"{entry['name']}: {entry.get('error_message')}")
    value = entry[TIMES[time]] * MILLISECONDS[entry["time_unit"]]
    if not 0 < value < math.inf:
        raise ValueError(f"{entry['name']}: a time of {value}")
    return value


def measure(program, names, options):
    """{benchmark: milliseconds} of one run."""
    output = run([program, "--benchmark_format=json", f"--benchmark_min_time={options.min_time}",
                  f"--benchmark_filter={pattern_of(names)}"], {"OMP_NUM_THREADS": str(options.threads)}).stdout
    try:
        found = {entry["name"]: milliseconds(entry, options.time) for entry in json.loads(output)["benchmarks"]}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RaceError(f"{program} wrote no usable report ({type(error).__name__}: {error})") from None
    if found.keys() != set(names):
        raise RaceError(f"{program} did not report what it lists: {', '.join(sorted(found.keys() ^ set(names)))}")
    return found


def measure_rounds(names, options):
    """Per build {benchmark: [milliseconds of each round]}. A few benchmarks at a time, so that both builds measure
    them at nearly the same time."""
    sides = (("base", options.base), ("new", options.new))
    results = {side: {name: [] for name in names} for side, _ in sides}
    for turn in range(options.rounds):
        say(f"round {turn + 1} of {options.rounds}")
        for first in range(0, len(names), AT_A_TIME):
            for side, program in reversed(sides) if turn % 2 else sides:
                for name, value in measure(program, names[first:first + AT_A_TIME], options).items():
                    results[side][name].append(value)
    return results


def shown(name):
    return SETTINGS.sub("", name)


@dataclass
class Ratio:
    """The median of the rounds and their middle half."""
    median: float
    low: float
    high: float


def ratio_of(base, new):
    each = [b / a for a, b in zip(base, new)]
    return Ratio(statistics.median(each), percentile(each, 0.25), percentile(each, 0.75))


def slower_ones(results, limit):
    ratios = {name: ratio_of(base, results["new"][name]) for name, base in results["base"].items()}
    return [name for name, ratio in ratios.items() if ratio.median > limit and ratio.low > 1]


def report(results, slower):
    rows = []
    for name, base in results["base"].items():
        new = results["new"][name]
        ratio = ratio_of(base, new)
        rows.append([shown(name), f"{statistics.median(base):.3g}", f"{statistics.median(new):.3g}",
                     f"{ratio.median:.2f} ({ratio.low:.2f}-{ratio.high:.2f})", "slower" if name in slower else ""])
    table(["benchmark", "base ms", "new ms", "new / base", ""], rows)


def compare(options):
    base, new = (names_in(program, options.filter) for program in (options.base, options.new))
    common = [name for name in base if name in new]
    if not common:
        raise RaceError("the builds have no benchmark in common")
    results = measure_rounds(common, options)
    slower = slower_ones(results, options.limit)
    if slower:
        say(f"{len(slower)} may be slower and are measured again")
        for side, found in measure_rounds(slower, options).items():
            for name, values in found.items():
                results[side][name] += values
        slower = slower_ones(results, options.limit)
    report(results, slower)
    for side, names in (("base", base), ("new", new)):
        alone = [shown(name) for name in names if name not in common]
        if alone:
            print(f"Only in the {side} build: {', '.join(alone)}.\n")
    save(options.json, results)
    print(f"{len(slower)} of {len(common)} are slower than {options.limit:g} times the base.")
    return 1 if slower else 0


def read_arguments():
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", metavar="BASE", help="a regard_benchmarks")
    parser.add_argument("new", metavar="NEW", help="another one, or the same")
    parser.add_argument("--filter", default=".", metavar="REGEX", help="only benchmarks whose names match")
    parser.add_argument("--rounds", type=positive, default=5, metavar="N")
    parser.add_argument("--limit", type=number_from(1), default=1.10, metavar="RATIO")
    parser.add_argument("--min-time", type=number_from(0), default=0.1, metavar="S", help="seconds of each benchmark")
    parser.add_argument("--time", choices=TIMES, default="processor", help="processor: CPU time of all threads")
    parser.add_argument("--threads", type=positive, default=1, metavar="N", help="of LibTorch")
    parser.add_argument("--json", metavar="FILE", help="for the milliseconds of every round")
    return parser.parse_args()


def main():
    options = read_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no program is left running
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    try:
        save(options.json, {})  # so that a place where nothing can be written is told at once
        return compare(options)
    except (RaceError, OSError) as error:
        say(f"compare_builds.py: {error}")
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
