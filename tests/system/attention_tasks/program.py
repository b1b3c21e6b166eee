"""Runs the program: writes the text and the configuration, trains, translates and looks at the attention."""
import json
import os
import pathlib
import re
import subprocess

from . import measures


class Failure(Exception):
    """The program did not do what it was asked to, so there is nothing to measure."""


class Program:
    def __init__(self, path, folder, threads):
        self.path = pathlib.Path(path).resolve()
        self.folder = pathlib.Path(folder)
        self.threads = ["--threads", str(threads)]
        # Waiting threads shall sleep soon: spinning ones take the processor from those that compute.
        self.environment = dict(os.environ, OMP_NUM_THREADS=str(threads), GOMP_SPINCOUNT="1000")

    def call(self, *arguments, text=None):
        """Standard output and standard error of a command that must succeed."""
        done = subprocess.run([str(self.path), *map(str, arguments)], cwd=self.folder, env=self.environment,
                              input=text, capture_output=True, encoding="utf-8", check=False)
        if done.returncode != 0:
            raise Failure(f"{' '.join(map(str, arguments))}: exit code {done.returncode}: {done.stderr.strip()}")
        return done.stdout, done.stderr

    def translate(self, model, source):
        out, _ = self.call("translate", model, "--input", source, "--beam-size", 1, *self.threads)
        return [line.split() for line in out.splitlines()]

    def perplexity(self, model, source, target):
        _, log = self.call("score", model, "--source", source, "--target", target, *self.threads)
        return number_after("perplexity ", log)

    def attend(self, model, text):
        """The maps of all sentences with the forced target, and the program's alignment error rate."""
        out = self.folder / f"{model}.maps.json"
        _, log = self.call("attend", model, "--source", text["source"], "--target", text["target"], "--gold",
                           text["links"], "--output", out.name, "--lines", 0, *self.threads)
        records = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
        out.unlink()
        compared = number_after(r"recall [0-9.]+ over ", log)
        if compared != len(records):
            raise Failure(f"alignment error rate of {compared} sentences, not of {len(records)}")
        return records, number_after("alignment error rate ", log)


def number_after(pattern, log):
    found = re.search(pattern + r"([0-9]+(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?)", log)
    if not found:
        raise Failure(f"no '{pattern}' in: {log.strip()}")
    return float(found.group(1))


def write_text(folder, name, pairs):
    """Three files: source, target and links in Pharaoh format."""
    files = {side: f"{name}.{side}" for side in ("source", "target", "links")}
    for side, lines in (("source", [" ".join(pair.source) for pair in pairs]),
                        ("target", [" ".join(pair.target) for pair in pairs]),
                        ("links", [" ".join(f"{s}-{t}" for s, t in pair.links) for pair in pairs])):
        (folder / files[side]).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return files


def as_yaml(config):
    """JSON is YAML, but for the absent attention: in quotation marks, none would be a word."""
    return json.dumps(config, ensure_ascii=False, indent=1).replace('"attention": "none"', '"attention": none')


def configuration(run, seed, files, batch_tokens):
    """The configuration as nested groups."""
    return {
        "output": "", "seed": seed, "device": "cpu",
        "data": {"source": "xx", "target": "yy", "max_ratio": 0,
                 "train": [{"source": files["source"], "target": files["target"]}]},
        # The four special pieces and one piece for each word: the library refuses a size that leaves letters over.
        "vocabulary": {"size": 4 + len(run.corpus.words), "type": "bpe", "shared": True,
                       "user_symbols": ["▁" + word for word in run.corpus.words]},
        "model": {"dropout": {"residual": 0, "embedding": 0}, **run.model},
        "training": {"batch_tokens": batch_tokens, "label_smoothing": 0, "max_updates": run.course.updates,
                     "optimizer": {"type": "adam", "beta2": run.course.beta2},
                     "schedule": {"type": run.course.schedule, "peak": run.course.peak, "warmup": run.course.warmup},
                     "clip_norm": 1.0, "log_every": 50},
        "validation": {"every": 0},
        "checkpoint": {"every": 1000000, "keep_last": 1},
    }


def check_one_piece_a_word(program, model, corpus, files):
    """Every word of the corpus, and every line of the test, has as many pieces as words, none of them unknown."""
    lines = [" ".join(corpus.words)]
    for side in ("source", "target"):
        lines += (program.folder / files[side]).read_text(encoding="utf-8").splitlines()
    pieces = program.call("encode", model, text="\n".join(lines) + "\n")[0].splitlines()
    expected = [" ".join("▁" + word for word in line.split()) for line in lines]
    if pieces != expected or len(lines) < 3:
        wrong = next((pair for pair in zip(pieces, expected) if pair[0] != pair[1]), ("", ""))
        raise Failure(f"words of several pieces: '{wrong[0]}', not '{wrong[1]}'")


def processor_seconds():
    """Of this process and of the programs it has run. Other work on the machine does not count."""
    return sum(os.times()[:4])


def execute(program, run, seed):
    """Trains and measures: a dictionary of all that can be said about the run, with its processor seconds."""
    started = processor_seconds()
    train, test = run.corpus.draw()
    label = re.sub(r"[^a-z0-9]+", "_", f"{run.name} seed {seed}".lower())
    files = write_text(program.folder, f"{label}.train", train)
    test_files = write_text(program.folder, f"{label}.test", test)
    lengths = [max(len(pair.source), len(pair.target)) + 1 for pair in train]
    batch_tokens = max(round(run.course.rows * sum(lengths) / len(lengths)), max(lengths))
    config = configuration(run, seed, files, batch_tokens)
    config["output"] = label
    path = program.folder / f"{label}.yaml"
    path.write_text(as_yaml(config), encoding="utf-8")
    before = processor_seconds()
    program.call("train", path.name, *program.threads)
    trained = processor_seconds() - before
    check_one_piece_a_word(program, label, run.corpus, test_files)
    result = measures.accuracy(program.translate(label, test_files["source"]), [pair.target for pair in test])
    result["perplexity"] = program.perplexity(label, test_files["source"], test_files["target"])
    result["pairs per processor s"] = run.course.updates * run.course.rows / trained
    if run.corpus.has_links and run.has_maps:
        records, result["aer"] = program.attend(label, test_files)
        result.update(measures.alignment(records, test))
        for quantity, measure in run.further.items():
            result[quantity] = measure(records, test)
    result["seconds"] = processor_seconds() - started
    return result
