"""Runs tasks, judges their claims and writes the table."""
import operator
import tempfile

from . import program as regard
from .tasks import Run

SEEDS = (1, 2)  # the second only where the first has missed a threshold, and then it is in the table
RELATIONS = {">": operator.gt, "<": operator.lt, "<=": operator.le}  # false for NaN
COLUMNS = ("row", "task", "model", "threshold", "measured", "alignment", "processor s", "verdict")


def number(value):
    return f"{value:.3f}" if abs(value) < 100 else f"{value:,.0f}"


def alignment_of(result):
    if "aligned" not in result:
        return "-"
    return f"{result['aligned']:.3f}, ±1 {result['near']:.3f}, AER {result['aer']:.3f}"


class Runner:
    """Trains every run at most once a seed."""

    def __init__(self, program, say, every_seed):
        self.program = program
        self.say = say
        self.every_seed = every_seed
        self.results = {}

    def result(self, run, seed):
        if (run.name, seed) not in self.results:
            self.results[run.name, seed] = regard.execute(self.program, run, seed)
        return self.results[run.name, seed]

    def judge(self, task, claim, seed):
        """Whether the claim holds, and its line of the table without the verdict."""
        result = self.result(claim.run, seed)
        measured = result[claim.quantity]
        shown = number(measured)
        holds = True
        if claim.relation != "reported":
            bound = claim.bound
            if isinstance(bound, Run):
                bound = claim.factor * self.result(bound, seed)[claim.quantity]
                shown += f" ({number(bound)})"
            holds = RELATIONS[claim.relation](measured, bound)
        line = [task.rows, f"{task.name}: {claim.run.corpus.name}", claim.run.name, claim.threshold(), shown,
                alignment_of(result), f"{result['seconds']:.0f}"]
        return holds, line

    def attempt(self, task, seed, is_last):
        """Whether all claims hold with this seed, after their lines are said."""
        judged = [self.judge(task, claim, seed) for claim in task.claims]
        verdict = "MISSED" if is_last else "missed, next seed"
        second = "" if seed == SEEDS[0] else f" (seed {seed})"
        for claim, (holds, line) in zip(task.claims, judged):
            found = "-" if claim.relation == "reported" else "ok" if holds else verdict
            self.say(line + [found + second])
        return all(holds for holds, _ in judged)

    def run(self, task):
        """Whether the task is done, at the second seed at the latest. A program that fails gets no second try."""
        attempts = (self.attempt(task, seed, seed == SEEDS[-1]) for seed in SEEDS)
        try:
            return any(list(attempts) if self.every_seed else attempts)
        except (regard.Failure, ValueError) as error:
            reason = " ".join(str(error).split()).replace("|", "/")
            self.say([task.rows, task.name, "-", "-", reason, "-", "-", "ERROR"])
            return False


def run_tasks(path, tasks, threads, table, every_seed=False):
    """Runs the tasks, prints each line of the table as soon as it is known, and returns the names of those missed."""
    def say(cells):
        line = "| " + " | ".join(cells) + " |"
        print(line, flush=True)
        if table:
            table.write(line + "\n")
            table.flush()

    say(COLUMNS)
    say(["---"] * len(COLUMNS))
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(regard.Program(path, folder, threads), say, every_seed)
        return [task.name for task in tasks if not runner.run(task)]
