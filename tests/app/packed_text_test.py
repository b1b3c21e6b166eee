#!/usr/bin/env python3
"""Gives every command that reads text packed text and files that are no text, as a user does.

Usage: packed_text_test.py PATH_OF_REGARD. Prints what it checks; exits 1 if anything failed.
"""
import bz2
import gzip
import io
import lzma
import pathlib
import random
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile

from checks import Checks

PROGRAM = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/regard").resolve()
WORDS = "alfa bravo delta echo golf hotel india kilo lima mike oscar papa romeo sierra".split()
CONFIG = """\
output: none
data: {source: xx, target: yy, train: [{source: s, target: t}]}
vocabulary: {size: 60}
model: {dim: 16, layers: 1, heads: 2, feed_forward: 32}
training: {batch_tokens: 150, schedule: {type: constant, warmup: 0}, max_updates: 2}
validation: {every: 0}
"""


def zstd(data):
    """A frame of blocks that are not packed, as the library may write them, too; Python has no zstd of its own."""
    blocks = [data[at:at + 1000] for at in range(0, len(data), 1000)] or [b""]
    frame = b"\x28\xb5\x2f\xfd\x00\x50"
    for number, block in enumerate(blocks):
        frame += struct.pack("<I", len(block) << 3 | (number + 1 == len(blocks)))[:3] + block
    return frame


PACKERS = {"gz": gzip.compress, "xz": lzma.compress, "bz2": bz2.compress, "zst": zstd}


def zip_archive(data):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("s", data)
    return packed.getvalue()


def tar_archive(data):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        entry = tarfile.TarInfo("s")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


class Workplace:
    """A temporary folder with a corpus and a model, where commands run."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        rng = random.Random(4)
        lines = [[rng.choice(WORDS) for _ in range(rng.randint(2, 7))] for _ in range(60)]
        self.texts = {"s": "".join(" ".join(words) + "\n" for words in lines).encode(),
                      "t": "".join(" ".join(words[::-1]) + "\n" for words in lines).encode()}
        self.texts |= {"i": b"alfa bravo\nkilo\n", "o": b"bravo alfa\nkilo\n"}
        for name, text in self.texts.items():
            (self.folder / name).write_bytes(text)
            for ending, pack in PACKERS.items():
                # Halves apart: several members are one text.
                half = text.find(b"\n") + 1
                (self.folder / f"{name}.{ending}").write_bytes(pack(text[:half]) + pack(text[half:]))
        (self.folder / "c.yaml").write_text(CONFIG)

    def run(self, *command, stdin=b""):
        command = [PROGRAM, *command]
        return subprocess.run(command, cwd=self.folder, input=stdin, capture_output=True, check=False)

    def train(self, output, source, target):
        return self.run("train", "c.yaml", "--output", output, "--threads", "1", "--set",
                        f"data.train=[{{source: {source}, target: {target}}}]")


def outputs(place, ending):
    """What each command that reads text makes of the files with this ending."""
    threads = ["--threads", "1", "--device", "cpu"]
    def read(name):
        return (place.folder / (name + ending)).read_bytes()
    short = ["--max-length", "6"]
    return {
        "translate --input": place.run("translate", "run", "--input", "i" + ending, *short, *threads),
        "translate < FILE": place.run("translate", "run", *short, *threads, stdin=read("i")),
        "translate --prefix": place.run("translate", "run", "--input", "i", "--prefix", "o" + ending, *short, *threads),
        "score": place.run("score", "run", "--source", "i" + ending, "--target", "o" + ending, *threads),
        "evaluate": place.run("evaluate", "--hypothesis", "i" + ending, "--reference", "o" + ending, "--metrics", "chrf"),
        "attend": place.run("attend", "run", "--source", "i" + ending, "--target", "o" + ending, *threads),
        "encode": place.run("encode", "run", stdin=read("i")),
        "decode": place.run("decode", "run", stdin=read("o")),
    }


def check_packed(checks, place):
    plain = outputs(place, "")
    for name, done in plain.items():
        checks.that(f"{name}: plain text is read", done.returncode == 0 and len(done.stdout) > 2, done)
    for ending in PACKERS:
        for name, done in outputs(place, "." + ending).items():
            checks.that(f"{name}: {ending} gives the same", done.returncode == 0 and done.stdout == plain[name].stdout,
                        f"{done}\n{plain[name]}")
        done = place.train("run_" + ending, "s." + ending, "t." + ending)
        checks.that(f"train: {ending} gives the same model", done.returncode == 0
                    and (place.folder / f"run_{ending}/model.safetensors").read_bytes()
                    == (place.folder / "run/model.safetensors").read_bytes(), done)


def check_refused(checks, place):
    text = place.texts["s"]
    kinds = {"s.zip": (zip_archive(text), "a zip archive"), "s.tgz": (tar_archive(text), "gzip data of a tar archive"),
             "s.pdf": (b"%PDF-1.7\n%\xe2\xe3\n", "a PDF document"), "s.utf16": (text.decode().encode("utf-16"), "UTF-16 text"),
             "s.model": ((place.folder / "run/shared.spm").read_bytes(), "a SentencePiece model"),
             "s.weights": ((place.folder / "run/model.safetensors").read_bytes(), "a safetensors file")}
    for name, (data, kind) in kinds.items():
        (place.folder / name).write_bytes(data)
        for command, done, shown in (
                ("train", place.train("refused", name, "t"), name),
                ("translate", place.run("translate", "run", "--input", name, "--output", "out", "--threads", "1"), name),
                ("translate <", place.run("translate", "run", "--threads", "1", stdin=data), "standard input"),
                ("encode <", place.run("encode", "run", stdin=data), "standard input"),
                ("evaluate", place.run("evaluate", "--hypothesis", name, "--reference", "t"), name)):
            lines = done.stderr.decode().splitlines()
            checks.that(f"{command}: {name} is refused by name", done.returncode == 2 and not done.stdout
                        and any(f"error: {shown}: is {kind}" in line and "Fix: " in line for line in lines), done)
    checks.that("nothing is written", not (place.folder / "refused").exists() and not (place.folder / "out").exists())
    for ending in PACKERS:
        whole = (place.folder / f"s.{ending}").read_bytes()
        (place.folder / "cut").write_bytes(whole[:-7])
        for command, done in (("train", place.train("refused", "cut", "t")),
                              ("score", place.run("score", "run", "--source", "cut", "--target", "t", "--threads", "1"))):
            checks.that(f"{command}: {ending} that is cut short is refused",
                        done.returncode == 2 and b"error: cut: the " in done.stderr and b"truncated at byte" in done.stderr,
                        done)


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        place = Workplace(folder)
        done = place.train("run", "s", "t")
        checks.that("a model is trained", done.returncode == 0, done)
        if done.returncode == 0:
            check_packed(checks, place)
            check_refused(checks, place)
    print(f"{checks.done} checks, {checks.failed} failed")
    sys.exit(1 if checks.failed or checks.done < 80 else 0)


if __name__ == "__main__":
    main()
