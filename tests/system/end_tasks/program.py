"""Trains and evaluates through the program."""
import dataclasses
import json
import os
import pathlib
import subprocess
import time


class Failure(Exception):
    """The program did not do what it was asked to, so there is nothing to measure."""


@dataclasses.dataclass(frozen=True)
class Course:
    """How a model is trained; `rows` examples make a batch, about."""

    updates: int = 300
    peak: float = 3e-3
    rows: int = 64


class Program:
    def __init__(self, path, folder):
        self.path = pathlib.Path(path).resolve()
        self.folder = pathlib.Path(folder)
        self.environment = dict(os.environ, OMP_NUM_THREADS="1")

    def call(self, *arguments, text=None):
        """Standard output of a command that must succeed."""
        done = subprocess.run([str(self.path), *map(str, arguments)], cwd=self.folder, env=self.environment,
                              input=text, capture_output=True, encoding="utf-8", check=False)
        if done.returncode != 0:
            raise Failure(f"{' '.join(map(str, arguments))}: exit code {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def write(self, name, examples):
        """One example a line, or with a blank line after each where an example has several."""
        blank = "\n" if examples and examples[0].endswith("\n") else ""
        text = "".join(example.rstrip("\n") + "\n" + blank for example in examples)
        (self.folder / name).write_text(text, encoding="utf-8")

    def train(self, name, task, model, files, course, **more):
        """`more` are groups of the configuration that are put over the usual ones."""
        words = sum(len(line.split()) for line in (self.folder / files["train"]).read_text().splitlines())
        examples = len((self.folder / files["train"]).read_text().strip().split("\n\n" if task == "tag" else "\n"))
        longest = 1 + words / examples / (2 if task in ("pair", "tag") else 1)
        config = {
            "task": task, "output": name, "seed": 1, "device": "cpu",
            "data": {"train": [{"file": files["train"]}]},
            "vocabulary": {"type": "word", "size": 1000},
            "model": {"dropout": {"residual": 0, "embedding": 0}, **model},
            "training": {"batch_tokens": max(int(course.rows * longest), 64), "max_updates": course.updates,
                         "label_smoothing": 0, "clip_norm": 1.0, "log_every": 100,
                         "schedule": {"type": "linear", "peak": course.peak, "warmup": 20}},
            "validation": {"every": 0}, "checkpoint": {"every": 1000000, "keep_last": 1},
        }
        for group, keys in more.items():
            config[group] = {**config.get(group, {}), **keys}
        (self.folder / f"{name}.yaml").write_text(json.dumps(config, indent=1), encoding="utf-8")
        started = time.monotonic()
        self.call("train", f"{name}.yaml", "--threads", 1)
        return time.monotonic() - started

    def evaluate(self, model, data, metric):
        scores = json.loads(self.call("evaluate", model, "--data", data, "--metrics", metric, "--json"))
        if len(scores) != 1 or not 0 <= scores[0]["score"] <= 100:
            raise Failure(f"{model}: {scores}")
        return scores[0]["score"] / 100
