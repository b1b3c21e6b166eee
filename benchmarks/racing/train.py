"""The race of training: target tokens a second, the same batches for every program.

Equal: the pieces (a joint BPE vocabulary of 8,000 that Regard trains), the batches and their order (Regard's own,
computed again by batches.py and compared with Regard's log), the size of the model, all embeddings tied, dropout 0.1
on residuals and embeddings and 0 inside feed-forward networks and attention, label smoothing 0.1, Adam, no clipping,
the threads, GOMP_SPINCOUNT. Batches count until the update is done, making their tensors included.

Not equal: HF Marian is post-norm (it has no other), the others are pre-norm; Regard and plain PyTorch compute no
logits for padding; the peers' models, losses and optimizers are their own, but their data loading, logging and
validation are not in the time (their own command lines are slower), while Regard is its own command line, whose log is
read. Regard's peak memory includes the corpus and writing a checkpoint at the end, which no peer does.

The time of an update is its median over the rounds; tokens/s is all measured tokens by the sum of these times.
"""
import json
import pathlib
import re
import shutil
import statistics
import time

from . import batches
from .limits import peak_gflop_s
from .programs import PEERS, RaceError, processor_seconds, run
from .rounds import OURS, interleave, ratio_text, say, table

SIZES = {
    "S": {"layers": 3, "dim": 256, "heads": 4, "feed_forward": 1024, "batch_tokens": 4096},
    "B": {"layers": 6, "dim": 512, "heads": 8, "feed_forward": 2048, "batch_tokens": 2048},
}
VOCABULARY = 8000
DRIVERS = {"marian-hf": "marian_hf_driver.py", "pytorch": "pytorch_driver.py", "fairseq": "fairseq_driver.py",
           "opennmt-py": "opennmt_driver.py", "joeynmt": "joeynmt_driver.py"}
CONFIG = """\
output: {output}
seed: 1
device: {device}
data:
  train: [{{source: {source}, target: {target}}}]
  max_length: 0
  max_ratio: 0
vocabulary: {{size: {vocabulary}, type: bpe, shared: true, source: {pieces}}}
model:
  dim: {dim}
  layers: {layers}
  heads: {heads}
  feed_forward: {feed_forward}
  norm: pre
  activation: relu
  tie: all
  dropout: {{residual: 0.1, embedding: 0.1, attention: 0, feed_forward: 0}}
training:
  batch_tokens: {batch_tokens}
  optimizer: {{type: adam, beta1: 0.9, beta2: 0.98, epsilon: 1.0e-9}}
  schedule: {{type: constant, peak: 1.0e-4, warmup: 0}}
  label_smoothing: 0.1
  clip_norm: 0
  precision: {precision}
  log_every: 1
validation: {{every: 0}}
checkpoint: {{every: 1000000}}
"""


class Corpus:
    """The training text, its vocabulary, and its pieces as numbers."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        data = pathlib.Path(options.data).resolve()
        self.files = {side: data / f"train.{language}" for side, language in (("source", "en"), ("target", "de"))}
        for file in self.files.values():
            if not file.is_file():
                raise RaceError(f"{file} is missing; scripts/get_data.sh multi30k fetches the corpus")
        self.pieces = folder / "pieces.spm"
        self.train_vocabulary()
        self.pairs = self.encode()

    def train_vocabulary(self):
        say("vocabulary")
        tiny = {"layers": 1, "dim": 8, "heads": 1, "feed_forward": 8, "batch_tokens": 64}
        config = self.config(tiny, "vocabulary", '""')
        run([self.options.regard, "train", config, "--overwrite", "--set", "training.max_updates=1"])
        shutil.move(self.folder / "vocabulary" / "shared.spm", self.pieces)

    def config(self, size, name, pieces=None):
        path = self.folder / f"{name}.yaml"
        place = {"device": self.options.device, "precision": self.options.precision}
        path.write_text(CONFIG.format(**place, output=self.folder / name, vocabulary=VOCABULARY, pieces=pieces or self.pieces,
                                      **self.files, **size), encoding="utf-8")
        return path

    def encode(self):
        """Pairs of lists of numbers. Which number a piece has does not matter here: 4, 5, ... as they come."""
        numbers, sides = {}, []
        for file in self.files.values():
            done = run(["sh", "-c", 'exec "$0" encode "$1" < "$2"', self.options.regard, self.pieces, file])
            lines = done.stdout.split("\n")[:-1]
            sides.append([[numbers.setdefault(piece, len(numbers) + 4) for piece in line.split()] for line in lines])
        if len(numbers) + 4 > VOCABULARY + 100:
            raise RaceError(f"{len(numbers)} pieces in the text, more than a vocabulary of {VOCABULARY} has")
        return [[[min(i, VOCABULARY - 1) for i in side] for side in pair] for pair in zip(*sides) if all(pair)]


class TrainRace:
    """One size of the model."""

    def __init__(self, options, corpus, name):
        self.options, self.corpus, self.folder = options, corpus, corpus.folder
        self.size = SIZES[name] | ({"batch_tokens": options.batch_tokens} if options.batch_tokens else {})
        self.updates = options.warmup + options.updates
        self.config = corpus.config(self.size, f"regard_{name}")
        self.plan = batches.first_batches(corpus.pairs, self.size["batch_tokens"], self.updates)
        self.tokens = [sum(len(target) + 1 for _, target in batch) for batch in self.plan]
        self.flop = [batches.useful_flop(self.size, VOCABULARY, batch) for batch in self.plan]
        self.batches = self.folder / f"batches_{name}.json"
        self.batches.write_text(json.dumps({"size": self.size, "vocabulary": VOCABULARY, "batches": self.plan}))

    def regard(self):
        output = self.config.with_suffix("")
        shutil.rmtree(output, ignore_errors=True)
        marks = {}
        command = [self.options.regard, "train", self.config, "--threads", self.options.threads,
                   "--set", f"training.max_updates={self.updates}"]
        done = run(command, while_running=lambda pid: self.watch(pid, output / "metrics.jsonl", marks))
        records = [json.loads(line) for line in (output / "metrics.jsonl").read_text().splitlines()]
        records = [record for record in records if record["kind"] == "train"]
        self.check(records)
        seconds = [count / record["tokens_per_second"] for count, record in zip(self.tokens, records)]
        parameters = re.search(r"model: ([\d,]+) parameters", (output / "train.log").read_text())
        shutil.rmtree(output)
        return {"seconds": seconds[self.options.warmup:], "processor": marks["end"] - marks["warm"],
                "peak_mib": done.peak_mib, "parameters": int(parameters[1].replace(",", "")) if parameters else 0,
                "losses": [record["loss"] for record in records], "version": ""}

    def watch(self, pid, log, marks):
        """Records the CPU time when the warm-up is over and when the last update is logged."""
        has_ended = False
        while len(marks) < 2 and not has_ended:
            used, has_ended = processor_seconds(pid)
            try:
                count = log.read_bytes().count(b"\n")
            except OSError:
                count = 0
            if count >= self.options.warmup:
                marks.setdefault("warm", used)
            if count >= self.updates:
                marks["end"] = used
            time.sleep(0.01)

    def check(self, records):
        """The batches were the planned ones: as many target tokens in each update."""
        logged, before = [], 0
        for record in records:
            logged.append(round(record["target_tokens"]) - before)
            before = round(record["target_tokens"])
        if logged != self.tokens:
            raise RaceError(f"Regard's batches have {logged} target tokens, but {self.tokens} were computed: has "
                            "src/data/batch_planner.cpp changed? Then benchmarks/racing/batches.py must follow")

    def peer(self, name):
        options = self.options
        done = run([python_of(options, name), PEERS / DRIVERS[name], "--batches", self.batches,
                    "--threads", options.threads, "--warmup", options.warmup, "--device", options.device,
                    "--precision", options.precision], environment_of(options, name))
        return {**json.loads(done.stdout.splitlines()[-1]), "peak_mib": done.peak_mib}


def python_of(options, name):
    return dict(item.split("=", 1) for item in options.python_of).get(name, options.python)


def environment_of(options, name):
    return {"PYTHONPATH": str(options.fairseq)} if name == "fairseq" and options.fairseq else {}


def present(options):
    """The peers whose environment works; the others are left out with a word."""
    names = []
    for name in options.peers:
        try:
            run([python_of(options, name), PEERS / DRIVERS[name], "--check"], environment_of(options, name))
            names.append(name)
        except RaceError as error:
            say(f"{name} is left out: {error}")
    return names


def summary(race, items):
    """One row's numbers from the rounds of one program."""
    measured = slice(race.options.warmup, None)
    tokens = sum(race.tokens[measured])
    seconds = sum(statistics.median(times) for times in zip(*(item["seconds"] for item in items)))
    return {"tokens_per_second": tokens / seconds, "gflop_s": sum(race.flop[measured]) / seconds / 1e9,
            "rounds": [tokens / sum(item["seconds"]) for item in items],
            "processor_per_1000": 1000 * statistics.median(item["processor"] for item in items) / tokens,
            "peak_mib": statistics.median(item["peak_mib"] for item in items), "parameters": items[0]["parameters"],
            "version": items[0]["version"]}


def report(size, found, peak):
    ours = found[OURS]
    fastest = max((row["tokens_per_second"] for name, row in found.items() if name != OURS), default=0)
    rows = []
    for name, row in sorted(found.items(), key=lambda item: -item[1]["tokens_per_second"]):
        ratio = ratio_text(ours["tokens_per_second"] / row["tokens_per_second"], ours["rounds"], row["rounds"])
        rows.append([size, " ".join([name, row["version"]]).strip(), f"{row['parameters']:,}",
                     f"{row['tokens_per_second']:,.0f}", f"{row['processor_per_1000']:.3f}",
                     "" if name == OURS else f"{row['processor_per_1000'] / ours['processor_per_1000']:.2f}",
                     "" if name == OURS else ratio +
                     (", the fastest" if row["tokens_per_second"] == fastest else ""),
                     f"{row['gflop_s']:.0f}", f"{100 * row['gflop_s'] / peak:.0f} %", f"{row['peak_mib']:.0f}"])
    table(["size", "program", "parameters", "target tokens/s", "CPU s / 1,000 tokens", "that by Regard's",
           "Regard is times as fast", "useful GFLOP/s", "of the peak", "peak MiB"], rows)


def race(options, folder):
    """Prints a table for each size; returns the raw numbers."""
    corpus = Corpus(options, folder)
    names = present(options)
    raw = {}
    for size in options.sizes:
        contest = TrainRace(options, corpus, size)
        runners = {OURS: contest.regard, **{name: lambda name=name: contest.peer(name) for name in names}}
        peaks = []
        if names:
            runners["limits"] = lambda: peaks.append(peak_gflop_s(options)) or {}
        results = interleave(runners, options.rounds)
        results.pop("limits", None)
        found = {name: summary(contest, items) for name, items in results.items()}
        report(size, found, max(peaks, default=float("nan")))
        raw[size] = {"rounds": results, "summary": found, "peaks": peaks, "tokens": contest.tokens,
                     "flop": contest.flop}
    return raw
