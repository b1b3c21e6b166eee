#!/usr/bin/env python3
"""Holds Regard's conversions against the programs they are for: transformers (MarianMT) and ctranslate2.

Usage: interop_test.py PATH_OF_REGARD [--data DIR] [--only PART...]
Parts: hf_import hf_variants ct2_export hf_export npz_import tuning.

scripts/install_interop.sh installs both programs; without them the test says so and exits 77, which ctest counts as
skipped. Otherwise prints every check and their number; exits 1 if any failed, or if nothing was checked.
"""
import argparse
import importlib.util
import os
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = HERE.parents[1] / ".deps/interop/bin/python"
NEEDED = ("torch", "transformers", "ctranslate2", "sentencepiece", "sacremoses", "numpy")


def find_packages():
    """Goes on in .deps/interop if the packages are there alone; exits 77 if they are nowhere."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if not missing:
        return
    if not PYTHON.exists() or sys.prefix == str(PYTHON.parents[1]):
        print(f"SKIPPED: no Python package {', '.join(missing)}; scripts/install_interop.sh installs them")
        sys.exit(77)
    os.execv(PYTHON, [str(PYTHON), *sys.argv])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("regard")
    parser.add_argument("--data", metavar="DIR", help="translate lines of DIR/test_2016_flickr.de instead of our own")
    parser.add_argument("--only", nargs="+", metavar="PART")
    options = parser.parse_args()
    find_packages()
    # Whole lines of checks as they happen, nothing of the libraries' progress in between.
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error", OMP_NUM_THREADS="1")
    import parts
    with tempfile.TemporaryDirectory() as folder:
        return parts.run_parts(options.regard, pathlib.Path(folder), options.data, options.only)


if __name__ == "__main__":
    sys.exit(main())
