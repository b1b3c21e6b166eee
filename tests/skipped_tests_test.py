#!/usr/bin/env python3
"""Tests scripts/skipped_tests.py on results as ctest writes them."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parent.parent / "scripts/skipped_tests.py"
PASSED = '<testcase name="core.files" status="run"><system-out>[  PASSED  ] 3 tests.</system-out></testcase>'
CASE = ('<testcase name="core.utf8" status="run"><system-out>no such processor\n[  SKIPPED ] Utf8.IsFast (0 ms)\n'
        "</system-out></testcase>")


def left_out(name):
    return (f'<testcase name="{name}" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/>'
            "<system-out>first line\nthis needs something</system-out></testcase>")


def run(cases, *arguments):
    with tempfile.TemporaryDirectory() as folder:
        results = pathlib.Path(folder) / "results.xml"
        results.write_text(f"<testsuite>{''.join(cases)}</testsuite>", encoding="utf-8")
        done = subprocess.run([sys.executable, SCRIPT, results, *arguments], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


class SkippedTests(unittest.TestCase):
    def test_nothing_left_out_is_well(self):
        code, output, _ = run([PASSED], "--strict")
        self.assertEqual(code, 0)
        self.assertIn("Left out: 0 of 1 tests, and 0 cases", output)

    def test_a_test_that_was_left_out_fails_a_strict_run_only(self):
        code, output, _ = run([PASSED, left_out("faults.memory")])
        self.assertEqual(code, 0)
        self.assertIn("faults.memory: this needs something", output)
        code, _, errors = run([PASSED, left_out("faults.memory")], "--strict")
        self.assertEqual(code, 1)
        self.assertIn("faults.memory", errors)

    def test_what_may_be_left_out_anywhere_is_named_and_accepted(self):
        code, output, _ = run([PASSED, left_out("report.page_in_browser")], "--strict")
        self.assertEqual(code, 0)
        self.assertIn("report.page_in_browser: this needs something", output)
        self.assertIn("accepted: a browser", output)

    def test_it_does_not_excuse_another_one(self):
        code, _, errors = run([left_out("report.page_in_browser"), left_out("faults.memory")], "--strict")
        self.assertEqual(code, 1)
        self.assertNotIn("page_in_browser", errors)

    def test_what_may_be_left_out_is_there(self):
        sys.path.insert(0, str(SCRIPT.parent))
        from skipped_tests import MAY_BE_LEFT_OUT
        listed = (SCRIPT.parents[1] / "tests/CMakeLists.txt").read_text(encoding="utf-8")
        for name in MAY_BE_LEFT_OUT:
            self.assertIn(f"regard_python_test({name} ", listed)

    def test_single_cases_are_listed_by_reason(self):
        code, output, _ = run([CASE], "--strict")
        self.assertEqual(code, 0)
        self.assertIn("1 cases: no such processor, as core.utf8: Utf8.IsFast", output)


if __name__ == "__main__":
    unittest.main()
