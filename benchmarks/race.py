#!/usr/bin/env python3
"""Races Regard against other programs on this machine; every race prints a Markdown table.

  race.py train     --data DIR --python PY [--fairseq DIR] [--sizes S B]     target tokens/s of training, float32
  race.py translate --model RUN --source F --reference F --python PY         files, float32 and int8, beam 5 and greedy
  race.py latency   --model RUN --source F --python PY                       one sentence at a time, one thread
  race.py startup   --model RUN [--python PY]                                seconds to the first translation
  race.py scale     --data DIR --python PY [--pairs N ...]                   large corpora: cache, memory, start
  race.py limits    --python PY                                              what the machine can do

What is equal work and what is not is written at the top of racing/train.py, racing/translate.py and racing/latency.py;
peers/README.md says how PY is made. A program that cannot be loaded is left out with a word.

Every round runs each program once, in changing order, and tables have medians over the rounds, so that a machine with
other work is unfair to all alike: read the ratios ("Regard is times as fast", above 1: Regard is faster) rather than
the seconds, and CPU seconds (of all threads) next to them. GOMP_SPINCOUNT is 1000 for all programs unless it is
set: threads that spin while another program has their CPU cost more than the arithmetic. Where other work cannot
be stopped, run the race in a session of its own with raised priority, as root:

  setsid --wait bash -c 'echo -10 > /proc/self/autogroup; exec "$@"' x benchmarks/race.py train ...
"""
import argparse
import os
import pathlib
import signal
import sys
import tempfile

from racing import latency, limits, scale, train, translate
from racing.programs import RaceError
from racing.rounds import save, say

ROOT = pathlib.Path(__file__).resolve().parent.parent


def common(commands, name, text, rounds):
    command = commands.add_parser(name, help=text)
    command.add_argument("--regard", default=ROOT / "build/regard", type=pathlib.Path, help="the program")
    command.add_argument("--python", default=str(ROOT / ".deps/interop/bin/python"), help="a Python that has the peers")
    command.add_argument("--rounds", type=positive, default=rounds)
    command.add_argument("--threads", type=positive, default=os.cpu_count())
    command.add_argument("--json", help="a file for the raw numbers")
    return command


def positive(text):
    if int(text) < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return int(text)


def add_train(commands):
    command = common(commands, "train", "target tokens/s of training", 5)
    command.add_argument("--data", required=True, help="folder with train.en and train.de")
    command.add_argument("--sizes", nargs="+", choices=train.SIZES, default=["S", "B"])
    command.add_argument("--updates", type=positive, default=10, help="that are measured")
    command.add_argument("--warmup", type=positive, default=3, help="updates before them")
    command.add_argument("--peers", nargs="*", choices=train.DRIVERS, default=list(train.DRIVERS))
    command.add_argument("--python-of", nargs="+", default=[], metavar="PEER=PY", help="another Python for a peer")
    command.add_argument("--fairseq", type=pathlib.Path, help="fairseq's source tree")
    command.add_argument("--device", choices=["cpu", "cuda"], default="cpu",
                         help="on a GPU the peers are marian-hf and pytorch; memory is that of the host")
    command.add_argument("--precision", choices=["float32", "bfloat16"], default="float32",
                         help="of the products; bfloat16 is autocast")
    command.add_argument("--batch-tokens", type=positive, help="another budget than the size's own")
    command.set_defaults(race=train.race)


def add_decoding(command):
    command.add_argument("--model", required=True, help="a model directory of Regard")
    command.add_argument("--precision", nargs="+", default=["float32", "int8"],
                         choices=["float32", "bfloat16", "float16", "int8"])


def add_translate(commands):
    command = common(commands, "translate", "lines/s of translating files", 5)
    add_decoding(command)
    command.add_argument("--source", required=True, help="text to translate; repeated if it has too few lines")
    command.add_argument("--reference", required=True, help="its translation, for BLEU")
    command.add_argument("--lines", type=positive, nargs="+", default=[1000, 10000])
    command.add_argument("--beams", type=positive, nargs="+", default=[5, 1])
    command.add_argument("--batch-tokens", type=positive, default=4096, help="source pieces in work at a time")
    command.set_defaults(race=translate.race)


def add_latency(commands):
    command = common(commands, "latency", "milliseconds for one sentence", 5)
    add_decoding(command)
    command.add_argument("--source", required=True, help="text to translate")
    command.add_argument("--lines", type=positive, default=200)
    command.add_argument("--beam", type=positive, default=5)
    command.set_defaults(race=latency.race, threads=1)


def add_startup(commands):
    command = common(commands, "startup", "seconds to the first translation", 20)
    add_decoding(command)
    command.add_argument("--beam", type=positive, default=5)
    command.set_defaults(race=latency.race_startup, threads=1)


def add_scale(commands):
    command = common(commands, "scale", "cache, memory and start with large corpora", 1)
    command.add_argument("--data", required=True, help="folder with train.en and train.de")
    command.add_argument("--pairs", type=positive, nargs="+", default=[100000, 1000000, 4500000, 10000000])
    command.set_defaults(race=scale.race)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, metavar="RACE")
    for add in (add_train, add_translate, add_latency, add_startup, add_scale):
        add(commands)
    common(commands, "limits", "what the machine can do", 1).set_defaults(race=limits.race)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no program is left running
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    try:
        with tempfile.TemporaryDirectory() as folder:
            save(options.json, options.race(options, pathlib.Path(folder)))
    except RaceError as error:
        say(f"race.py: {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
