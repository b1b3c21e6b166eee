"""Rounds in changing order, medians, and Markdown tables."""
import json
import pathlib
import statistics
import sys

from .programs import RaceError

OURS = "Regard"


def say(text):
    """Progress and warnings; the standard output holds the tables alone."""
    print(text, file=sys.stderr, flush=True)


def interleave(runners, rounds):
    """{name: [result of each round]} of {name: function}.

    Each round runs every program once. Every second one goes backwards, and each two start one program further than the
    two before, so that a machine with other work is unfair to all of them alike. A peer that fails is left out.
    """
    runners = dict(runners)
    results = {name: [] for name in runners}
    for turn in range(rounds):
        names = list(runners)
        shift = turn // 2 % len(names)
        order = names[shift:] + names[:shift]
        for name in reversed(order) if turn % 2 else order:
            say(f"round {turn + 1} of {rounds}: {name}")
            try:
                results[name].append(runners[name]())
            except RaceError as error:
                if name.startswith(OURS):
                    raise
                say(f"{name} is left out: {error}")
                del runners[name], results[name]
    return results


def medians(items, keys):
    return {key: statistics.median(item[key] for item in items) for key in keys}


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def ratio_text(ratio, upper, lower):
    """The ratio, and in brackets its least and greatest value in a round."""
    each = [a / b for a, b in zip(upper, lower)]
    return f"{ratio:.2f} ({min(each):.2f}-{max(each):.2f})"


def table(headers, rows):
    print("| " + " | ".join(headers) + " |")
    print("|" + "---|" * len(headers))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |", flush=True)
    print(flush=True)


def save(path, value):
    """The raw numbers, if a file was asked for."""
    if path:
        pathlib.Path(path).write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
