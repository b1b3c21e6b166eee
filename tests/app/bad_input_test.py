#!/usr/bin/env python3
"""Gives the program bad and odd input, one table of cases per kind of input.

Usage: bad_input_test.py PATH_OF_REGARD [--all | WORD...]   (words: only the cases whose name begins with one of them)
Without --all, a third of the cases of the large tables runs, and every case that failed once.

Each case runs in a folder of its own. Beside its own expectations, every case is checked for: the exit code, the
number of error lines, a place and a fix in them, no trace of a crash, no file changed or left behind, the time and the
memory. Prints what failed and how many cases ran; exits 1 if any failed.
"""
import collections
import concurrent.futures
import dataclasses
import fcntl
import gzip
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import typing

PROGRAM = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/regard").resolve()
CORPUS = pathlib.Path(__file__).resolve().parents[2] / "data/quickstart"
TIME_LIMIT = 20.0  # seconds after which a case hangs
MISTAKE_LIMIT = 6.0  # seconds that an answer to a user's mistake may take on a busy machine
MEMORY_LIMIT = 900 << 20  # bytes; the program without any work takes a quarter of that
CONFIG = """\
output: new
seed: 1
data:
  source: de
  target: en
  train:
    - {source: t.de, target: t.en}
  valid: {source: v.de, target: v.en}
  max_ratio: 9.0
vocabulary: {size: 400, shared: true}
model:
  preset: transformer_tiny
  dim: 32
  layers: 1
  feed_forward: 32
training:
  batch_tokens: 400
  max_updates: 2
  optimizer: {type: adam}
validation: {every: 0, metrics: [bleu]}
checkpoint: {every: 10}
"""
TRACES = ("terminate called", "c10::", "std::", "what():", "internal:", "Exception raised", "frame #", ".cpp",
          "Traceback", "basic_string", "unknown exception", "Assertion", "yaml-cpp", "CLI::", "[json.exception")
# What a message says when the system gave the reason; a fix would only repeat it.
SYSTEM_REASON = re.compile(
    r": (No such file or directory|Is a directory|Not a directory|Too many levels of symbolic links|Permission denied|"
    r"File name too long|not a regular file|is a directory, not a file|Bad file descriptor|No space left on device|"
    r"File too large|Read-only file system|longer than \d+ bytes, the limit for such a file)\.( |$)")


@dataclasses.dataclass
class Case:
    """A command and what it shall do. `check` gets the folder and the result and returns a complaint or ''."""
    name: str
    args: list
    code: typing.Any = 2
    parts: tuple = ()
    files: dict = dataclasses.field(default_factory=dict)
    prepare: typing.Any = None
    check: typing.Any = None
    errors: int = 1
    stdin: typing.Any = b""  # bytes, "closed" or the path of a device
    stdout: typing.Any = None  # a path, or "closed"
    creates: tuple = ()
    limits: dict = dataclasses.field(default_factory=dict)
    seconds: float = MISTAKE_LIMIT
    memory: int = MEMORY_LIMIT
    user: int = 0  # another user to run as, when the test runs as root
    environment: dict = dataclasses.field(default_factory=dict)  # in addition to the present one


Result = collections.namedtuple("Result", "code out err seconds memory")


# ---- running ---------------------------------------------------------------------------------------------------------


def child_setup(case):
    """What happens in the child between fork and exec."""
    def setup():
        for kind, value in case.limits.items():
            resource.setrlimit(kind, (value, value))
        if case.stdout == "closed":
            os.close(1)
        if case.stdin == "closed":
            os.close(0)
        if case.user and os.geteuid() == 0:
            os.setgroups([])
            os.setgid(case.user)
            os.setuid(case.user)
    return setup


def wait_for(process, seconds):
    """(exit code or -signal or 'hangs', peak memory in bytes)."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, usage.ru_maxrss * 1024
        time.sleep(0.005)
    process.kill()
    process.wait()
    return "hangs", 0


def open_target(name):
    """A device, or a pipe that nobody reads."""
    if name != "broken pipe":
        return open(name, "wb")
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "wb")


def run(case, folder):
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        if isinstance(case.stdin, bytes):
            source.write(case.stdin)
            source.seek(0)
        device = open(case.stdin, "rb") if str(case.stdin).startswith("/") else None
        target = out if case.stdout in (None, "closed") else open_target(case.stdout)
        started = time.monotonic()
        process = subprocess.Popen([PROGRAM, *case.args], cwd=folder, stdin=device or source, stdout=target, stderr=err,
                                   env={**os.environ, **case.environment}, preexec_fn=child_setup(case))
        code, memory = wait_for(process, TIME_LIMIT)
        seconds = time.monotonic() - started
        if target is not out:
            target.close()
        if device is not None:
            device.close()
        out.seek(0)
        err.seek(0)
        return Result(code, out.read(), err.read().decode("utf-8", "backslashreplace"), seconds, memory)


def snapshot(folder):
    """Everything in a folder, hidden files included: name -> what it is and holds."""
    found = {}
    for path in folder.rglob("*"):
        kind = path.lstat().st_mode >> 12
        is_file = path.is_file() and not path.is_symlink()
        found[str(path.relative_to(folder))] = (kind, path.read_bytes() if is_file else None)
    return found


def changes(before, after, allowed):
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return [name for name in names if not any(name == item or name.startswith(item + "/") for item in allowed)]


def message_faults(case, result):
    """What is wrong with the lines on standard error."""
    lines = [line for line in result.err.split("\n") if line.startswith("error: ")]
    faults = [f"trace of a crash: {trace!r}" for trace in TRACES if trace in result.err]
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", result.err):
        faults.append("raw control characters on standard error")
    wanted = case.errors if result.code in (1, 2) else 0
    if len(lines) != wanted:
        faults.append(f"{len(lines)} error lines instead of {wanted}")
    text = " ".join(lines) if result.code in (1, 2) else result.err
    faults += [f"does not say {part!r}" for part in case.parts if part not in text]
    for line in lines:
        if "Fix: " not in line and not SYSTEM_REASON.search(line) and not line.startswith("error: and "):
            faults.append("no fix: " + line)
        if len(line.encode()) > 1000:
            faults.append(f"a line of {len(line.encode())} bytes")
    return faults


def verdict(case, folder):
    """The complaints about one case, and its result."""
    if case.prepare:
        case.prepare(folder)
    for name, data in case.files.items():
        (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
    if case.user and os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, case.user, case.user, follow_symlinks=False)
    before = snapshot(folder)
    result = run(case, folder)
    codes = case.code if isinstance(case.code, tuple) else (case.code,)
    faults = [] if result.code in codes else [f"exit {result.code} instead of {case.code}"]
    faults += message_faults(case, result)
    if result.seconds > case.seconds:
        faults.append(f"took {result.seconds:.1f} s")
    if result.memory > case.memory:
        faults.append(f"took {result.memory >> 20} MiB")
    wrong = changes(before, snapshot(folder), case.creates)
    if wrong:
        faults.append(f"changed or left behind: {wrong[:8]}")
    if case.check and not faults:
        complaint = case.check(folder, result)
        faults += [complaint] if complaint else []
    return faults, result


class Workplace:
    """Makes the folders of the cases from one trained model and a small corpus."""

    def __init__(self, root):
        self.root = root
        self.base = root / "base"
        self.base.mkdir()
        for name, source, count in (("t.de", "train.de", 120), ("t.en", "train.en", 120), ("v.de", "valid.de", 8),
                                    ("v.en", "valid.en", 8)):
            lines = (CORPUS / source).read_bytes().split(b"\n")[:count]
            (self.base / name).write_bytes(b"".join(line + b"\n" for line in lines))
        (self.base / "ok.yaml").write_text(CONFIG)
        self.run_folder = self.train("run")
        self.other_run = self.train("other", "vocabulary.size=350")
        self.unigram_run = self.train("unigram", "vocabulary.type=unigram")

    def train(self, name, *assignments):
        """A model directory outside the folders of the cases."""
        sets = [word for item in (*assignments, "training.max_updates=2", "checkpoint.every=1")
                for word in ("--set", item)]
        subprocess.run([PROGRAM, "train", "ok.yaml", "--threads", "1", "--output", self.root / name, *sets],
                       cwd=self.base, check=True, timeout=120, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.root / name / ".cache")
        return self.root / name

    def folder(self, number):
        folder = self.root / f"case-{number}"
        shutil.copytree(self.base, folder)
        (folder / "run").symlink_to(self.run_folder)
        (folder / "other").symlink_to(self.other_run)
        (folder / "unigram").symlink_to(self.unigram_run)
        return folder


# ---- files to give ---------------------------------------------------------------------------------------------------


def read_safetensors(path):
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8:8 + size]), data[8 + size:]


def safetensors_bytes(header, body):
    text = header if isinstance(header, bytes) else json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(text)) + text + body


def copy_model(folder, source="run", name="hurt"):
    """A copy of a model directory with all that translating needs, to damage."""
    (folder / name).mkdir()
    for file in ("config.yaml", "model.safetensors", "shared.spm"):
        shutil.copy(folder / source / file, folder / name / file)
    return folder / name


def damage(file, change):
    """A model directory in which `change` was applied to the bytes of a file; None removes it."""
    def prepare(folder):
        path = copy_model(folder) / file
        changed = change(path.read_bytes()) if change else None
        path.unlink()
        if changed is not None:
            path.write_bytes(changed)
    return prepare


def reheader(change):
    """A model directory whose weights have a changed header and no checksums that would tell."""
    def prepare(folder):
        path = copy_model(folder) / "model.safetensors"
        header, body = read_safetensors(path)
        for key in [key for key in header["__metadata__"] if "checksum" in key or "header" in key]:
            del header["__metadata__"][key]
        changed = change(header, body)
        path.write_bytes(safetensors_bytes(*changed) if isinstance(changed, tuple) else changed)
    return prepare


def replace_by(file, make):
    """A model directory in which a file was replaced by something that is no file."""
    def prepare(folder):
        path = copy_model(folder) / file
        path.unlink()
        make(path)
    return prepare


def flip(position):
    def change(data):
        at = position if position >= 0 else len(data) + position
        return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1:]
    return change


def loop(path):
    path.symlink_to(path.name)


def in_folder(name, make):
    return lambda folder: make(folder / name)


def gz(text, cut=0, extra=b""):
    data = gzip.compress(text if isinstance(text, bytes) else text.encode())
    return data[:len(data) - cut] + extra


def repeat(text, count):
    return (text + "\n") * count


def corpus(source, target="t.en"):
    return ["--set", f"data.train=[{{source: {source}, target: {target}}}]"]


def say(condition, complaint):
    return "" if condition else complaint


def num_lines(count):
    return lambda _, result: say(result.out.count(b"\n") == count,
                                 f"wrote {result.out.count(bytes([10]))} lines, not {count}: {result.out[:200]!r}")


# ---- the tables ------------------------------------------------------------------------------------------------------


def check_file(name, data, code=2, parts=(), **more):
    """`config check` of a file with these bytes."""
    place = ("error: bad.yaml",) if code == 2 else ()
    return Case("config file: " + name, ["config", "check", "bad.yaml"], code, place + tuple(parts),
                files={"bad.yaml": data}, **more)


def config_files():
    """The bytes and the syntax of a configuration."""
    good = CONFIG.encode()
    for name, data in (
            ("a byte order mark", b"\xef\xbb\xbf" + good), ("CRLF", good.replace(b"\n", b"\r\n")),
            ("both", b"\xef\xbb\xbf" + good.replace(b"\n", b"\r\n")), ("one document mark", b"---\n" + good),
            ("an end mark", good + b"...\n"), ("no final newline", good[:-1]),
            ("comments of almost 1 MiB", good + b"#" * 1000000), ("a NEL in a comment", good + b"# \xc2\x85\n"),
            ("a YAML directive", b"%YAML 1.2\n---\n" + good),
            ("JSON", b'{"output": "x", "model": {"preset": "transformer_tiny"}, "validation": {"every": 0}, "data": '
             b'{"train": [{"source": "a", "target": "b"}]}, "training": {"max_updates": 5}}')):
        yield check_file(name + " is fine", data, 0)
    for name, data, *parts in (
            ("NUL in a comment", good + b"# a\0b\n", ":22:4: ", "NUL"),
            ("UTF-16 with a mark", CONFIG.encode("utf-16"), ":1:", "UTF-8"),
            ("UTF-16 without a mark", CONFIG.encode("utf-16-le"), "NUL"),
            ("UTF-32", CONFIG.encode("utf-32"), ":1:"),
            ("Latin-1 in a comment", good + b"# \xe4\n", ":22:3: ", "UTF-8"),
            ("an overlong form", good + b"# \xc0\x80\n", ":22:3: "),
            ("a surrogate", good + b"# \xed\xa0\x80\n", ":22:3: "),
            ("beyond U+10FFFF", good + b"# \xf4\x90\x80\x80\n", ":22:3: "),
            ("a cut character at the end", good + b"# \xe2\x82", ":22:3: "),
            ("2 MiB", good + b"#" * (2 << 20), "1048576"),
            ("100,000 open brackets", b"seed: " + b"[" * 100000, ":1:"),
            ("100,000 open braces", b"{a: " * 100000, ":1:"),
            ("10,000 nested items", b"- " * 10000 + b"x\n", ":1:"),
            ("500,000 question marks", b"? " * 500000, ":1:"),
            ("17 levels", b"seed: " + b"[" * 17 + b"]" * 17 + b"\n", ":1:", "16"),
            ("100 nested groups", b"".join(b" " * i + b"a:\n" for i in range(100)), "16"),
            ("an anchor", good.replace(b"seed: 1", b"seed: &a 1"), ":2:", "anchor"),
            ("an alias without an anchor", good.replace(b"seed: 1", b"seed: *a"), ":2:", "alias"),
            ("a tag", good.replace(b"seed: 1", b"seed: !!int 1"), ":2:", "tag"),
            ("a local tag", good.replace(b"seed: 1", b"seed: !x 1"), ":2:", "tag"),
            ("a tag of Python", good.replace(b"seed: 1", b"seed: !!python/object:os.system 1"), ":2:", "tag"),
            ("a second document", good + b"---\n" + good, ":22:", "second document"),
            ("text after the end mark", good + b"...\nseed: 3\n", ":23:"),
            ("a tab as indentation", good.replace(b"  dim: 32", b"\tdim: 32"), ":13:"),
            ("a duplicate key", good + b"seed: 2\n", ":22:1: ", "seed", "duplicate", "line 2"),
            ("a duplicate key in a group", good.replace(b"  dim: 32", b"  dim: 32\n  dim: 64"), ":14:3: model.dim"),
            ("a duplicate key in a flow", good.replace(b"{type: adam}", b"{type: adam, type: adamw}"), ":19:",
             "training.optimizer.type: duplicate"),
            ("a duplicate key in an item", good.replace(b"target: t.en}", b"target: t.en, source: x}"), ":7:",
             "data.train[0].source: duplicate"),
            ("a quoted duplicate key", good + b'"seed": 2\n', ":22:1: ", "duplicate"),
            ("nothing", b"", "empty"), ("comments only", b"# nothing\n", "empty"), ("only ---", b"---\n", "empty"),
            ("null", b"null\n", "empty"), ("a list", b"- a\n- b\n", ":1:1: ", "list"),
            ("a number", b"42\n", ":1:1: "), ("a text", b"just some text\n", ":1:1: "),
            ("a quote that is not closed", good + b"x: 'abc\n", ":22:"),
            ("a double quote that is not closed", good + b'x: "abc\n', ":22:"),
            ("a bracket that is not closed", good + b"x: [1, 2\n", ":2"),
            ("a brace too many", good + b"}\n", ":22:"), ("two colons", good + b"x: y: z\n", ":22:"),
            ("no space after the colon", good.replace(b"seed: 1", b"seed:1"), ":"),
            ("a key without a colon", good + b"sead\n", ":2"), ("an item at the top", good + b"- x\n", ":22:"),
            ("wrong indentation", good.replace(b"  dim: 32", b"   dim: 32"), ":13:"),
            ("an at sign", good.replace(b"seed: 1", b"seed: @x"), ":2:"),
            ("an empty key", good + b": 3\n", ":22:"), ("a null key", good + b"~: 3\n", ":22:"),
            ("a list as key", good + b"? [a, b]\n: 3\n", ":22:"), ("a map as key", good + b"{a: 1}: 3\n", ":22:"),
            ("an escaped NUL", good.replace(b"output: new", b'output: "a\\0b"'), ":1:", "NUL"),
            ("an escaped surrogate", good.replace(b"output: new", b'output: "\\uD800"'), ":1:"),
            ("an escape that is none", good.replace(b"output: new", b'output: "\\q"'), ":1:"),
            ("a key with terminal codes", good + b'"\\e[31mred\\n": 3\n', ":22:", "unknown key"),
            ("a key of 100,000 bytes", good + b"k" * 100000 + b": 3\n", ":22:"),
            ("a value of 500,000 bytes", good.replace(b"seed: 1", b"seed: " + b"9" * 500000), ":2:1: seed"),
            ("a block text for a number", good.replace(b"seed: 1", b"seed: |\n  1\n"), ":2:", "seed"),
            ("an exclamation mark alone", good.replace(b"seed: 1", b"seed: !"), ":2:"),
            ("a lone CR as line end", good.replace(b"\n", b"\r"), ":")):
        yield check_file(name, data, 2, parts)
    yield check_file("a merge key", good + b"<<: {seed: 2}\n", 2, (":22:", "merge"))
    yield check_file("30 unknown keys are all reported", good + b"".join(b"key%d: 1\n" % i for i in range(30)), 2,
                     ("key0: unknown key", "key29: unknown key"), errors=30)
    yield check_file("an anchor and its alias are two mistakes", good.replace(b"seed: 1", b"seed: &a 1").replace(
        b"dim: 32", b"dim: *a"), 2, (":2:", ":13:"), errors=2)


def value(key, line, text, parts=(), code=2):
    """A configuration with `key: text` in the place of the line that begins so."""
    pattern = re.compile(rf"^(\s*{key}:).*$", re.M)
    changed = pattern.sub(lambda found: found.group(1) + " " + text, CONFIG, count=1)
    if changed == CONFIG:
        raise AssertionError(key)
    place = (f":{line}:",) if line and code == 2 else ()
    return check_file(f"{key}: {text}", changed, code, (*place, *parts))


def config_values():
    """Numbers, words and shapes of values."""
    for text in ("0x10", "1_000", "3.7", '"12"', "+5", "08", "true", "１２", "[1]", "~", ".inf",
                 "99999999999999999999", "-1"):
        yield value("seed", 2, text, ("seed: ",))
    for text in ("0", "9223372036854775807", "0 # none"):
        yield value("seed", 2, text, (), 0)
    for text in ("-0", "1e3"):  # an integer written oddly: accepted or refused with what to write
        yield value("seed", 2, text, (), (0, 2)) if text == "-0" else value("seed", 2, text, ("write 1000",))
    for text in (".nan", ".inf", "NaN", "1e400", "0x1p3", "1,5", '"3.0"', "~", "-1", "0.5", "1e-400"):
        yield value("max_ratio", 9, text, ("data.max_ratio: ",))
    for text in ("yes", "Off", "TRUE", "1", '"true"', "~"):
        changed = CONFIG.replace("shared: true", "shared: " + text)
        yield check_file("shared: " + text, changed, 2, (":10:", "vocabulary.shared: "))
    for text in ("Adam", '""', "[adam]"):
        changed = CONFIG.replace("type: adam", "type: " + text)
        yield check_file("optimizer type: " + text, changed, 2, (":19:", "training.optimizer.type: "))
    for key, line, text, *parts in (
            ("dim", "", "30", "model.heads", "30"), ("dim", 13, "-32"), ("dim", 13, "65537"),
            ("dim", 13, "9223372036854775807"), ("layers", 14, "257"), ("layers", 14, "-1"),
            ("preset", 12, "transformer_huge", "transformer_tiny"),
            ("preset", 12, "Transformer_tiny", "transformer_tiny"),
            ("preset", 12, "5"), ("output", 1, '""', "output"), ("output", 1, "[a]", "output"),
            ("output", 1, "~", "output"), ("max_updates", 18, "0", "never end"), ("max_updates", 18, "1e30"),
            ("batch_tokens", 17, "0"), ("batch_tokens", 17, "-5"), ("feed_forward", 15, "1048577")):
        yield value(key, line, text, parts)
    for name, old, new, line, *parts in (
            ("metrics as a word", "metrics: [bleu]", "metrics: bleu", 20, "validation.metrics", "[bleu]"),
            ("metrics in a list in a list", "metrics: [bleu]", "metrics: [[bleu]]", 20, "validation.metrics[0]"),
            ("a null metric", "metrics: [bleu]", "metrics: [~]", 20, "validation.metrics[0]"),
            ("an unknown metric", "metrics: [bleu]", "metrics: [bleu, bluu]", 20, "bluu"),
            ("no corpus", "    - {source: t.de, target: t.en}", "    []", 6, "data.train"),
            ("a null corpus", "    - {source: t.de, target: t.en}", "    - ~", 7, "data.train"),
            ("a corpus as text", "    - {source: t.de, target: t.en}", "    - t.de", 7, "data.train[0]"),
            ("a corpus as a group", "    - {source: t.de, target: t.en}", "    {source: t.de, target: t.en}", 6,
             "data.train"),
            ("a corpus without target", "{source: t.de, target: t.en}", "{source: t.de}", 7, "data.train[0].target"),
            ("an empty corpus name", "target: t.en}", 'target: ""}', 7, "data.train[0].target"),
            ("a corpus with a wrong key", "target: t.en}", "target: t.en, wieght: 2}", 7, "weight"),
            ("a negative weight", "target: t.en}", "target: t.en, weight: -1}", 7, "data.train[0].weight"),
            ("weight 0 everywhere", "target: t.en}", "target: t.en, weight: 0}", 6, "weight"),
            ("validation without target", "{source: v.de, target: v.en}", "{source: v.de}", 8, "data.valid.target"),
            ("a group as a word", "vocabulary: {size: 400, shared: true}", "vocabulary: small", 10, "vocabulary"),
            ("a group as a list", "vocabulary: {size: 400, shared: true}", "vocabulary: []", 10, "vocabulary"),
            ("a group without value", "vocabulary: {size: 400, shared: true}", "vocabulary:", 10, "vocabulary"),
            ("a wrong group", "vocabulary: {size", "vocabluary: {size", 10, "vocabulary"),
            ("a foreign name of a key", "  dim: 32", "  d_model: 32", 13, "d_model"),
            ("a key in the wrong group", "seed: 1", "batch_tokens: 5", 2, "training.batch_tokens"),
            ("a key with a dash", "batch_tokens: 400", "batch-tokens: 400", 17, "batch_tokens"),
            ("a key in capitals", "seed: 1", "Seed: 1", 2, "seed"),
            ("a dotted key", "seed: 1", "model.norm: pre", 2, "model.norm"),
            ("a unicode key", "seed: 1", "sеed: 1", 2, "unknown key"),
            ("a vocabulary of 3", "size: 400", "size: 3", 10, "vocabulary.size"),
            ("a vocabulary of a billion", "size: 400", "size: 1000000000", 10, "vocabulary.size"),
            ("one table, two vocabularies", "shared: true", "shared: false", "", "model.tie"),
            ("a symbol twice", "shared: true", "user_symbols: [a, a]", 10, "vocabulary.user_symbols"),
            ("an empty symbol", "shared: true", 'user_symbols: [""]', 10, "vocabulary.user_symbols"),
            ("a symbol with a space", "shared: true", 'user_symbols: ["a b"]', 10, "vocabulary.user_symbols"),
            ("a symbol that is an end mark", "shared: true", "user_symbols: [</s>]", 10, "vocabulary.user_symbols"),
            ("a symbol as number list", "shared: true", "user_symbols: 5", 10, "vocabulary.user_symbols"),
            ("a best metric that is not computed", "metrics: [bleu]", "metrics: [chrf]", "", "validation.stop.metric"),
            ("a full form next to a preset", "  dim: 32", "  dim: 32\n  encoder: {blocks: {sublayers: [{ffn: {}}]}}", "",
             "model."),
            ("a linear fall without an end", "max_updates: 2", "max_updates: 2\n  schedule: {type: linear}", 19,
             "training.schedule.type"),
            ("no checkpoint kept", "{every: 10}", "{every: 10, keep_last: 0}", 21, "checkpoint.keep_last"),
            ("checkpoints every 0", "{every: 10}", "{every: 0}", 21, "checkpoint.every")):
        errors = 4 if name == "a full form next to a preset" else 1
        case = check_file(name, CONFIG.replace(old, new), 2, (f":{line}:" if line else "", *parts), errors=errors)
        assert old in CONFIG, old
        yield case


def assignments():
    """--set, which takes what a file takes."""
    def refuse(*sets, parts=(), code=2, errors=1):
        words = [word for item in sets for word in ("--set", item)]
        name = " ".join(repr(item)[:40] for item in sets)
        return Case("--set " + name, ["config", "check", "ok.yaml", *words], code, tuple(parts), errors=errors)

    for text, *parts in (
            ("seed", "KEY=VALUE"), ("", ), ("=5", "KEY=VALUE"), ("  =5", "KEY=VALUE"), ("a..b=1", "a..b"),
            (".seed=1", ".seed"), ("seed.=1", "seed"), ("[0]=1", "[0]"), ("training[0]=1", "training"),
            ("data.train[5].weight=1", "data.train[5]"), ("data.train[-1].weight=1", "data.train[-1]"),
            ("data.train[99999999999999999999].weight=1", "data.train"), ("data.train[0.weight=1", "data.train[0"),
            ("data.train[0]x=1", "data.train[0]x"), ("data.train[0].weight=x", "data.train[0].weight"),
            ("data.train[0].=1", "data.train"), ("data.train[]=1", "data.train"), ("seed=1=2", "seed"),
            ("seed=", "seed"), ("seed=~", "seed"), ("sëed=1", "sëed"), ("seed={", "seed"), ("seed=[1", "seed"),
            ("seed='1", "seed"), ("seed=&a 1", "anchor"), ("seed=*a", "alias"), ("seed=!!int 1", "tag"),
            ("seed=1\n---\n2", "seed"), ("model=5", "model"), ("model=[]", "model"), ("model.dim.x=5", "model.dim"),
            ("model.encoder.blocks.sublayers[3].ffn.hidden=5", "sublayers"), ("seed=1\nmodel: 2", "seed"),
            ("seed=1_0", "seed"), ("seed=" + "[" * 5000, "seed"), (".".join("a" * 200) + "=1", ),
            ("x" * 100000 + "=1", ),
            ("\x1b[31mseed=1", ), ("seed=a\x00b".replace("\x00", "\x01"), "seed"), ("vocabulary.size=1e3", "1000"),
            ("seed =x", "seed"), ("seed=\u2028", "seed"), ("model={dim: 32, dim: 64}", "dim")):
        yield refuse(text, parts=("--set", *parts))
    yield refuse(b"seed=\xff\xfe", parts=("seed",))
    yield refuse(b"se\xffed=1")
    for text in ("seed=7", " seed = 7 ", "model.dim=64", "validation={every: 0}",
                 "data.train[1]={source: a, target: b}",
                 "output='it''s'", "output=a=b"):
        yield refuse(text, code=0)
    yield refuse("seed=x", "seed=3", code=0)
    yield refuse("seed=x", "training.max_updates=y", parts=("seed", "max_updates"), errors=2)
    yield Case("--set without a value", ["config", "check", "ok.yaml", "--set"], 2, ("--set",))
    yield Case("--set as one word", ["config", "check", "ok.yaml", "--set=seed=x"], 2, ("seed", "'x'"))


def usage():
    """Commands, options and their values."""
    for args, *parts in (
            (["--versionx"], "--versionx"), (["-x"], "-x"), ([""], "''"), (["trian"], "train"), (["\x1b[2J"],),
            ([b"\xff\xfe"],), (["x" * 100000],), (["a\nb"],), (["train"], "config"), (["train", "a", "b"], "b"),
            (["config", "chekc"], "chekc"), (["config", "check"], "config"),
            (["config", "annotated", "x"], "x"), (["config", "reference", "--set", "a=1"], "--set"),
            (["info"], "model"), (["info", "run", "run"],), (["average"], "OUT"), (["average", "x"], "CHECKPOINT"),
            (["score", "run"], "--source"), (["score", "run", "--source", "v.de"], "--target"),
            (["evaluate"], "--reference"), (["encode"], "model"), (["encode", "run", "--side", "left"], "left"),
            (["train", "ok.yaml", "--resume", "maybe"], "maybe"), (["train", "ok.yaml", "--threads", "-1"], "-1"),
            (["train", "ok.yaml", "--threads", "abc"], "abc"), (["train", "ok.yaml", "--threads", "5000"], "5000"),
            (["train", "ok.yaml", "--threads", "1.5"], "1.5"), (["train", "ok.yaml", "--threads"], "--threads"),
            (["train", "ok.yaml", "--outptu", "x"], "--outptu"), (["train", "ok.yaml", "--output", ""], "output"),
            (["train", "ok.yaml", "--output"], "--output"), (["translate", "run", "run"], "run"),
            (["train", "--dry-run=maybe", "ok.yaml"], "--dry-run")):
        yield Case("usage: " + repr(args)[:60], args, 2, tuple(parts))
    for option, texts in (
            ("--beam-size", ("-1", "abc", "1e3", "99999999999999999999", "257", "")),
            ("--length-penalty", ("average:nan", "average:inf", "average:-1", "average", "gnmt:11", "",
            "average:1e400")),
            ("--max-length", ("x", "0", "-5", "2x", "x+10", "nanx+1", "2.0x+10x", "99999999999999999999", "")),
            ("--min-length", ("-1", "x")), ("--n-best", ("0", "257", "x")),
            ("--threads", ("-1", "abc")), ("--batch-tokens", ("0", "2147483648")),
            ("--device", ("tpu", "cuda:99", "cuda:-1", "cuda:", "", "cpu:0"))):
        for text in texts:
            parts = (option.lstrip("-").replace("-", " ").split()[0],)
            yield Case(f"usage: translate {option} {text!r}", ["translate", "run", option, text], 2, parts,
                       stdin=b"Haus\n")
    for args in (["--beam-size", "2", "--beam-size", "3"], ["--beam-size"], ["--beam-size="], ["--workers", "two"],
                 ["--precision", "int9"], ["--prefix", "x"]):
        yield Case("usage: translate " + " ".join(args), ["translate", "run", *args], 2, (args[0].rstrip("="),),
                   stdin=b"Haus\n")
    yield Case("usage: --min-length beyond --max-length",
               ["translate", "run", "--min-length", "50", "--max-length", "5"], 2, ("min",), stdin=b"Haus\n")
    for args in (["score", "run", "--source", "v.de", "--target", "v.en", "--device", "gpu"],
                 ["score", "run", "--source", "v.de", "--target", "v.en", "--threads", "-2"]):
        yield Case("usage: " + " ".join(args[-2:]), args, 2, (args[-1],))


def paths():
    """Names that lead nowhere, to folders, loops or pipes."""
    makers = (("missing", lambda path: None), ("folder", os.mkdir), ("loop", loop), ("fifo", os.mkfifo))
    corpus_of = {"train": lambda name: ["train", "ok.yaml", "--dry-run", *corpus(name)],
                 "train, target": lambda name: ["train", "ok.yaml", *corpus("t.de", name)],
                 "train, validation": lambda name: ["train", "ok.yaml", "--set", "data.valid.target=" + name],
                 "train, vocabulary": lambda name: ["train", "ok.yaml", "--set", "vocabulary.source=" + name]}
    others = {"config check": lambda name: ["config", "check", name], "config show": lambda name: ["config", "show",
              name],
              "info": lambda name: ["info", name], "encode": lambda name: ["encode", name],
              "decode": lambda name: ["decode", name], "average": lambda name: ["average", "new", name],
              "average, second": lambda name: ["average", "new", "run", name],
              "score": lambda name: ["score", name, "--source", "v.de", "--target", "v.en"],
              "init_from": lambda name: ["train", "ok.yaml", "--set", "training.init_from=" + name]}
    texts = {"translate --input": lambda name: ["translate", "run", "--input", name],
             "score --source": lambda name: ["score", "run", "--source", name, "--target", "v.en"],
             "score --target": lambda name: ["score", "run", "--source", "v.de", "--target", name],
             "evaluate --hypothesis": lambda name: ["evaluate", "--hypothesis", name, "--reference", "v.en"],
             "evaluate --reference": lambda name: ["evaluate", "--hypothesis", "v.en", "--reference", name],
             "evaluate --baseline": lambda name: ["evaluate", "--hypothesis", "v.en", "--reference", "v.en",
             "--baseline",
                                                  name],
             "evaluate --source": lambda name: ["evaluate", "run", "--source", name, "--reference", "v.en"]}
    for kind, make in makers:
        for command, args in {**corpus_of, **others, **texts}.items():
            if kind == "fifo" and command in texts:
                continue  # text to read may come through a pipe
            yield Case(f"path: {command}: {kind}", args("odd"), 2, ("odd",), prepare=in_folder("odd", make),
                       seconds=MISTAKE_LIMIT)
    for command, args in (("config check", ["config", "check"]), ("info", ["info"]), ("encode", ["encode"])):
        yield Case(f"path: {command}: empty name", [*args, ""], 2, seconds=MISTAKE_LIMIT)
        yield Case(f"path: {command}: 5,000 bytes", [*args, "n" * 5000], 2, ("nnn",))
        yield Case(f"path: {command}: a line end and terminal codes", [*args, "a\nerror: b\x1b[31m"], 2, ("\\x0a",))
        yield Case(f"path: {command}: invalid UTF-8", [*args, b"a\xff"], 2, ("\\xff",))
        yield Case(f"path: {command}: below a file", [*args, "ok.yaml/x"], 2, ("ok.yaml/x",))
    yield Case("path: config check: a device", ["config", "check", "/dev/zero"], 2, ("/dev/zero",))
    yield Case("path: encode: a device", ["encode", "/dev/zero"], 2, ("/dev/zero",))
    yield Case("path: train: a device as corpus", ["train", "ok.yaml", *corpus("/dev/null")], 2, ("/dev/null",))
    if os.getuid() == 0:
        def shut(folder):
            (folder / "odd").write_text("Haus\n")
            (folder / "odd").chmod(0)
        for command, args in {**corpus_of, "config check": others["config check"], **texts}.items():
            if "evaluate --source" not in command and "translate" not in command and "score" not in command:
                yield Case(f"path: {command}: no permission", args("odd"), 2, ("odd", "Permission denied"),
                           prepare=shut,
                           user=65534)


def corpora():
    """Text to train on."""
    base = ["train", "ok.yaml", "--threads", "1", "--output", "new"]
    word = "Das Haus ist rot ."
    for name, bad, byte in (
            ("overlong", b"\xc0\x80", 5), ("overlong of three", b"\xe0\x80\x80", 5),
            ("a surrogate", b"\xed\xa0\x80", 5),
            ("beyond U+10FFFF", b"\xf4\x90\x80\x80", 5), ("five bytes", b"\xf8\x88\x80\x80\x80", 5),
            ("a lone follower", b"\x80", 5), ("FE", b"\xfe", 5), ("cut at the end", b"\xe2\x82", 5)):
        text = b"ok\nHaus" + bad + b"\n" + repeat(word, 118).encode()
        yield Case("corpus: UTF-8: " + name, [*base, *corpus("odd")], 2, (f"error: odd:2: byte {byte}",),
                   files={"odd": text})
    bad = repeat(word, 60).encode() + b"\xff\n" + repeat(word, 59).encode()
    yield Case("corpus: UTF-8 in the target", [*base, *corpus("t.de", "odd")], 2, ("odd:61: byte 1",),
               files={"odd": bad})
    yield Case("corpus: UTF-8 in the validation", [*base, "--set", "data.valid.source=odd"], 2, ("odd:2: ",),
               files={"odd": b"a\n\xff\n" + b"b\n" * 6})
    for policy in ("skip", "replace"):
        yield Case(f"corpus: UTF-8: {policy}", [*base, *corpus("t.de", "odd"), "--set", "data.invalid_utf8=" + policy,
                                                "--set", "vocabulary.size=200"], 0, files={"odd": bad}, creates=("new",
                                                ))
    yield from odd_corpora(base, word)
    yield from gzip_corpora(base)
    yield from refused_runs(base, word)


def odd_corpora(base, word):
    """Corpora that look odd and are fine, and those without a usable pair."""
    with_odd = {"U+2028 in a line": "\u2028", "U+0085 in a line": "\u0085", "a lone CR in a line": "\r", "VT": "\v",
                "FF": "\f", "FS": "\x1c", "NUL": "\0", "a BEL": "\a", "a zero-width space": "\u200b",
                "right to left": "\u202e", "a byte order mark inside": "\ufeff", "a private character": "\U000f0000"}
    for name, character in with_odd.items():
        text = CORPUS.joinpath("train.de").read_text("utf-8").split("\n")[:120]
        text = "".join(line[:9] + character + line[9:] + "\n" for line in text).encode()
        yield Case("corpus: fine: " + name, [*base, "--dry-run", *corpus("odd")], 0, ("120 of 120 pairs",),
                   files={"odd": text}, seconds=10)
    plain = b"\n".join(CORPUS.joinpath("train.de").read_bytes().split(b"\n")[:120])
    for name, text in (("no final newline", plain), ("CRLF", plain.replace(b"\n", b"\r\n")),
                       ("a byte order mark", b"\xef\xbb\xbf" + plain)):
        yield Case("corpus: fine: " + name, [*base, "--dry-run", *corpus("odd")], 0, ("120 of 120 pairs",),
                   files={"odd": text})
    for name, text, *parts in (
            ("empty", b"", "t.en"), ("one line", b"Haus\n", "119 lines more"),
            ("one line more", plain + b"\nx\n", "1 line"),
            ("a line of spaces at the end", plain + b"\n  ", "1 line"), ("only CR", b"\r" * 120, "119 lines more")):
        yield Case("corpus: unequal: " + name, [*base, *corpus("odd")], 2, parts, files={"odd": text})
    for name, text, *parts in (
            ("only blank", b"\n" * 120, "no pair", "120"), ("only spaces", b" \t\n" * 120, "no pair"),
            ("only U+3000", "\u3000\n".encode() * 120, "no pair"),
            ("only control characters", b"\x01\n" * 120, "no pair")):
        yield Case("corpus: nothing left: " + name, [*base, *corpus("odd")], 2, ("odd", *parts), files={"odd": text})
    yield Case("corpus: both empty", [*base, *corpus("odd", "odd2")], 2, ("odd", "empty"),
               files={"odd": b"", "odd2": b""})
    yield Case("corpus: both blank", [*base, *corpus("odd", "odd2")], 2, ("odd",),
               files={"odd": b"\n" * 9, "odd2": b"\n" * 9})
    yield Case("corpus: all too long", [*base, "--set", "data.max_length=1"], 2, ("t.de", "no pair", "data.max_length"))
    yield Case("corpus: validation blank", [*base, "--set", "data.valid={source: odd, target: odd}", "--set",
                                            "validation.every=1"], (0, 2), files={"odd": b"\n" * 4}, errors=1,
               creates=("new",))
    yield Case("corpus: validation unequal", [*base, "--set", "data.valid.target=t.en"], 2, ("t.en", "v.de", "(8)"))
    yield Case("corpus: validation empty", [*base, "--set", "data.valid={source: odd, target: odd}"], 2, ("odd",),
               files={"odd": b""})
    long_line = CORPUS.joinpath("train.de").read_bytes().split(b"\n")[:119] + [b"Haus " * 200000]
    yield Case("corpus: a line of 1 MB is left out", [*base, "--dry-run", *corpus("odd")], 0, ("119 of 120 pairs",),
               files={"odd": b"\n".join(long_line) + b"\n"}, seconds=10)
    long_word = CORPUS.joinpath("train.de").read_bytes().split(b"\n")[:119] + ["漢".encode() * 350000]
    yield Case("corpus: a word of 1 MB is left out", [*base, "--dry-run", *corpus("odd")], 0, ("119 of 120 pairs",),
               files={"odd": b"\n".join(long_word) + b"\n"}, seconds=15)
    signs = "<s> </s> <unk> <pad> ▁ ▁▁ <0x41>"
    yield Case("corpus: fine: names of control symbols are text", [*base, "--dry-run", *corpus("odd")], 0,
               ("120 of 120 pairs", "0.00 % unknown"), files={"odd": repeat(signs + " " + word, 120)})
    yield Case("corpus: fine: the same file twice", [*base, "--dry-run", *corpus("t.de", "t.de")], 0, ("120 of 120",))


def gzip_corpora(base):
    text = CORPUS.joinpath("train.de").read_text().split("\n")[:120]
    half = "\n".join(text[:60]) + "\n"
    rest = "\n".join(text[60:]) + "\n"
    whole = gz(half + rest)
    for name, data in (("two members", gz(half) + gz(rest)), ("a name without .gz", whole),
                       ("plain text", half + rest)):
        yield Case("gzip: fine: " + name, [*base, "--dry-run", *corpus("odd.gz" if "plain" in name else "odd")], 0,
                   ("120 of 120 pairs",), files={"odd.gz" if "plain" in name else "odd": data})
    for name, data, *parts in (
            ("cut", whole[:-300], "truncated"), ("cut in the header", whole[:6],), ("cut in the checksum", whole[:-2],),
            ("a flipped bit", flip(len(whole) // 2)(whole), "corrupt"), ("a wrong checksum", flip(-6)(whole),
            "corrupt"),
            ("a wrong length", flip(-2)(whole),), ("garbage behind the magic", b"\x1f\x8b" + os.urandom(500),),
            ("an empty file", b"",), ("gzip of nothing", gz(""),),
            ("a second member that is cut", gz(half) + gz(rest)[:-40],),
            ("garbage", b"\xfe\xff\xfd" * 200, "UTF-8")):
        yield Case("gzip: " + name, [*base, *corpus("odd.gz")], 2, ("odd.gz", *parts), files={"odd.gz": data})


def refused_runs(base, word):
    """What can be detected before the first update, apart from the text."""
    for key, text, *parts in (
            ("device", "tpu", "tpu"), ("device", "cuda:99", "cuda:99"), ("device", '""', "device"),
            ("training.precision", "int8", "int8"), ("vocabulary.size", "5", "vocabulary.size"),
            ("vocabulary.size", "1000000", "vocabulary.size"), ("output", "t.de", "t.de"), ("output", "t.de/x", "t.de"),
            ("output", "loop/x", "loop"), ("output", "o" * 300, "File name too long"),
            ("vocabulary.character_coverage", "2", "character_coverage"), ("training.ema", "1", "training.ema")):
        prepare = in_folder("loop", loop) if text.startswith("loop") else None
        code = 1 if text.startswith("o" * 9) else (1, 2)
        yield Case(f"train: {key} = {text[:20]}", ["train", "ok.yaml", "--set", f"{key}={text}"], code, tuple(parts),
                   prepare=prepare)
    tokens = {"garbage": os.urandom(999), "empty": b"", "a text": repeat(word, 9),
              "a cut file": "cut", "no end mark": "eos"}
    for name, data in tokens.items():
        def prepare(folder, data=data):
            whole = (folder / "run/shared.spm").read_bytes()
            special = {"cut": whole[:2000], "eos": whole.replace(b"</s>", b"<xx>", 1)}
            odd = special.get(data, data)
            (folder / "odd.spm").write_bytes(odd.encode() if isinstance(odd, str) else odd)
        yield Case("vocabulary file: " + name, [*base, "--set", "vocabulary.source=odd.spm"], 2,
                   ("odd.spm" if name != "no end mark" else "</s>",), prepare=prepare)
    yield Case("train: moments of another vocabulary", [*base, "--set", "training.init_from=other", "--set",
                                                        "vocabulary.source=run/shared.spm", "--set",
                                                        "training.init_optimizer=keep"], 2,
               ("training.init_optimizer", "other"))
    yield Case("train: a model beyond the memory", [*base, "--dry-run", "--set", "model={preset: transformer_big, dim: "
                                                    "65536, heads: 16}"], 1, ("memory",),
               limits={resource.RLIMIT_AS: 8 << 30}, seconds=15)


def models():
    """Model directories that were damaged, exchanged or edited."""
    translate = ["translate", "hurt", "--threads", "1", "--output", "out"]

    def refuse(name, prepare, *parts, args=None, **more):
        return Case("model: " + name, args or translate, 2, ("hurt", *parts), prepare=prepare, stdin=b"Haus\n", **more)

    for file in ("config.yaml", "model.safetensors", "shared.spm"):
        yield refuse(file + " is missing", damage(file, None))
        yield refuse(file + " is empty", damage(file, lambda data: b""), file)
        yield refuse(file + " is cut", damage(file, lambda data: data[:len(data) * 2 // 3]), "hurt")
        yield refuse(file + " is garbage", damage(file, lambda data: os.urandom(5000)), file)
        yield refuse(file + " is a folder", replace_by(file, os.mkdir), file)
        yield refuse(file + " is a pipe", replace_by(file, os.mkfifo), file)
        yield refuse(file + " is a loop", replace_by(file, loop), "hurt")
        yield refuse(file + " is missing for info", damage(file, None), args=["info", "hurt"])
    for at in (0, 5, 9, 40, 2000, -1):
        yield refuse(f"model.safetensors: a bit flipped at {at}", damage("model.safetensors", flip(at)),
                     "model.safetensors")
    yield refuse("model.safetensors: a byte more", damage("model.safetensors", lambda data: data + b"\0"),
                 "model.safetensors")
    for at in (100, 3000, -60):
        yield refuse(f"shared.spm: a bit flipped at {at}", damage("shared.spm", flip(at)), "hurt")
    yield refuse("shared.spm: a byte more", damage("shared.spm", lambda data: data + b"\0"), "hurt")
    yield refuse("the vocabulary of another model", lambda folder: shutil.copy(folder / "other/shared.spm", copy_model(
        folder) / "shared.spm"), "hurt")
    for name, old, new, *parts in (
            ("another dim", r"dim: 32", "dim: 64", "dim"), ("another number of blocks", r"(repeat|layers): 1", r"\1: 2",
            "tensor"),
            ("another inner width", r"(hidden|feed_forward): 32", r"\1: 48", "shape"),
            ("another tie", r"tie: all", "tie: none", "tensor"),
            ("another norm", r"norm: pre", "norm: post", "tensor"),
            ("heads that do not divide", r"heads: 4", "heads: 5"),
            ("another number of heads", r"heads: 4", "heads: 2"), ("another activation", r"activation: relu",
                                                                   "activation: gelu"),
            ("an unknown key", r"seed: 1", "sead: 1", "sead"), ("learned positions", r"position: sinusoidal",
                                                                "position: learned", "tensor")):
        def edit(data, old=old, new=new):
            changed = re.sub(old, new, data.decode())
            assert changed != data.decode(), old
            return changed.encode()
        errors = 6 if "divide" in name else 1
        yield refuse("config.yaml: " + name, damage("config.yaml", edit), *parts, errors=errors if errors == 1 else 3)
    yield from weight_headers(refuse)


def weight_headers(refuse):
    """Headers of weights without checksums, as other programs write them."""
    def first(header):
        return next(name for name in header if name != "__metadata__")

    def edited(**fields):
        def change(header, body):
            header[first(header)].update(fields)
            return header, body
        return change

    def renamed(header, body):
        header["extra.weight"] = header.pop(first(header))
        return header, body

    def without_metadata(header, body):
        del header["__metadata__"]
        return header, body

    def metadata(key, text):
        def change(header, body):
            header["__metadata__"][key] = text
            return header, body
        return change

    def not_finite(header, body):
        return header, struct.pack("<f", float("nan")) + body[4:]

    def twice(header, body):
        text = json.dumps(header)
        name = first(header)
        return (text[:-1] + ", " + json.dumps({name: header[name]})[1:]).encode(), body

    def doubles(header, body):
        for entry in header.values():
            if "data_offsets" in entry:
                entry["dtype"] = "F64"
                entry["data_offsets"] = [2 * offset for offset in entry["data_offsets"]]
        return header, body + body

    for name, change, *parts in (
            ("NaN", not_finite, "not finite"), ("another dtype of the same size", edited(dtype="I32")),
            ("doubles", doubles), ("an unknown dtype", edited(dtype="F33")),
            ("a dtype that is a number", edited(dtype=5)),
            ("a negative shape", edited(shape=[-1, 32])), ("a shape that overflows", edited(shape=[1 << 62, 1 << 62])),
            ("a shape of text", edited(shape="abc")), ("a shape with fractions", edited(shape=[400.5, 32])),
            ("another shape", edited(shape=[32, 400])), ("no shape", edited(shape=[])),
            ("offsets beyond the file", edited(data_offsets=[0, 1 << 50])), ("offsets backwards",
                                                                             edited(data_offsets=[400, 0])),
            ("offsets that overlap", edited(data_offsets=[4, 51204])), ("negative offsets",
                                                                        edited(data_offsets=[-8, 51192])),
            ("an extra key", edited(color="red")), ("a tensor twice", twice),
            ("a tensor of another name", renamed, "tensor"),
            ("no metadata", without_metadata), ("metadata without roles", metadata("regard.roles", "")),
            ("roles beyond the vocabulary", metadata("regard.roles", json.dumps({
                "pad": 0, "unknown": 1, "decoder_start": 1 << 40, "source_end": 3, "target_end": 3,
                "suppressed": []}))),
            ("a source end beyond the vocabulary", metadata("regard.roles", json.dumps({
                "pad": 0, "unknown": 1, "decoder_start": 2, "source_end": 1 << 40, "target_end": 3,
                "suppressed": []}))),
            ("an update that is not a number", metadata("regard.update", "12x")),
            ("a newer version", metadata("regard.version", "99"), "99"),
            ("metadata of numbers", metadata("regard.update", 5)), ("trailing bytes", lambda h, b: (h, b + b"\0" * 8)),
            ("a hole", lambda h, b: (h, b[:-8])), ("no JSON", lambda h, b: (b"{not json}", b)),
            ("an empty object", lambda h, b: (b"{}", b"")), ("a list", lambda h, b: (b"[]", b"")),
            ("deep JSON", lambda h, b: (b'{"a":' * 100000, b)), ("a header of 2^63 bytes",
                                                                lambda h, b: struct.pack("<Q", 1 << 63) + b),
            ("a header of 90 MB that is not there", lambda h, b: struct.pack("<Q", 90 << 20) + b),
            ("invalid UTF-8", lambda h, b: (b'{"\xff": 1}', b))):
        yield refuse("header: " + name, reheader(change), "model.safetensors", *parts)


def outputs_and_pipes():
    """Outputs that cannot be written, and inputs that are odd."""
    commands = {"translate": ["translate", "run", "--input", "v.de"], "encode": ["encode", "run"],
                "decode": ["decode", "run"], "info": ["info", "run"], "annotated": ["config", "annotated"],
                "show": ["config", "show", "ok.yaml"], "check": ["config", "check", "ok.yaml"],
                "score": ["score", "run", "--source", "v.de", "--target", "v.en"],
                "evaluate": ["evaluate", "--hypothesis", "v.en", "--reference", "v.en", "--json"],
                "help": ["--help"], "version": ["--version"], "help of train": ["train", "--help"]}
    for name, args in commands.items():
        text = b"Das Haus\n" * 50
        yield Case(f"output: {name}: standard output is closed", args, 1, ("standard output",), stdin=text,
                   stdout="closed")
        if os.path.exists("/dev/full") and name not in ("info",):
            yield Case(f"output: {name}: full disk", args, 1, ("standard output",), stdin=text, stdout="/dev/full")
    for command in (["translate", "run", "--input", "v.de"], ["score", "run", "--source", "v.de", "--target", "v.en"]):
        def refuse(name, output, code, *parts, command=command, **more):
            return Case(f"output: {command[0]}: {name}", [*command, "--output", output], code, parts, **more)

        yield refuse("in a missing folder", "no/such/out", 1, "no/such/out")
        yield refuse("below a file", "ok.yaml/out", (1, 2), "ok.yaml/out")
        yield refuse("a folder with a slash", "folder/", 2, "folder/", prepare=in_folder("folder", os.mkdir))
        yield refuse("a name with a slash", "out/", 2, "out/")
        yield refuse("a loop", "loop", (1, 2), "loop", prepare=in_folder("loop", loop))
        yield refuse("a long name", "o" * 300, 1, "File name too long")
        yield refuse("the input", "v.de", 2, "v.de", "same file")
        yield refuse("a link to the input", "link", 2, "link", prepare=in_folder("link",
                     lambda p: p.symlink_to("v.de")))
        yield refuse("another name of the input", "hard", 2, "hard",
                     prepare=lambda folder: os.link(folder / "v.de", folder / "hard"))
        yield refuse("/dev/full", "/dev/full", 1, "/dev/full", "No space left")
        if command[0] == "translate":  # standard error is a file as well, and needs its share
            yield refuse("a file size limit", "out", 1, "out", "File too large", limits={resource.RLIMIT_FSIZE: 300})
        yield refuse("a part of the model", "hurt/model.safetensors", 2, "hurt/model.safetensors", prepare=copy_model,
                     command=[command[0], "hurt", *command[2:]])
        if os.getuid() == 0:
            yield refuse("a folder that is read-only", "shut/out", 1, "Permission denied", user=65534,
                         prepare=lambda folder: (folder / "shut").mkdir(mode=0o555))
    yield Case("output: score: the target", ["score", "run", "--source", "v.de", "--target", "v.en", "--output",
               "v.en"],
               2, ("v.en", "same file"))
    for command in ("translate", "encode", "decode"):
        yield Case(f"input: {command}: standard input is closed", [command, "run"], (1, 2), ("standard input",),
                   stdin="closed")
    yield Case("output: /dev/stdout is written in place", ["translate", "run", "--input", "v.de", "--output",
                                                           "/dev/stdout"], 0, check=num_lines(8))
    for name, code in (("translate", (-signal.SIGPIPE, 1)), ("encode", (-signal.SIGPIPE, 1))):
        yield Case(f"output: {name}: the reader goes away", [name, "run"], code, stdin=b"Haus\n" * 40,
                   stdout="broken pipe")


def odd_text():
    """Lines that are odd: as many come out as went in."""
    texts = (("literal control symbols",
             b"<s> </s> <unk> <pad>\n</s>\n<s>\n\xe2\x96\x81\n\xe2\x96\x81\xe2\x96\x81 a\n", 5),
             ("NUL", b"a\0b\n\0\n", 2), ("control characters", bytes(c for c in range(1, 32) if c != 10) + b"\nb\n", 2),
             ("every kind of invalid UTF-8",
             b"\xc0\x80\n\xed\xa0\x80\n\xf4\x90\x80\x80\n\xf8\x88\x80\x80\x80\n\x80\n\xe2\x82"
              b"\n\xff\n", 7), ("only carriage returns", b"\r\r\r\na\r\r\n", 2), ("line separators",
                                                                                 "a\u2028b\u2029c\u0085d\n".encode(),
                                                                                 1),
             ("no final newline", b"a\nb", 2), ("blank lines", b"\n\n \n\t\n\xe3\x80\x80\n", 5),
             ("combining marks", ("a" + "\u0301" * 500 + "\n").encode(), 1), ("emoji", "👩‍👩‍👧‍👦 🇩🇪\n".encode(), 1),
             ("byte order marks", b"\xef\xbb\xbf\n\xef\xbb\xbf\n", 2),
             ("unassigned characters", "\U000e0fff\ufffe\n".encode(), 1),
             ("a line of 1 MB", b"Haus " * 200000 + b"\nb\n", 2),
             ("a word of 3 MB", "漢".encode() * 1000000 + b"\nb\n", 2),
             ("nothing", b"", 0))
    for name, text, count in texts:
        quick = ["--max-length", "5", "--beam-size", "1", "--threads", "1"]
        for command in (["translate", "run", *quick], ["encode", "run"]):
            yield Case(f"text: {command[0]}: {name}", command, 0, stdin=text, check=num_lines(count), seconds=10)
    for name, text, _ in texts[2:4]:
        bad = not is_utf8(text)
        yield Case(f"text: translate --strict: {name}", ["translate", "run", "--strict", "--max-length", "5",
                   "--threads",
                                                         "1"], 2 if bad else 0, ("standard input:1: ",) if bad else (),
                   stdin=text)
    yield Case("text: translate: a gzip file", ["translate", "run", "--input", "odd", "--max-length", "5"], 0,
               files={"odd": gz("a\nb\n")}, check=num_lines(2))
    yield Case("text: translate: a gzip file that is cut", ["translate", "run", "--input", "odd", "--output", "out"], 2,
               ("odd",), files={"odd": gz("a\nb\n" * 99, cut=9)})
    yield Case("text: decode: pieces that are none", ["decode", "run"], 0, stdin="xyzzy ▁▁▁ <0x41> qqq\n".encode(),
               check=num_lines(1))
    score = ["score", "run", "--threads", "1", "--source", "a", "--target", "b"]
    for name, source, target, count in (
            ("a blank target", b"Haus\n", b"\n", 1), ("a blank source", b"\n", b"house\n", 1),
            ("both blank", b"\n", b"\n", 1),
            ("invalid UTF-8", b"\xff\n", b"\xfe\n", 1), ("CRLF against LF", b"a\r\nb\r\n", b"a\nb", 2),
            ("control symbols", b"<s>\n", b"</s> </s>\n", 1),
            ("a target of 1 MB", b"a\n", b"house " * 170000 + b"\n", 1),
            ("gzip", gz("a\nb\n"), b"a\nb\n", 2)):
        def finite(_, result, count=count):
            values = [float(line) for line in result.out.split()]
            return say(len(values) == count and all(-1e9 < item <= 0 for item in values), result.out[:100])
        yield Case("text: score: " + name, score, 0, files={"a": source, "b": target}, check=finite, seconds=15,
                   memory=3 << 30)
    for name, source, target in (("both empty", b"", b""), ("an empty target", b"a\n", b""), ("U+2028 is no line end",
                                                                                             b"a\nb\n",
                                                                                             "a\u2028b\n".encode())):
        yield Case("text: score: " + name, score, 2, ("a" if name == "both empty" else "b",),
                   files={"a": source, "b": target})
    def one_warning(_, result):
        return say(result.err.count("was cut") == 1, result.err)
    short = ["--max-length", "5", "--input", "a"]
    yield Case("text: translate: a line of 2 MB is warned of once", ["translate", "run", *short], 0, ("a:1: ",),
               files={"a": b"Haus " * 400000 + b"\n"}, check=one_warning, seconds=15, memory=3 << 30)
    yield Case("text: translate: a prefix that is cut is warned of", ["translate", "run", *short, "--prefix", "b"], 0,
               ("b:1: ",), files={"a": b"Haus\n", "b": b"house " * 4000 + b"\n"}, check=one_warning, seconds=30)
    yield Case("text: encode: a checkpoint inside a model directory", ["encode", "run/checkpoints/last"], 0,
               stdin=b"Haus\n", check=num_lines(1))
    yield Case("text: decode: a checkpoint inside a model directory", ["decode", "run/checkpoints/last"], 0,
               stdin=b"a\n", check=num_lines(1))
    yield Case("path: encode: a folder without a vocabulary", ["encode", "odd"], 2, ("odd", "config.yaml"),
               prepare=in_folder("odd", os.mkdir))


def is_utf8(data):
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def evaluations():
    """Scores of odd texts, and options that do not fit."""
    base = ["evaluate", "--hypothesis", "h", "--reference", "r"]
    four = ["--metrics", "bleu,chrf,chrf++,ter"]
    plain = "The red house stands here .\nIt is old and it is big .\n"

    def scored(score):
        return lambda _, result: say([round(item["score"], 2) for item in json.loads(result.out)] == score, result.out)

    for name, hypothesis, reference in (
            ("a byte order mark", "\ufeff" + plain, plain), ("CRLF", plain.replace("\n", "\r\n"), plain),
            ("no final newline", plain[:-1], plain), ("gzip", gz(plain), plain), ("all at once",
                                                                                  "\ufeff" + plain.replace("\n",
                                                                                  "\r\n")[:-2],
                                                                                  gz(plain))):
        yield Case("evaluate: the same: " + name, [*base, *four, "--json"], 0, files={"h": hypothesis, "r": reference},
                   check=scored([100.0, 100.0, 100.0, 0.0]))
    yield Case("evaluate: all hypotheses blank", [*base, *four, "--json"], 0, files={"h": "\n\n", "r": plain},
               check=scored([0.0, 0.0, 0.0, 100.0]))
    for name, files, options in (
            ("all references blank", {"h": plain, "r": "\n\n"}, four),
            ("everything blank", {"h": "\n", "r": "\n"}, four),
            ("one line", {"h": "a b c d\n", "r": "a b c d\n"}, [*four, "--confidence"]),
            ("everything blank", {"h": "\n", "r": "\n"}, ["--confidence"]),
            ("the same metric twice", {"h": plain, "r": plain}, ["--metrics", "bleu,bleu"]),
            ("the same reference twice", {"h": plain, "r": plain}, ["--reference", "r"]),
            ("itself as baseline", {"h": plain, "r": plain}, ["--baseline", "h"]),
            ("invalid UTF-8", {"h": b"a \xff b\n", "r": b"a \xfe b\n"}, four),
            ("NUL", {"h": b"a \0 b\n", "r": b"a \0 b\n"}, four),
            ("a line of 1 MB", {"h": b"house " * 170000, "r": b"house " * 170000}, []),
            ("a character 300,000 times", {"h": b"x" * 300000, "r": b"x" * 299999}, ["--metrics", "chrf", "--tokenize",
            "char"])):
        def all_finite(_, result):
            text = result.out.decode()
            return say(not re.search(r"nan|inf\b", text), text)
        yield Case(f"evaluate: odd: {name} {' '.join(options[:2])}", [*base, *options], 0, files=files,
                   check=all_finite,
                   seconds=15)
    yield Case("evaluate: odd: TER of a line of 8,000 words", [*base, "--metrics", "ter"], 0, seconds=15,
               files={"h": "a b c d e f g h " * 1000, "r": "b a d c f e h g " * 1000})
    for name, options, *parts in (
            ("no metric", ["--metrics", ""], "metric"), ("an empty metric", ["--metrics", "bleu,,chrf"], "metric"),
            ("a metric in capitals", ["--metrics", "BLEU"], "BLEU", "bleu"), ("chrf+", ["--metrics", "chrf+"], "chrf+"),
            ("a tokenizer", ["--tokenize", "14a"], "14a"), ("an empty tokenizer", ["--tokenize", ""], "tokenize"),
            ("a smoothing", ["--smooth", "add"], "add"), ("an empty smoothing", ["--smooth", ""], "smooth"),
            ("a baseline of another length", ["--baseline", "one"], "one", "1", "2"),
            ("a second reference of another length", ["--reference", "one"], "one", "1", "2"),
            ("a model and a hypothesis", ["--source", "h"], "--hypothesis"),
            ("sentence scores as JSON", ["--sentence", "--json"], "--sentence"),
            ("sentence scores with confidence", ["--sentence", "--confidence"], "--sentence"),
            ("sentence scores with a baseline", ["--sentence", "--baseline", "h"], "--sentence")):
        yield Case("evaluate: refused: " + name, [*base, *options], 2, tuple(parts),
                   files={"h": plain, "r": plain, "one": "a\n"})
    for name, files in (("an empty hypothesis", {"h": "", "r": plain}), ("an empty reference", {"h": plain, "r": ""}),
                        ("both empty", {"h": "", "r": ""}), ("one line more", {"h": plain + "x\n", "r": plain}),
                        ("a blank line more", {"h": plain + "\n", "r": plain}),
                        ("U+2028 is no line end", {"h": plain, "r": plain.replace("\n", "\u2028", 1)})):
        parts = {"both empty": ("0 lines",), "an empty hypothesis": ("h: is empty",),
                 "an empty reference": ("r: is empty",)}.get(name, ("h", "r"))
        yield Case("evaluate: refused: " + name, base, 2, parts, files=files)
    yield Case("evaluate: refused: a model with unequal files", ["evaluate", "run", "--source", "v.de", "--reference",
                                                                 "t.en"], 2, ("8", "120"))


def averages():
    """Means of checkpoints that do not belong together, and outputs that are taken."""
    last = "run/checkpoints/update-00000002"
    yield Case("average: the same checkpoint twice", ["average", "new", last, last], 0, creates=("new",))
    yield Case("average: a model directory and its checkpoint", ["average", "new", "run", last], 0, creates=("new",))
    for name, output, *parts in (
            ("a file", "v.de", "v.de"), ("a link to nowhere", "link", "nowhere"),
            ("in a missing folder", "no/new", "no/new"),
            ("an empty name", "", ), ("below a file", "v.de/new", "v.de/new"), ("a folder with a slash", "run/", "run"),
            ("the current folder", ".", ), ("a long name", "o" * 300, "File name too long"),
            ("a loop", "loop", "loop")):
        def prepare(folder):
            (folder / "link").symlink_to("nowhere/at/all")
            loop(folder / "loop")
        yield Case("average: output: " + name, ["average", output, last], (1, 2), tuple(parts), prepare=prepare)
    yield Case("average: another vocabulary", ["average", "new", "run", "other"], 2, ("other", "vocabulary"))
    yield Case("average: a damaged second checkpoint", ["average", "new", "run", "hurt"], 2, ("hurt/model.safetensors",
               ),
               prepare=damage("model.safetensors", flip(-9)))
    yield Case("average: the vocabulary file alone", ["average", "new", "run/shared.spm"], 2, ("run/shared.spm",))
    yield Case("average: another architecture of the same shapes", ["average", "new", "run", "hurt"], 2, ("hurt",),
               prepare=damage("config.yaml", lambda data: data.replace(b"activation: relu", b"activation: gelu")))
    yield Case("average: a full disk", ["average", "new", last], 1, ("File too large",),
               limits={resource.RLIMIT_FSIZE: 50000})
    yield Case("info: a weights file", ["info", "run/model.safetensors"], 2, ("run/model.safetensors",))
    yield Case("translate: a weights file", ["translate", "run/model.safetensors"], 2, ("run/model.safetensors",))
    yield Case("translate: an ensemble", ["translate", "run,other"], 2, ("other", "vocabulary"))
    yield Case("translate: the folder of checkpoints", ["translate", "run/checkpoints"], 2, ("run/checkpoints",))


def runs():
    """Model directories to train in that are damaged, taken, or not what they seem."""
    again = ["train", "ok.yaml", "--threads", "1", "--output", "live", "--set", "checkpoint.every=1", "--set",
             "training.max_updates=3"]

    def live(change):
        def prepare(folder):
            shutil.copytree((folder / "run").resolve(), folder / "live", symlinks=True)
            change(folder)
        return prepare

    def refuse(name, change, *parts, args=None, **more):
        # A run that was there may log, and may keep what it read.
        return Case("run: " + name, args or again, 2, parts, prepare=live(change),
                    creates=("live/train.log", "live/.cache"), **more)

    yield refuse("another vocabulary of other size", lambda folder: shutil.copy(folder / "other/shared.spm", folder /
                                                                                "live/shared.spm"), "live")
    yield refuse("another vocabulary of the same size", lambda folder: shutil.copy(folder / "unigram/shared.spm",
                 folder /
                                                                                   "live/shared.spm"), "vocabulary")
    yield refuse("no vocabulary", lambda folder: (folder / "live/shared.spm").unlink(), "live", "vocabulary")
    for name, extra in (("", []), (", --resume never", ["--resume", "never"])):
        yield refuse("checkpoints without config.yaml" + name, lambda folder: (folder / "live/config.yaml").unlink(),
                     "live", args=[*again, *extra])
    yield refuse("config.yaml is garbage", lambda folder: (folder / "live/config.yaml").write_text("x: ["),
                 "live/config.yaml:")
    yield refuse("every state is damaged", lambda folder: [path.write_text("{}") for path in folder.glob(
        "live/checkpoints/update-*/state.json")], "state.json", errors=2)
    yield Case("run: a folder next to it is not the program's to remove", [*again, "--overwrite"], (0, 1, 2),
               prepare=live(lambda folder: (folder / "live.old").mkdir() or (folder / "live.old/mine").write_text("x")),
               creates=("live",), errors=1)
    yield refuse("the corpus is in the run to replace", lambda folder: shutil.copy(folder / "t.de",
                 folder / "live/t.de"),
                 "live/t.de", args=[*again, "--overwrite", *corpus("live/t.de")])
    yield Case("run: an error in a folder that was there", ["train", "ok.yaml", "--output", "mine", "--set",
                                                            "vocabulary.size=50000"], 2, ("vocabulary.size",),
               prepare=in_folder("mine", os.mkdir))
    yield Case("run: locked", again, 2, ("live", "in use"), prepare=live(hold_lock))


def texts_and_devices():
    """Text from devices, and outputs that are one file."""
    for name, args in (
            ("translate --input", ["translate", "run", "--input"]),
            ("translate --prefix", ["translate", "run", "--input", "v.de", "--prefix"]),
            ("score --source", ["score", "run", "--target", "v.en", "--source"]),
            ("score --target", ["score", "run", "--source", "v.de", "--target"]),
            ("evaluate --hypothesis", ["evaluate", "--reference", "v.en", "--hypothesis"]),
            ("evaluate --reference", ["evaluate", "--hypothesis", "v.en", "--reference"]),
            ("attend --source", ["attend", "run", "--source"]), ("attend --gold", ["attend", "run", "--source", "v.de",
                                                                                   "--gold"])):
        yield Case(f"device: {name}", [*args, "/dev/zero"], 2, ("/dev/zero", "device"))
    for name in ("translate", "encode", "decode"):
        yield Case(f"device: {name}: standard input without an end", [name, "run"], 2, ("standard input", "binary data"),
                   stdin="/dev/zero", seconds=20)
    yield Case("device: nothing to translate", ["translate", "run", "--input", "/dev/null"], 0, check=num_lines(0))
    quick = ["--input", "v.de", "--max-length", "5"]
    for name, output, links in (("one name", "out", "out"), ("two names", "out", "./out"),
                                ("a link", "link", "v.en")):
        yield Case("output: translations and alignments in one file: " + name,
                   ["translate", "run", *quick, "--output", output, "--alignments", links], 2, (links,),
                   prepare=in_folder("link", lambda path: path.symlink_to("v.en")))
    for name, output, code, *parts in (
            ("the input", "v.de", 2, "v.de", "same file"), ("the model", "hurt/shared.spm", 2, "hurt/shared.spm"),
            ("a folder", "folder", 2, "folder"), ("in a missing folder", "no/out", 1, "no/out"),
            ("/dev/full", "/dev/full", 1, "No space left")):
        def prepare(folder):
            copy_model(folder)
            (folder / "folder").mkdir()
        yield Case("output: alignments: " + name, ["translate", "hurt", *quick, "--alignments", output], code,
                   tuple(parts), prepare=prepare)
    for options, *parts in (
            (["--alignments", "out", "--alignment-layer", "7"], "layer 7"),
            (["--alignments", "out", "--alignment-head", "50"], "head 50"),
            (["--alignment-head", "1"], "--alignments"), (["--sample", "top_p=0"], "top_p=0"),
            (["--sample", "temperature=0"], "temperature=0"), (["--sample", ""], "sampling"),
            (["--sample", "temperature=nan"], "temperature=nan"), (["--sample", "top_k=-1"], "top_k=-1"),
            (["--sample", "seed=18446744073709551616"], "seed="), (["--sample", "x=1,"], "x=1"),
            (["--sample", "top_k=5", "--beam-size", "4"], "--beam-size"), (["--precision", "float8"], "float8"),
            (["--precision", "int8", "--reference"], "int8"), (["--workers", "0"], "--workers"),
            (["--n-best", "3", "--beam-size", "2"], "--n-best"), (["--no-repeat-ngram", "-1"], "--no-repeat-ngram"),
            (["--min-length", "6"], "--min-length")):
        yield Case("usage: translate " + " ".join(options), ["translate", "run", *quick, *options], 2, tuple(parts))
    for model in ("run,", ",run", ",", "run,missing"):
        yield Case(f"usage: translate {model!r}", ["translate", model, *quick], 2, ("model directory",))
    yield Case("translate: as many best translations as the beam holds",
               ["translate", "run", *quick, "--beam-size", "3", "--n-best", "3"], 0, check=num_lines(24))
    for name, text, code in (("fewer", "a\n", 2), ("more", repeat("a", 9), 2), ("none", "", 2),
                             ("as many", repeat("a", 8), 0), ("invalid UTF-8", b"\xff\n" * 8, 0),
                             ("longer than the translation", repeat("the red house stands here and it is old", 8), 0)):
        yield Case("translate: prefixes: " + name, ["translate", "run", *quick, "--prefix", "p"], code,
                   ("p: ",) if code else (), files={"p": text})
    yield Case("translate: a prefix of 3 MB", ["translate", "run", *quick, "--prefix", "p"], 0, check=num_lines(8),
               files={"p": b"b" * 3000000 + b"\n" * 8}, seconds=15)


def attentions():
    """Looks into the attention that cannot be had."""
    base = ["attend", "run", "--source", "v.de"]
    for name, options, code, *parts in (
            ("an unknown kind of picture", ["--output", "out.txt"], 2, "out.txt"),
            ("a folder with the name of a picture", ["--output", "folder.svg"], 2, "folder.svg"),
            ("in a missing folder", ["--output", "no/out.html"], 1, "no/out.html"),
            ("an unknown map", ["--map", "foo"], 2, "foo", "decoder.0.cross_attention"),
            ("a head too many", ["--head", "4"], 2, "--head", "4 heads"),
            ("a line too many", ["--line", "9", "--output", "out.svg"], 2, "v.de", "8 lines"),
            ("line 0", ["--line", "0", "--output", "out.svg"], 2, "--line"),
            ("a negative number of lines", ["--lines", "-1"], 2, "--lines"),
            ("a target of other length", ["--target", "t.en"], 2, "t.en", "120", "8"),
            ("a target of other length beyond the lines", ["--target", "t.en", "--lines", "2"], 2, "120", "8"),
            ("an empty target", ["--target", "empty"], 2, "empty"),
            ("a missing target", ["--target", "no"], 2, "no: "),
            ("too few links", ["--gold", "one"], 2, "one", "1", "8"),
            ("too many links", ["--gold", "nine"], 2, "nine", "9", "8"),
            ("links that are none", ["--gold", "v.en"], 2, "v.en:1: "),
            ("a negative link", ["--gold", "minus"], 2, "minus:1: ", "-1-0"),
            ("a link to a huge place", ["--gold", "huge"], 2, "huge:1: ")):
        yield Case("attend: refused: " + name, [*base, *options], code, tuple(parts),
                   files={"empty": "", "one": "0-0\n", "nine": repeat("0-0", 9), "minus": repeat("-1-0", 8),
                          "huge": repeat("0-99999999999999999999", 8)},
                   prepare=in_folder("folder.svg", os.mkdir))
    yield Case("attend: refused: an empty source", ["attend", "run", "--source", "a"], 2, ("a: ",), files={"a": ""})
    yield Case("attend: refused: an ensemble", ["attend", "run,run", "--source", "v.de"], 2, ("run,run",))
    yield Case("attend: a damaged model", ["attend", "hurt", "--source", "v.de", "--output", "out.svg"], 2,
               ("hurt/model.safetensors",), prepare=damage("model.safetensors", flip(-9)))
    for name, text in (("blank", b"\n \n"), ("invalid UTF-8", b"a\xff\n"), ("NUL", b"a\0b\n"),
                       ("control symbols", b"</s> <s>\n"), ("one word", b"a")):
        for output in ("", "out.html", "out.svg"):
            yield Case(f"attend: fine: {name} {output}",
                       ["attend", "run", "--source", "a", *(["--output", output] if output else [])], 0,
                       files={"a": text}, creates=("out.html", "out.svg"))
    # Told before tens of thousands of sentences are translated.
    many = {"a": b"Haus und Hof und Haus und Hof\n" * 40000}
    for option, value in (("--map", "foo"), ("--head", "99")):
        yield Case(f"attend: refused: {option} {value} of a long text",
                   ["attend", "run", "--source", "a", "--lines", "0", option, value], 2, (option, value), files=many)
    yield Case("attend: a line of 1 MB is cut", ["attend", "run", "--source", "a", "--target", "b", "--output",
                                                 "out.svg"], 0, ("a:1: ", "was cut"), seconds=15, memory=2 << 30,
               files={"a": b"Haus " * 200000 + b"\n", "b": b"house\n"}, creates=("out.svg",))
    yield Case("attend: standard output is full", base, 1, ("standard output",), stdout="/dev/full")


def comparisons():
    """Comparisons that cannot be made; none leaves anything behind."""
    base = ["compare", "ok.yaml", "--output", "new"]
    two = ["--updates", "2"]
    for name, options, *parts in (
            ("no budget", [], "budget"), ("two budgets", [*two, "--tokens", "5"], "budget"),
            ("a budget of 0", ["--updates", "0"], "--updates"), ("a budget of NaN", ["--minutes", "nan"], "nan"),
            ("an endless budget", ["--minutes", "inf"], "inf"), ("a tiny budget", ["--minutes", "1e-9"], "1e-9"),
            ("no seed", [*two, "--seeds", "0"], "--seeds"),
            ("a source alone", [*two, "--source", "v.de"], "--reference"),
            ("unequal texts", [*two, "--source", "v.de", "--reference", "t.en"], "t.en", "120", "8"),
            ("empty texts", [*two, "--source", "empty", "--reference", "empty"], "empty"),
            ("a text that is a pipe", [*two, "--source", "pipe", "--reference", "v.en"], "pipe"),
            ("links that are none", [*two, "--gold", "v.en"], "v.en:1: "),
            ("no links", [*two, "--gold", "empty"], "empty"),
            ("links for too many lines", [*two, "--gold", "links"], "links", "9", "8"),
            ("a wrong value", [*two, "--set", "seed=x"], "seed"),
            ("a configuration that is not there", [*two, "missing.yaml"], "missing.yaml"),
            ("a schedule that needs the end", ["--tokens", "9", "--set", "training.schedule={type: linear}"],
             "training.schedule.type")):
        yield Case("compare: refused: " + name, [*base, *options], 2, tuple(parts),
                   files={"empty": "", "links": repeat("0-0", 9)}, prepare=in_folder("pipe", os.mkfifo))
    for output in ("v.de", "", "loop"):
        yield Case(f"compare: refused: output {output!r}", ["compare", "ok.yaml", *two, "--output", output],
                   (1, 2) if output == "loop" else 2, (output,), prepare=in_folder("loop", loop))
    yield Case("compare: refused: a folder of another", [*base, *two], 2, ("new/ok/seed-1",),
               prepare=lambda folder: (folder / "new/ok/seed-1/mine").mkdir(parents=True))
    for name, text in (("no JSON", "x"), ("a list", "[]"), ("empty", ""), ("of numbers", '{"budget_kind": 5}'),
                       ("of another budget", '{"budget_kind": "updates", "budget": 3}')):
        def prepare(folder, text=text):
            (folder / "new/ok").mkdir(parents=True)
            (folder / "new/ok/seed-1.json").write_text(text)
        yield Case("compare: refused: a record that is " + name, [*base, *two], 2, ("new/ok/seed-1",), prepare=prepare)

    def prepare_types(folder):
        (folder / "new/ok").mkdir(parents=True)
        (folder / "new/ok/seed-1.json").write_text('{"budget_kind": "updates", "budget": 2, "is_trained": "yes"}')
    yield Case("compare: a record with a wrong type is no finished run", [*base, *two, "--threads", "1"], 0,
               prepare=prepare_types, creates=("new",), seconds=20)


def exports():
    """Models to write for other programs where that cannot be."""
    for kind in ("ctranslate2", "marian-hf", "argos"):
        base = ["export", kind]
        for name, output, code, *parts in (
                ("a file", "v.de", 2, "v.de", "exists"), ("a link to nowhere", "link", 2, "link"),
                ("a folder", "folder", 2, "folder"), ("an empty name", "", 2, "name"),
                ("the model", "run", 2, "run"), ("below a file", "v.de/x", (1, 2), "v.de"),
                ("a device", "/dev/full", 2, "/dev/full"), ("a long name", "o" * 300, (1, 2), )):
            def prepare(folder):
                (folder / "link").symlink_to("nowhere")
                (folder / "folder").mkdir()
            if kind == "marian-hf" and output.startswith("oo"):
                continue  # another reason comes first
            yield Case(f"export: {kind}: output: {name}", [*base, "run", output], code, tuple(parts), prepare=prepare)
        for name, model in (("a missing model", "missing"), ("a file", "v.de"), ("an ensemble", "run,run")):
            yield Case(f"export: {kind}: {name}", [*base, model, "new"], 2, (model,))
        yield Case(f"export: {kind}: a damaged model", [*base, "hurt", "new"], 2, ("hurt/model.safetensors",),
                   prepare=damage("model.safetensors", flip(-9)))
        yield Case(f"export: {kind}: a check that is neither on nor off", [*base, "run", "new", "--verify", "maybe"], 2,
                   ("--verify", "maybe"))
    for kind in ("ctranslate2", "argos"):
        yield Case(f"export: {kind}: a full disk", ["export", kind, "run", "new"], 1, ("File too large",),
                   limits={resource.RLIMIT_FSIZE: 50000})
        yield Case(f"export: {kind}: unknown numbers", ["export", kind, "run", "new", "--quantization", "int4"], 2,
                   ("int4",))
    yield Case("export: argos: a TMPDIR that is not there", ["export", "argos", "run", "new"], 1, ("TMPDIR",),
               environment={"TMPDIR": "/no/such/folder"})


def small_runs():
    """Runs whose folder or data leaves nothing to train."""
    base = ["train", "ok.yaml", "--threads", "1", "--output", "new"]
    for weight in ("1e-300", "0.001"):
        yield Case(f"corpus: nothing left: weight {weight}",
                   [*base, "--set", f"data.train=[{{source: t.de, target: t.en, weight: {weight}}}]"], 2, ("weight",))
    yield Case("train: a pair now and then",
               [*base, "--set", "data.train=[{source: t.de, target: t.en, weight: 0.012}]"], 0, creates=("new",))
    yield Case("train: one subword a batch", [*base, "--set", "training.batch_tokens=1"], 0, creates=("new",))
    yield Case("train: --overwrite against --resume require", [*base, "--overwrite", "--resume", "require"], 2,
               ("--overwrite", "--resume"))
    yield Case("train: --resume require without a run", [*base, "--resume", "require"], 2, ("new", "no run"))
    for output, code in (("/dev/null", 2), ("fifo", 2), ("dangling", 2)):
        def prepare(folder):
            os.mkfifo(folder / "fifo")
            (folder / "dangling").symlink_to("nowhere/at/all")
        yield Case(f"train: output {output}", ["train", "ok.yaml", "--output", output], code, (output,),
                   prepare=prepare)
    for text, *parts in (
            ("training.max_updates=1e30", "whole number"), ("model.dim=1000000000", "65536"),
            ("training.label_smoothing=1", "0.9"), ("training.clip_norm=-1",), ("training.schedule.peak=0",),
            ("training.schedule.peak=1e30",), ("training.schedule.warmup=-1",), ("training.accumulate=0",),
            ("model.dropout={residual: 1}", "residual"), ("model.dropout={residual: .nan}", "residual"),
            ("decoding.beam_size=0", "256"), ("decoding.length_penalty=foo", "average"),
            ("decoding.max_length={factor: 0, plus: 0}", "plus"), ("validation.every=-1",),
            ("training.max_minutes=nan",), ("training.max_minutes=-1",), ("training.max_epochs=1e9", "1000000000"),
            ("checkpoint.keep_last=1000000", "100000"), ("training.optimizer={type: adam, beta1: 1}", "beta1"),
            ("training.optimizer={type: adam, epsilon: 0}", "epsilon"), ("vocabulary.sampling={alpha: 2}", "alpha"),
            ("vocabulary.sampling={alpha: 0.1, nbest: 1000000000}", "nbest"),
            ("model.max_positions=1000000000", "1048576"),
            ("data.train=[{source: t.de, target: t.en, weight: 1e300}]", "weight"),
            ("data.train=[{source: t.de, target: t.en, weight: nan}]", "weight")):
        yield Case("--set of train: " + text, [*base, "--set", text], 2, ("--set", text.split("=")[0], *parts))


def live_runs():
    """Runs to go on with in which a file was exchanged for something else."""
    again = ["train", "ok.yaml", "--threads", "1", "--output", "live", "--set", "checkpoint.every=1", "--set",
             "training.max_updates=3"]

    def changed(change):
        def prepare(folder):
            shutil.copytree((folder / "run").resolve(), folder / "live", symlinks=True)
            change(folder / "live")
        return prepare

    def empty_folder(name):
        def change(live):
            (live / name).unlink(missing_ok=True)
            (live / name).mkdir()
        return change

    def newest(live, file, data):
        path = live / "checkpoints/update-00000002" / file
        path.write_bytes(data(path.read_bytes()))

    def file_for_checkpoints(live):
        shutil.rmtree(live / "checkpoints")
        (live / "checkpoints").write_text("x")

    for name, change, *parts in (
            ("checkpoints is a file", file_for_checkpoints, "live/checkpoints"),
            ("the link to the last checkpoint became a folder", empty_folder("checkpoints/last"),
             "live/checkpoints/last"),
            ("the log is a folder", empty_folder("train.log"), "live/train.log"),
            ("the metrics are a folder", empty_folder("metrics.jsonl"), "live/metrics.jsonl")):
        yield Case("run: " + name, again, 2, tuple(parts), prepare=changed(change),
                   creates=("live/train.log", "live/.cache", "live/config.yaml"))
    for key in ("model.dim=64", "vocabulary.size=350", "seed=2", "training.ema=0.5",
                "data.train=[{source: t.en, target: t.en}]"):
        yield Case("run: another value: " + key, [*again, "--set", key], 2, (key.split("=")[0], "live"),
                   prepare=changed(lambda live: None), creates=("live/train.log", "live/.cache"))
    for name, file, data in (
            ("an empty training state", "training_state.safetensors", lambda data: b""),
            ("a cut training state", "training_state.safetensors", lambda data: data[:5000]),
            ("a flipped training state", "training_state.safetensors", flip(-9)),
            ("flipped weights", "model.safetensors", flip(-9)), ("an empty state", "state.json", lambda data: b""),
            ("a negative update", "state.json", lambda data: data.replace(b'"update": 2', b'"update": -2')),
            ("a huge update", "state.json", lambda data: data.replace(b'"update": 2', b'"update": 1e30')),
            ("a state of a list", "state.json", lambda data: b"[]"),
            ("a state that is deep", "state.json", lambda data: b"[" * 100000),
            ("a state that is not UTF-8", "state.json", lambda data: b"\xff" + data)):
        def change(live, file=file, data=data):
            newest(live, file, data)
        yield Case("run: goes on before " + name, again, 0, ("warning: ", "update-00000002", "update-00000001"),
                   prepare=changed(change), creates=("live",), seconds=15)
    yield Case("run: goes on with odd names next to the checkpoints", again, 0, prepare=changed(
        lambda live: [(live / "checkpoints" / name).mkdir() for name in (
            "update-x", "update-", "update-99999999999999999999")]), creates=("live",), seconds=15)
    yield Case("run: goes on after metrics that are no JSON", again, 0, creates=("live",), seconds=15, prepare=changed(
        lambda live: (live / "metrics.jsonl").write_bytes(b'{"update": "x"}\nnothing\n\xff\0[[[[\n{}\n')))


def edited_widths():
    """A configuration next to weights that asks for far more memory than they take."""
    for name, old, new in (("dim", "dim: 32", "dim: 65536"), ("hidden", r"(hidden|feed_forward): 32", r"\1: 1048576"),
                           ("repeat", r"(repeat|layers): 1", r"\1: 256")):
        def edit(data, old=old, new=new):
            return re.sub(old, new, data.decode()).encode()
        for command in (["translate", "hurt"], ["info", "hurt"]):
            yield Case(f"model: config.yaml: a huge {name} for {command[0]}", command, 2, ("hurt",), stdin=b"Haus\n",
                       prepare=damage("config.yaml", edit), limits={resource.RLIMIT_AS: 12 << 30}, memory=2 << 30,
                       seconds=15)


def odd_names():
    """Names of files that are not UTF-8, in what is written."""
    odd = os.fsdecode(b"v\xff")

    def prepare(folder):
        shutil.copy(folder / "v.en", folder / odd)
        shutil.copytree((folder / "run").resolve(), folder / os.fsdecode(b"m\xff"))
    base = ["evaluate", "--hypothesis", "v.en", "--reference", "v.en", "--baseline", odd]
    for name, args in (("evaluate --json", [*base, "--json"]), ("info --json", ["info", b"m\xff", "--json"])):
        yield Case("names: not UTF-8: " + name, args, 0, prepare=prepare,
                   check=lambda _, result: say(is_utf8(result.out) and json.loads(result.out), result.out[:200]))
    yield Case("names: not UTF-8: evaluate", base, 0, prepare=prepare)
    yield Case("average: output without a name", ["average", "", "run"], 2, ("name",))


LOCKS = []  # descriptors that hold the locks of folders until the test ends


def hold_lock(folder):
    """Takes the lock of a run as another process does."""
    LOCKS.append(os.open(folder / "live/.lock", os.O_RDWR | os.O_CREAT))
    fcntl.flock(LOCKS[-1], fcntl.LOCK_EX)


# ---- main ------------------------------------------------------------------------------------------------------------


# Beginnings of the names of cases that the program once failed: these always run.
FAILED_ONCE = (
    "config file: a foreign name of a key", "usage: ['--versionx']", "usage: ['-x']", "usage: ['xxx",
    "usage: ['config', 'chekc']", "usage: ['train', 'ok.yaml', '--output', '']", "usage: --min-length beyond",
    "path: encode: loop", "path: decode: loop", "path: encode: 5,000 bytes", "path: encode: a folder without",
    "corpus: both blank", "train: a model beyond the memory", "model: config.yaml: another number of heads",
    "model: config.yaml: another activation", "model: header: metadata without roles", "model: header: a source end",
    "device: ", "output: translations and alignments in one file", "translate: a prefix of 3 MB",
    "attend: refused: a target of other length", "attend: refused: too many links", "attend: a line of 1 MB",
    "compare: refused: a text that is a pipe", "compare: refused: output", "compare: a record with a wrong type",
    "export: argos: output: an empty name", "export: argos: a TMPDIR", "corpus: nothing left: weight",
    "train: --overwrite against", "run: checkpoints is a file", "run: the link to the last checkpoint",
    "model: config.yaml: a huge dim", "names: not UTF-8: evaluate --json", "average: output without a name")
# A case costs the time of starting the program, and most of the cases of these tables take the same way through it.
LARGE_TABLES = (config_files, config_values, assignments, usage, paths, corpora, models, texts_and_devices,
                attentions, comparisons, exports, small_runs, live_runs, edited_widths, odd_names)


def select_cases(words):
    tables = (*LARGE_TABLES, outputs_and_pipes, odd_text, evaluations, averages, runs)
    cases = []
    for table in tables:
        is_thinned = table in LARGE_TABLES and not words
        cases += [case for number, case in enumerate(table())
                  if not is_thinned or number % 3 == 0 or case.name.startswith(FAILED_ONCE)]
    return cases if not words or words == ["--all"] else [case for case in cases if case.name.startswith(tuple(words))]


def can_run_as(user):
    """Whether another user may run the program: not where it lies below a folder that is closed to others."""
    def become():
        os.setgid(user)
        os.setuid(user)

    try:
        return subprocess.run([PROGRAM, "--version"], preexec_fn=become, capture_output=True, cwd="/", timeout=60,
                              check=False).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def main():
    cases = select_cases(sys.argv[2:])
    of_others = [case for case in cases if case.user]
    if of_others and os.geteuid() == 0 and not can_run_as(of_others[0].user):
        cases = [case for case in cases if not case.user]
        print(f"left out: {len(of_others)} cases that need another user, who may not run {PROGRAM}", flush=True)
    failed = 0
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="regard-bad-input-") as root:
        os.chmod(root, 0o755)
        work = Workplace(pathlib.Path(root))

        def run_case(numbered):
            number, case = numbered
            folder = work.folder(number)
            try:
                return case, *verdict(case, folder)
            finally:
                shutil.rmtree(folder, ignore_errors=True)

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for case, faults, result in pool.map(run_case, enumerate(cases)):
                if faults:
                    failed += 1
                    print(f"FAILED {case.name}\n       regard {' '.join(map(str, case.args))[:300]}\n       "
                          + "\n       ".join(faults) + f"\n       exit {result.code}, {result.seconds:.1f} s\n       "
                          + result.err[-1500:].strip().replace("\n", "\n       "), flush=True)
    print(f"{failed} of {len(cases)} checks failed" if failed else f"{len(cases)} checks passed",
          f"in {time.monotonic() - started:.0f} s")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
