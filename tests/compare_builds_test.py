#!/usr/bin/env python3
"""Tests benchmarks/compare_builds.py with programs that only say what google-benchmark would."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parent.parent / "benchmarks/compare_builds.py"
SUFFIX = "/process_time/real_time"
# TIMES: the milliseconds of each benchmark, one after the other in its runs and then from the first again.
PROGRAM = """\
#!{python}
import json, os, pathlib, re, sys
TIMES, FAULT, FOLDER = {times!r}, {fault!r}, pathlib.Path({folder!r})
options = dict(word[len("--benchmark_"):].partition("=")[::2] for word in sys.argv[1:])
names = [name for name in TIMES if re.search(options["filter"], name)]
if "list_tests" in options:
    print(*names, sep="\\n")
    sys.exit()
assert options["format"] == "json" and float(options["min_time"]) > 0 and os.environ["OMP_NUM_THREADS"] == "1"
entries = []
for name in names:
    log = FOLDER / name.replace("/", "_")
    runs = len(log.read_text()) if log.exists() else 0
    log.write_text("x" * (runs + 1))
    value = TIMES[name][runs % len(TIMES[name])]
    entries.append({{"name": name, "real_time": 7.0, "cpu_time": value * 1e6, "time_unit": "ns"}})
exec(FAULT)
print(json.dumps({{"context": {{}}, "benchmarks": entries}}))
"""


class CompareBuilds(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.work = pathlib.Path(folder.name)

    def program(self, name, times, fault=""):
        """`fault`: Python that runs before the report is written."""
        runs = self.work / f"{name} runs"
        runs.mkdir()
        path = self.work / f"{name} build"
        times = {key + SUFFIX: value if isinstance(value, list) else [value] for key, value in times.items()}
        path.write_text(PROGRAM.format(python=sys.executable, times=times, fault=fault, folder=str(runs)))
        path.chmod(0o755)
        return path

    def compare(self, *arguments, code=0):
        done = subprocess.run([sys.executable, SCRIPT, *map(str, arguments)], capture_output=True, text=True,
                              timeout=120)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        if code == 2:
            self.assertEqual(done.stdout, "")
            self.assertRegex(done.stderr, r"\A(round \d of \d\n)*compare_builds\.py: [^\n]+\n\Z")
            return done.stderr
        return done.stdout

    def runs(self, name, benchmark):
        """How often a program measured a benchmark."""
        return len((self.work / f"{name} runs" / (benchmark + SUFFIX).replace("/", "_")).read_text())

    def row(self, output, benchmark):
        found = re.findall(rf"^\| {re.escape(benchmark)} \| (.*) \|$", output, re.MULTILINE)
        self.assertEqual(len(found), 1, output)
        return [cell.strip() for cell in found[0].split("|")]

    def test_equal_builds(self):
        base = self.program("base", {"metrics/chrf++": [2.0, 2.1, 1.9], "tensor/x/rows:5": 0.5})
        new = self.program("new", {"metrics/chrf++": [2.0, 2.1, 1.9], "tensor/x/rows:5": 0.5})
        output = self.compare(base, new, "--rounds", 3)
        self.assertEqual(self.row(output, "metrics/chrf++"), ["2", "2", "1.00 (1.00-1.00)", ""])
        self.assertEqual(self.row(output, "tensor/x/rows:5"), ["0.5", "0.5", "1.00 (1.00-1.00)", ""])
        self.assertIn("0 of 2 are slower than 1.1 times the base.", output)
        self.assertEqual([self.runs(name, "metrics/chrf++") for name in ("base", "new")], [3, 3])

    def test_the_same_program_twice(self):
        program = self.program("only", {"a": [1.0]})
        self.assertEqual(self.row(self.compare(program, program), "a")[2], "1.00 (1.00-1.00)")
        self.assertEqual(self.runs("only", "a"), 10)

    def test_slower_build(self):
        base = self.program("base", {"a": 1.0, "b": 3.0, "a/b": 1.0, "c++": 1.0})
        new = self.program("new", {"a": 1.2, "b": 2.0, "a/b": 1.05, "c++": 1.5})
        output = self.compare(base, new, "--rounds", 2, code=1)
        self.assertEqual(self.row(output, "a"), ["1", "1.2", "1.20 (1.20-1.20)", "slower"])
        self.assertEqual(self.row(output, "b")[2:], ["0.67 (0.67-0.67)", ""])
        self.assertEqual(self.row(output, "a/b")[2:], ["1.05 (1.05-1.05)", ""])
        self.assertEqual(self.row(output, "c++")[3], "slower")
        self.assertIn("2 of 4 are slower", output)
        # What looks slower, and nothing else, is measured again.
        self.assertEqual([self.runs("new", name) for name in ("a", "b", "a/b", "c++")], [4, 2, 2, 4])

    def test_limit(self):
        base, new = self.program("base", {"a": 1.0}), self.program("new", {"a": 1.3})
        self.assertIn("0 of 1 are slower than 1.5", self.compare(base, new, "--limit", 1.5))

    def test_within_the_spread(self):
        base = self.program("base", {"a": 1.0, "b": 1.0})
        new = self.program("new", {"a": [1.4, 0.9, 1.5, 1.6, 0.8], "b": [1.4, 0.9, 1.5, 1.6, 1.3]})
        output = self.compare(base, new, "--rounds", 5, code=1)
        self.assertEqual(self.row(output, "a")[2:], ["1.40 (0.90-1.50)", ""])
        self.assertEqual(self.row(output, "b")[2:], ["1.40 (1.30-1.50)", "slower"])

    def test_slower_in_the_first_rounds_alone(self):
        base = self.program("base", {"a": 1.0})
        new = self.program("new", {"a": [1.4, 1.4, 1.0, 0.9]})
        self.assertEqual(self.row(self.compare(base, new, "--rounds", 2), "a")[3], "")
        self.assertEqual([self.runs(name, "a") for name in ("base", "new")], [4, 4])

    def test_missing_benchmarks_are_named(self):
        base, new = self.program("base", {"a": 1.0, "b": 1.0}), self.program("new", {"a": 1.0, "c": 1.0, "d": 1.0})
        output = self.compare(base, new)
        self.assertIn("Only in the base build: b.", output)
        self.assertIn("Only in the new build: c, d.", output)
        self.assertIn("0 of 1 are slower", output)

    def test_nothing_in_common(self):
        base, new = self.program("base", {"a": 1.0}), self.program("new", {"b": 1.0})
        self.assertIn("no benchmark in common", self.compare(base, new, code=2))

    def test_filter(self):
        base, new = (self.program(name, {"a/one": 1.0, "b/two": 1.0}) for name in ("base", "new"))
        output = self.compare(base, new, "--filter", "^b")
        self.assertIn("b/two", output)
        self.assertNotIn("a/one", output)
        self.assertIn("has no benchmark that matches 'x'", self.compare(base, new, "--filter", "x", code=2))

    def test_many_benchmarks_are_measured_in_parts(self):
        base, new = (self.program(name, {f"b{i}": 1.0 + i for i in range(25)}, "assert len(entries) <= 10")
                     for name in ("base", "new"))
        output = self.compare(base, new, "--rounds", 1)
        self.assertEqual(self.row(output, "b24")[:2], ["25", "25"])
        self.assertIn("0 of 25", output)

    def test_wall_time_and_numbers_of_every_round(self):
        base, new = self.program("base", {"a": 1.0}), self.program("new", {"a": 9.0})
        numbers = self.work / "numbers.json"
        output = self.compare(base, new, "--time", "wall", "--rounds", 2, "--json", numbers)
        self.assertEqual(self.row(output, "a")[:2], ["7e-06", "7e-06"])
        self.assertEqual(json.loads(numbers.read_text()),
                         {side: {"a" + SUFFIX: [7e-06, 7e-06]} for side in ("base", "new")})

    def test_failing_program(self):
        base = self.program("base", {"a": 1.0})
        for fault, message in (("print('no such\\nmemory is out', file=sys.stderr); sys.exit(3)",
                                "ended with 3: memory is out"),
                               ("os.kill(os.getpid(), 6)", "ended with -6"),
                               ("print('not json'); sys.exit()", "no usable report"),
                               ("print('{\"benchmarks\": ['); sys.exit()", "no usable report"),
                               ("print('[]'); sys.exit()", "no usable report"),
                               ("sys.exit()", "no usable report"),
                               ("del entries[0]['cpu_time']", "no usable report (KeyError: 'cpu_time')"),
                               ("entries[0]['time_unit'] = 'weeks'", "no usable report"),
                               ("entries[0]['cpu_time'] = 'long'", "no usable report"),
                               ("entries[0]['cpu_time'] = 0.0", "a: a time of 0.0"),
                               ("entries[0]['cpu_time'] = float('nan')", "a: a time of nan"),
                               ("entries.clear()", "did not report what it lists: a"),
                               ("entries[0].update(error_occurred=True, error_message='no room')", "no room")):
            with self.subTest(fault=fault):
                new = self.program(f"new {abs(hash(fault))}", {"a": 1.0}, fault)
                error = self.compare(base, new, code=2)
                self.assertIn(message.replace("a: ", f"a{SUFFIX}: "), error)
                self.assertIn(str(new), error)

    def test_bad_arguments(self):
        good = self.program("base", {"a": 1.0})
        text = self.work / "text"
        text.write_text("no program\n")
        for arguments, message in (((), "required: BASE, NEW"), ((good,), "required: NEW"),
                                   ((good, self.work / "none"), "none: No such file"), ((good, text), "Permission"),
                                   ((good, good, "--rounds", "0"), "at least 1"),
                                   ((good, good, "--rounds", "x"), "invalid positive value: 'x'"),
                                   ((good, good, "--limit", "0.9"), "at least 1"),
                                   ((good, good, "--limit", "nan"), "at least 1"),
                                   ((good, good, "--limit", "x"), "invalid number value: 'x'"),
                                   ((good, good, "--time", "sun"), "invalid choice: 'sun'"),
                                   ((good, good, "--json", self.work / "none/x"), "No such file"),
                                   ((good, good, "more"), "unrecognized arguments: more")):
            with self.subTest(arguments=arguments):
                self.assertIn(message, self.compare(*arguments, code=2))


if __name__ == "__main__":
    unittest.main()
