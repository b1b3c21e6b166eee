"""The command `regard`: the program that is in this package."""
from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    program = Path(__file__).parent / "bin" / "regard"
    os.execv(program, [os.fspath(program), *sys.argv[1:]])
