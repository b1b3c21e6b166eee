"""Runs the program `regard` for the tests of its conversions."""
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = ROOT / "data/quickstart"


def read_lines(path, count=None):
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    return lines[:count]


class Regard:
    """The built program. Runs on one thread, so that a busy machine does not make it wait for itself."""

    def __init__(self, path):
        self.path = pathlib.Path(path).resolve()
        self.environment = dict(os.environ, OMP_NUM_THREADS="1", GOMP_SPINCOUNT="1000")

    def run(self, *arguments, stdin="", seconds=240):
        """The finished process, whatever its exit code; output as text. It runs in the project's folder."""
        command = [self.path, *map(str, arguments)]
        return subprocess.run(command, input=stdin, capture_output=True, encoding="utf-8", errors="replace",
                              timeout=seconds, cwd=ROOT, env=self.environment)

    def succeed(self, *arguments, **options):
        """Standard output; a failure ends the test with what the program said."""
        result = self.run(*arguments, **options)
        if result.returncode != 0:
            raise RuntimeError(f"regard {' '.join(map(str, arguments))}: exit {result.returncode}\n{result.stderr}")
        return result.stdout

    def translate(self, model, lines, *options):
        output = self.succeed("translate", model, *options, stdin="".join(line + "\n" for line in lines))
        return output.split("\n")[:-1]

    def train(self, output, *settings):
        """Trains on the quickstart corpus, by default without validation."""
        quiet = ("validation.every=0", "checkpoint.every=100000", "training.log_every=50")
        self.succeed("train", "configs/quickstart.yaml", "--output", output,
                     *(part for setting in quiet + settings for part in ("--set", setting)))
