#!/usr/bin/env python3
"""regard align, as a user asks for it.

Usage: align_test.py PATH_OF_REGARD. Prints what it checks; exits 1 if anything failed.
"""
import gzip
import pathlib
import signal
import subprocess
import sys
import tempfile

from checks import Checks

PROGRAM = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/regard").resolve()
CORPUS = pathlib.Path(__file__).resolve().parent.parent.parent / "data" / "quickstart"


class Workplace:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        for side in ("de", "en"):
            lines = (CORPUS / f"test.{side}").read_text(encoding="utf-8").split("\n")[:1000]
            lines[7] = ""
            self.write(f"a.{side}", "".join(line + "\n" for line in lines))
            (self.folder / f"a.{side}.gz").write_bytes(gzip.compress((self.folder / f"a.{side}").read_bytes()))

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")

    def read(self, name):
        return (self.folder / name).read_text(encoding="utf-8")

    def align(self, *arguments, source="a.de", target="a.en", text=None):
        return subprocess.run([PROGRAM, "align", "--source", source, "--target", target, *map(str, arguments)],
                              cwd=self.folder, input=text, capture_output=True, text=True, check=False)

    def names(self):
        return {path.name for path in self.folder.iterdir()}


def check_links(checks, work):
    done = work.align("--output", "a.links", "--lexicon", "lex")
    checks.equal("align succeeds", done.returncode, 0)
    lines = work.read("a.links").split("\n")
    checks.equal("it writes a line for each pair", len(lines), 1001)
    checks.equal("a blank pair has no links", lines[7], "")
    checks.that("other pairs have some", lines[0].count("-") >= 3, lines[0])
    checks.that("passes are logged", "pass 9 of 9 (HMM)" in done.stderr, done.stderr)
    row = next((line.split() for line in work.read("lex.s2t").splitlines() if line.split()[1] == "und"), [""] * 3)
    checks.that("the lexicon knows and", row[0] == "and" and float(row[2]) > 0.5, row)
    checks.that("both directions are written", " " in work.read("lex.t2s"))
    piped = work.align("--threads", 1, source="-", target="a.en.gz", text=work.read("a.de"))
    checks.equal("packed text, standard input and one thread give the same", piped.stdout, work.read("a.links"))
    gold = work.align("--gold", "a.links", "--output", "b.links")
    checks.that("its own links are right", "alignment error rate 0.0000" in gold.stderr, gold.stderr)
    several = work.align("--symmetrize", "intersect", "--forward-output", "f", "--reverse-output", "r")
    for common, forward, reverse in zip(several.stdout.split("\n"), work.read("f").split("\n"),
                                        work.read("r").split("\n")):
        if set(common.split()) != set(forward.split()) & set(reverse.split()):
            checks.that("the intersection is that of both directions", False, (common, forward, reverse))
            break
    else:
        checks.that("the intersection is that of both directions", several.stdout.count("-") > 3000)


def check_bytes(checks, work):
    work.write("b.de", "das Häuschen \n")
    work.write("b.en", "the  cottage\n")
    done = work.align("--unit", "byte", "--symmetrize", "union", source="b.de", target="b.en")
    links = set(done.stdout.split())
    checks.that("bytes are those of the words", links and links <= {f"{s}-{t}" for s in ("0:3", "4:13")
                                                                    for t in ("0:3", "5:12")}, done)


def check_resume(checks, work):
    done = work.align("--resume", "state", "--output", "c.links")
    checks.equal("a state is written", (done.returncode, "state" in work.names()), (0, True))
    again = work.align("--resume", "state", "--output", "d.links")
    checks.that("the same command goes on from it", "9 of 9 passes done" in again.stderr, again.stderr)
    checks.equal("with the same links", work.read("d.links"), work.read("a.links"))
    other = work.align("--resume", "state", "--exact")
    checks.that("other options are refused", other.returncode == 2 and "with other options" in other.stderr, other)
    damaged = bytearray((work.folder / "state").read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (work.folder / "state").write_bytes(damaged)
    broken = work.align("--resume", "state")
    checks.that("damage is refused", broken.returncode == 2 and "is damaged" in broken.stderr, broken)


def check_stop(checks, work):
    before = work.names()
    running = subprocess.Popen([PROGRAM, "align", "--source", CORPUS / "train.de", "--target", CORPUS / "train.en",
                                "--output", "stopped.links", "--threads", "1"], cwd=work.folder,
                               stderr=subprocess.PIPE, text=True)
    first = running.stderr.readline()  # the text is read
    running.send_signal(signal.SIGTERM)
    rest = running.communicate()[1]
    checks.equal("SIGTERM ends it with its code", running.returncode, 128 + signal.SIGTERM)
    checks.equal("and leaves no file", work.names() - before, set())
    checks.that("and says so", "pairs" in first and "stopping" in first + rest, first + rest)


def check_refusals(checks, work):
    work.write("short.en", "one\ntwo\n")
    work.write("gold", "0-0\n")
    work.write("outside", "0-99\n" + "\n" * 999)
    (work.folder / "bad.en").write_bytes(b"one\n\xff\n")
    for what, arguments, texts, message in [
            ("texts of different length", [], {"target": "short.en"}, "a.de: 1,000 lines, but short.en has 2"),
            ("invalid UTF-8", [], {"source": "short.en", "target": "bad.en"}, "bad.en:2: byte 1: invalid UTF-8"),
            ("a missing text", [], {"target": "none.en"}, "none.en"),
            ("gold of another length", ["--gold", "gold"], {}, "gold: there are 1 line of links for 1000"),
            ("gold outside the words", ["--gold", "outside"], {}, "outside:1: link 0-99 points at word 99 of the target"),
            ("an unknown symmetrisation", ["--symmetrize", "grow"], {}, "--symmetrize: 'grow' is not one of intersect"),
            ("an unknown unit", ["--unit", "bytes"], {}, "'bytes' is not one of word, byte"),
            ("two standard inputs", [], {"source": "-", "target": "-"}, "--source"),
            ("bytes of standard input", ["--unit", "byte"], {"source": "-"}, "--unit byte reads the texts twice"),
            ("an output that is an input", ["--output", "a.de"], {}, "output and input are the same file")]:
        done = work.align(*arguments, **texts, text="")
        checks.that(f"{what}: refused in one line",
                    done.returncode == 2 and message in done.stderr and done.stdout == "", done)


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        work = Workplace(folder)
        for check in (check_links, check_bytes, check_resume, check_stop, check_refusals):
            check(checks, work)
    print(f"{checks.done} checks, {checks.failed} failed")
    sys.exit(1 if checks.failed or checks.done < 25 else 0)


if __name__ == "__main__":
    main()
