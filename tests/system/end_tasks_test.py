#!/usr/bin/env python3
"""Trains small models of every task on examples whose answer is known, and judges them.

Usage: end_tasks_test.py REGARD [--quick] [--only NAME ...]. Prints a line of a Markdown table for each claim; exits 1 if
one does not hold. Bounds keep a margin to what calibration runs measured; examples, seeds and threads are fixed.
"""
import argparse
import dataclasses
import sys
import tempfile

from end_tasks import models, texts
from end_tasks.program import Course, Failure, Program


@dataclasses.dataclass(frozen=True)
class Claim:
    """`metric` of this model on unseen examples of the text is in these bounds."""

    name: str
    task: str
    make: object
    model: dict
    metric: str
    above: float = 0.0
    below: float = 1.001
    course: Course = Course()
    num_train: int = 6000


BIASED = {"score": "dot", "project": "none"}
MATCHING = {"interact": BIASED, "hidden": 64}
ORDER = Course(updates=500)
CLAIMS = {
    "order": (
        Claim("forward + backward", "classify", texts.order, models.directional(["forward", "backward"]), "accuracy",
              above=0.97, course=ORDER, num_train=12000),
        Claim("diagonal", "classify", texts.order, models.directional(["diagonal"]), "accuracy", below=0.62,
              course=ORDER, num_train=12000)),
    "turned pair": (
        Claim("forward + backward", "pair", texts.turned_pair,
              models.directional(["forward", "backward"], hidden=64), "accuracy", above=0.95,
              course=Course(updates=1500), num_train=20000),
        Claim("diagonal", "pair", texts.turned_pair, models.directional(["diagonal"], hidden=64), "accuracy",
              below=0.60, num_train=20000)),
    "shuffled copy": (
        Claim("both ways", "pair", texts.shuffled_copy, models.words_alone(**MATCHING), "accuracy", above=0.95),
        Claim("siamese", "pair", texts.shuffled_copy, models.words_alone(), "accuracy", below=0.85)),
    "roles": (
        Claim("ffn", "tag", texts.roles, models.tagger(models.ffn(), models.self_attention()), "span_f1", above=0.95,
              num_train=3000),
        Claim("no attention", "tag", texts.roles, models.tagger(models.ffn()), "span_f1", below=0.75,
              num_train=3000)),
}
QUICK = ("order", "shuffled copy", "roles")


def check_filter(program, model, test):
    """As many answers as lines, a blank one among them, and those of the file of examples."""
    lines = [example.split("\t", 1)[1] for example in test[:20]]
    answers = program.call("predict", model, text="\n".join(lines + [lines[0]]) + "\n").splitlines()
    if len(answers) != len(lines) + 1 or answers[0] != answers[-1]:
        raise Failure(f"{model}: {len(answers)} answers to {len(lines) + 1} lines")


def judge(program, number, claim):
    train, test = texts.train_and_test(claim.make, claim.make.__name__, claim.num_train)
    files = {"train": f"{claim.make.__name__}.train", "test": f"{claim.make.__name__}.test"}
    program.write(files["train"], train)
    program.write(files["test"], test)
    model = f"model{number}"
    seconds = program.train(model, claim.task, claim.model, files, claim.course)
    if claim.task != "tag":
        check_filter(program, model, test)
    return program.evaluate(model, files["test"], claim.metric), seconds


def run(path, names):
    missed = []
    print("| text | model | claim | measured | seconds | verdict |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        program = Program(path, folder)
        claims = [(name, claim) for name in names for claim in CLAIMS[name]]
        for number, (name, claim) in enumerate(claims):
            measured, seconds = judge(program, number, claim)
            holds = claim.above < measured < claim.below
            bound = f"{claim.metric} > {claim.above}" if claim.above > 0 else f"{claim.metric} < {claim.below}"
            print(f"| {name} | {claim.name} | {bound} | {measured:.3f} | {seconds:.0f} | "
                  f"{'ok' if holds else 'MISSED'} |", flush=True)
            if not holds:
                missed.append(f"{name}: {claim.name}")
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("regard", help="path of the program")
    parser.add_argument("--quick", action="store_true", help="only the tasks that take few seconds")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=list(CLAIMS))
    arguments = parser.parse_args()
    names = arguments.only or [name for name in CLAIMS if not arguments.quick or name in QUICK]
    missed = run(arguments.regard, names)
    print(f"missed: {', '.join(missed)}" if missed else f"all claims of {len(names)} tasks hold")
    return 1 if missed or not names else 0


if __name__ == "__main__":
    sys.exit(main())
