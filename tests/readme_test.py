#!/usr/bin/env python3
"""Runs the commands of README.md, docs/guide.md and docs/interop.md: the `regard` lines of their sh blocks, in a copy of the layout.

Training is cut to a few updates by further --set options, a comparison to one seed; scripts are checked for their syntax
only, because they run this test or take minutes. Takes the path of the program.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHORT = ["training.max_updates=8", "training.log_every=4", "validation.every=8", "validation.samples=0",
         "data.valid={source: small.de, target: small.en}", "training.batch_tokens=512", "vocabulary.size=700",
         "data.train=[{source: small.de, target: small.en}]"]


def commands():
    text = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/guide.md", "docs/interop.md"))
    for block in re.findall(r"```sh\n(.*?)```", text, re.S):
        for line in block.replace("\\\n", " ").splitlines():
            line = line.split("#")[0].strip()
            if line:
                yield line


def main():
    binary = pathlib.Path(sys.argv[1]).resolve()
    num_run = num_scripts = 0
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        for name in ("configs", "data", "scripts"):
            (work / name).symlink_to(ROOT / name)
        for side in ("de", "en"):
            lines = (ROOT / f"data/quickstart/valid.{side}").read_text(encoding="utf-8").splitlines()[:300]
            (work / f"small.{side}").write_text("\n".join(lines) + "\n", encoding="utf-8")
            (work / f"input.{side}").write_text("\n".join(lines[:3]) + "\n", encoding="utf-8")
        environment = dict(os.environ, PATH=f"{binary.parent}:{os.environ['PATH']}")
        for line in commands():
            script = re.match(r"(scripts/\S+\.sh)", line)
            if script:
                subprocess.run(["bash", "-n", script.group(1)], cwd=work, check=True)
                num_scripts += 1
                continue
            if not re.search(r"\bregard |^sed ", line):
                continue
            line = re.sub(r"^build/", "", line)
            line = re.sub(r"--updates \d+ --seeds \d+", "--updates 8 --seeds 1", line)
            if line.startswith(("regard train", "regard compare")):
                line += "".join(f" --set '{item}'" for item in SHORT)
            if line.startswith("regard compare"):
                line += " --set validation.every=0"
            print("$", line, flush=True)
            done = subprocess.run(["bash", "-c", f"set -o pipefail; {line}"], cwd=work, env=environment)
            if done.returncode != 0:
                print(f"failed with exit code {done.returncode}")
                sys.exit(1)
            num_run += 1
    print(f"{num_run} commands run, {num_scripts} scripts checked")
    sys.exit(0 if num_run >= 20 and num_scripts >= 2 else 1)


if __name__ == "__main__":
    main()
