"""What the fault tests share: a toy corpus and model, the program, and readers of checkpoints in pure Python."""
import argparse
import hashlib
import json
import math
import os
import pathlib
import random
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time

SKIPPED = 77  # the exit code of a test that cannot run here
WORDS = "alfa bravo delta echo golf hotel india kilo lima mike oscar papa romeo sierra".split()
INTERVAL = 10  # updates between two saves
CONFIG = """\
output: run
seed: 3
device: cpu
data:
  source: xx
  target: yy
  train:
    - {source: train.src, target: train.trg}
  valid: {source: valid.src, target: valid.trg}
  pool_batches: 8
vocabulary: {size: 90}
model:
  dim: 32
  layers: 2
  heads: 2
  feed_forward: 64
  dropout: {residual: 0.1, embedding: 0.1}
training:
  batch_tokens: 100
  schedule: {peak: 3.0e-3, warmup: 20}
  max_updates: 40
  log_every: 10
validation: {every: 0, metrics: [bleu], stop: {patience: 0}}
checkpoint: {every: 10, keep_last: 3}
decoding: {beam_size: 2}
"""
# Names that may lie in a run's directory; everything else is a stray file.
RUN_NAMES = re.compile(
    r"config\.yaml|model\.safetensors|shared\.spm|train\.log|metrics\.jsonl|curves\.svg|events\.out\.tfevents\.[^/]+|"
    r"\.cache(/[^/]+\.(tokens|text)\.(index|records))?|checkpoints(/(best|last|update-\d{8}(/(model\.safetensors|"
    r"training_state\.safetensors|state\.json))?))?")


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __str__(self):
        return f"exit {self.code}\nout: {self.out[:500]!r}\nerr: {self.err[-1500:]}"

    def error_lines(self):
        return [line for line in self.err.splitlines() if line.startswith("error: ")]


class Workbench:
    """A folder with a toy corpus and a configuration, where the program runs with one thread."""

    def __init__(self, program, folder, pairs=500):
        self.program = pathlib.Path(program).resolve()
        self.folder = pathlib.Path(folder).resolve()
        rng = random.Random(4)
        for name, count in (("train", pairs), ("valid", 12)):
            lines = [[rng.choice(WORDS) for _ in range(rng.randint(2, 7))] for _ in range(count)]
            (self.folder / f"{name}.src").write_text("".join(" ".join(words) + "\n" for words in lines))
            (self.folder / f"{name}.trg").write_text("".join(" ".join(words[::-1]) + "\n" for words in lines))
        (self.folder / "toy.yaml").write_text(CONFIG)

    def training(self, output, settings, threads=1):
        """The arguments of a session. `settings` is a dictionary of keys and values."""
        sets = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
        return ["train", "toy.yaml", "--threads", str(threads), "--output", str(output), *sets]

    def environment(self, more=None):
        return {**os.environ, "OMP_NUM_THREADS": "1", **(more or {})}

    def run(self, *arguments, stdin=b"", environment=None, timeout=300, **options):
        """Runs the program to its end; the exit code of one that takes too long is 'hangs'."""
        stdout = options.pop("stdout", subprocess.PIPE)
        try:
            done = subprocess.run([str(self.program), *map(str, arguments)], cwd=self.folder, input=stdin,
                                  stdout=stdout, stderr=subprocess.PIPE, timeout=timeout,
                                  env=self.environment(environment), check=False, **options)
        except subprocess.TimeoutExpired as late:
            return Result("hangs", late.stdout or b"", (late.stderr or b"").decode("utf-8", "replace"))
        return Result(done.returncode, done.stdout or b"", done.stderr.decode("utf-8", "replace"))

    def train(self, output, settings=None, threads=1, **options):
        return self.run(*self.training(output, settings or {}, threads), **options)

    def start(self, output, settings=None, log=None, threads=1):
        """A session in a process group of its own. Standard error goes to `log`, a file."""
        return subprocess.Popen([str(self.program), *self.training(output, settings or {}, threads)], cwd=self.folder,
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=log or subprocess.DEVNULL, env=self.environment(), start_new_session=True)


def end_of(process, seconds):
    """The exit code, or None after ending a process that took longer."""
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return None


# ---- checkpoints -----------------------------------------------------------------------------------------------------


def read_safetensors(path):
    """The metadata, and name -> (dtype, shape, bytes)."""
    data = pathlib.Path(path).read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + size])
    body = data[8 + size:]
    end = max((item["data_offsets"][1] for name, item in header.items() if name != "__metadata__"), default=0)
    if end != len(body):
        raise ValueError(f"{path}: the tensors do not fill the file")
    return header.get("__metadata__", {}), {
        name: (item["dtype"], item["shape"], body[slice(*item["data_offsets"])])
        for name, item in header.items() if name != "__metadata__"}


def write_safetensors(path, tensors, metadata=None):
    """Without checksums, as other programs write it."""
    header, end = {"__metadata__": metadata or {}}, 0
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + len(data)]}
        end += len(data)
    text = json.dumps(header).encode()
    pathlib.Path(path).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(t[2] for t in tensors.values()))


def state_of(checkpoint):
    return json.loads((pathlib.Path(checkpoint) / "state.json").read_text())


def digest(checkpoint, with_counters=True):
    """SHA-256 of the weights, the optimizer state and the counters of a checkpoint.

    Left out are wall-clock times and the reason why a session ended.
    Raises where anything is missing or cannot be read.
    """
    checkpoint = pathlib.Path(checkpoint)
    total = hashlib.sha256()
    count = 0
    for name in ("model.safetensors", "training_state.safetensors"):
        for tensor, (dtype, shape, data) in sorted(read_safetensors(checkpoint / name)[1].items()):
            total.update(f"{name} {tensor} {dtype} {shape} {len(data)}\n".encode())
            total.update(data)
            count += 1
    if count < 20:
        raise ValueError(f"{checkpoint}: only {count} tensors")
    state = state_of(checkpoint)
    for key in ("seconds", "validated_at", "finished"):
        del state[key]
    if f"update-{state['update']:08d}" != checkpoint.name:
        raise ValueError(f"{checkpoint}: holds update {state['update']}")
    if with_counters:
        total.update(json.dumps(state, sort_keys=True).encode())
    return total.hexdigest()


def checkpoints(run):
    """update -> folder of what is in a run's directory under a checkpoint's name."""
    return {int(path.name[7:]): path for path in sorted(pathlib.Path(run).glob("checkpoints/update-*"))
            if not path.is_symlink()}


def digests(run):
    return {update: digest(folder) for update, folder in checkpoints(run).items()}


def non_finite(path):
    """Names of the tensors of a safetensors file that hold NaN or infinity."""
    found = []
    for name, (dtype, _, data) in read_safetensors(path)[1].items():
        code = {"F32": "f", "F64": "d", "F16": "e"}.get(dtype)
        if code and not all(map(math.isfinite, struct.unpack(f"<{len(data) // struct.calcsize(code)}{code}", data))):
            found.append(name)
    return found


def stray_files(run):
    """Names in a run's directory that do not belong there."""
    run = pathlib.Path(run)
    names = [str(path.relative_to(run)) for path in run.rglob("*")]
    return [name for name in names if not RUN_NAMES.fullmatch(name)]


def last_logged(run):
    """The newest update in metrics.jsonl; a cut last line is left out."""
    path = pathlib.Path(run) / "metrics.jsonl"
    newest = 0
    for line in path.read_bytes().split(b"\n") if path.exists() else ():
        try:
            newest = max(newest, json.loads(line)["update"])
        except (ValueError, KeyError):
            continue
    return newest


def share_of_saving(bench):
    """The share of a session's time between the first and the last update that is spent in saving.

    The best of three times each, because other programs take their part of the machine.
    """
    best = {"often": math.inf, "rarely": math.inf}
    for attempt in range(3):
        for name, every in (("often", INTERVAL), ("rarely", 10**6)):
            run = bench.folder / f"{name}{attempt}"
            settings = {"training.max_updates": 400, "training.log_every": 1, "checkpoint.every": every}
            if bench.train(run.name, settings).code != 0:
                raise RuntimeError("the toy run failed")
            records = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
            best[name] = min(best[name], records[-1]["seconds"] - records[0]["seconds"])
    return 1 - best["rarely"] / best["often"]


# ---- figures ---------------------------------------------------------------------------------------------------------


class Figure:
    """Counts cases, prints those that failed and at last one line with the figure."""

    def __init__(self, name):
        self.name = name
        self.done = 0
        self.failed = 0
        self.notes = []
        self.started = time.monotonic()

    def case(self, claim, faults):
        """Enters one case; `faults` is a list of complaints, or one, or nothing."""
        self.done += 1
        faults = [faults] if isinstance(faults, str) and faults else list(faults or ())
        if faults:
            self.failed += 1
            text = "\n".join(map(str, faults)).replace("\n", "\n       ")
            print(f"FAILED {self.name}: {claim}\n       {text[:3000]}", flush=True)
        return not faults

    def note(self, text):
        self.notes.append(str(text))

    def line(self, what):
        notes = f" ({'; '.join(self.notes)})" if self.notes else ""
        seconds = time.monotonic() - self.started
        return f"{self.name}: {self.done - self.failed}/{self.done} {what}{notes}, {seconds:.0f} s"

    def finish(self, what):
        """Prints the figure and ends the process: 1 when it was missed, or when nothing was tried."""
        print(self.line(what), flush=True)
        sys.exit(1 if self.failed or not self.done else 0)


def skip(name, why):
    print(f"{name}: left out, {why}", flush=True)
    sys.exit(SKIPPED)


def arguments(text, count, **more):
    """PROGRAM and COUNT, and a seed for what is drawn at random."""
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="the program to test, such as build/regard")
    parser.add_argument("count", nargs="?", type=int, default=count, help=f"how many cases (default {count})")
    parser.add_argument("--seed", type=int, default=1, help="of the random choices")
    for name, (kind, default, help_text) in more.items():
        parser.add_argument("--" + name.replace("_", "-"), type=kind, default=default, help=help_text)
    return parser.parse_args()


def workplace(name):
    """A temporary folder that goes away at the end."""
    return tempfile.TemporaryDirectory(prefix=f"regard-{name}-")
