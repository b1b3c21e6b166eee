#!/usr/bin/env python3
"""R13: the same seed and number of threads produce the same weights; batching does not change translations.

COUNT training runs of a toy model must end with the same SHA-256 of weights, optimizer state and counters, and a
different seed with a different one. 50 times as many lines (at least 200) are translated in batches of 1, of 8 and of
64 sentences; at least 99.9 % must be equal.
"""
import random

from workbench import WORDS, Figure, Workbench, arguments, digests, workplace

SETTINGS = {"training.max_updates": 40, "training.ema": 0.9, "vocabulary.sampling.alpha": 0.1,
            "validation.every": 20, "checkpoint.every": 20}
LINE_PIECES = 24  # a line of the test takes at most so many subwords


def translations(bench, lines, batch_tokens):
    result = bench.run("translate", "long", "--threads", "1", "--batch-tokens", str(batch_tokens), stdin=lines)
    if result.code != 0:
        raise RuntimeError(str(result))
    return result.out.split(b"\n")[:-1]


def main():
    options = arguments(__doc__, 20)
    rng = random.Random(options.seed)
    figure = Figure("R13")
    with workplace("same") as folder:
        bench = Workbench(options.program, folder)
        first = None
        for i in range(options.count):
            result = bench.train(f"run{i}", SETTINGS)
            found = digests(bench.folder / f"run{i}") if result.code == 0 else {}
            first = first or found
            figure.case(f"training {i}", [] if found and found == first else [f"differs: {result}"])
        bench.train("other", {**SETTINGS, "seed": 4})
        if digests(bench.folder / "other")[40] == first.get(40):
            figure.case("another seed", "it gave the same weights")
        bench.train("long", {"training.max_updates": 600, "checkpoint.every": 600})
        count = max(50 * options.count, 200)
        sentences = [[rng.choice(WORDS) for _ in range(rng.randint(1, 8))] for _ in range(count)]
        lines = "".join(" ".join(words) + "\n" for words in sentences).encode()
        alone = translations(bench, lines, 1)
        # What is compared must be worth it: lines, and many different ones.
        if len(alone) != count or len(set(alone)) < count // 10:
            figure.case("translations", f"{len(alone)} lines, {len(set(alone))} different")
        for size in (8, 64):
            together = translations(bench, lines, size * LINE_PIECES)
            differing = sum(a != b for a, b in zip(alone, together))
            is_good = differing <= count // 1000 and len(together) == count
            figure.case(f"batches of {size}", [] if is_good else f"{differing} of {count} lines differ")
            figure.note(f"batches of 1 and {size} sentences: {count - differing} of {count} lines equal")
    figure.finish("trainings and batch sizes gave the same")


if __name__ == "__main__":
    main()
