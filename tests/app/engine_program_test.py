#!/usr/bin/env python3
"""The program without LibTorch: what it does, what it refuses in one line, and what it is linked with."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def regard(*arguments, stdin=""):
    return subprocess.run([PROGRAM, *arguments], cwd=ROOT, input=stdin, capture_output=True, text=True, check=False)


class EngineProgram(unittest.TestCase):
    def test_says_what_it_is(self):
        done = regard("--version")
        self.assertEqual(done.returncode, 0)
        self.assertIn("(without LibTorch)", done.stdout)

    def test_is_not_linked_with_libtorch(self):
        done = subprocess.run(["ldd", PROGRAM], capture_output=True, text=True, check=True)
        self.assertIn("libstdc++", done.stdout, "nothing was listed")
        for name in ("torch", "c10", "gomp"):
            self.assertNotIn(name, done.stdout)

    def test_refuses_other_commands_in_one_line(self):
        for command in ("init", "train", "attend", "compare", "import", "export", "average"):
            done = regard(command, "anything", "--whatever")
            self.assertEqual(done.returncode, 2, command)
            self.assertEqual(done.stdout, "")
            self.assertEqual(len(done.stderr.splitlines()), 1)
            self.assertIn(f"error: regard {command} needs LibTorch", done.stderr)
            self.assertIn("Fix: ", done.stderr)

    def test_lists_its_own_commands(self):
        text = regard("--help").stdout
        for command in ("translate", "score", "evaluate", "encode", "decode", "info", "align", "config", "completion", "man"):
            self.assertIn(f"\n  {command} ", text)
        self.assertNotIn("\n  train ", text)

    def test_evaluates(self):
        text = str(ROOT / "data/quickstart/test.en")
        done = regard("evaluate", "--hypothesis", text, "--reference", text)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("= 100.00", done.stdout)

    def test_aligns(self):
        with tempfile.TemporaryDirectory() as folder:
            for side in ("de", "en"):
                lines = (ROOT / f"data/quickstart/test.{side}").read_text(encoding="utf-8").splitlines(keepends=True)
                (pathlib.Path(folder) / side).write_text("".join(lines[:50]), encoding="utf-8")
            done = regard("align", "--source", f"{folder}/de", "--target", f"{folder}/en")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(len(done.stdout.splitlines()), 50)

    def test_checks_configurations(self):
        done = regard("config", "check", "configs/quickstart.yaml")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(regard("config", "reference").stdout, (ROOT / "docs/config.md").read_text(encoding="utf-8"))

    def test_names_a_model_that_is_not_there(self):
        for command in (("translate", "no/model"), ("score", "no/model", "--source", "a", "--target", "b"), ("info", "no/model")):
            done = regard(*command)
            self.assertEqual(done.returncode, 2)
            self.assertIn("no/model", done.stderr)

    def test_refuses_devices(self):
        done = regard("translate", "no/model", "--device", "cuda", stdin="a\n")
        self.assertEqual(done.returncode, 2)
        self.assertIn("has no LibTorch", done.stderr)


if __name__ == "__main__":
    unittest.main()
