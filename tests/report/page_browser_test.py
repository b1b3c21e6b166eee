#!/usr/bin/env python3
"""Uses a real attention page in headless Chromium: page_browser_test.py TEST_REPORT

The page is the sample of TEST_REPORT, and scripts/check_attention_page.py does to it what a reader does. It must then find
what is wrong with copies of the page whose scripts do something else. Exits with 77 where there is no browser.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

CHECK = pathlib.Path(__file__).resolve().parents[2] / "scripts/check_attention_page.py"
# What stands in the script, and what is put in its place.
FAULTS = {
    "a script that cannot be read": ("const data =", "const const data ="),
    "cells with other weights": ("clamped(weights[r][c]).toFixed(4)", "clamped(weights[r][c] / 2).toFixed(4)"),
    "a head that cannot be chosen": ("state.head = Number(by('head').value);", "state.head = 0;"),
    "a key that does nothing": ("ArrowDown:", "ArrowSideways:"),
}


def make_page(test_report, path):
    subprocess.run([test_report, "--gtest_filter=AttentionPage.WritesASampleWhereAsked"], check=True,
                   env={**os.environ, "REGARD_ATTENTION_SAMPLE": str(path)}, stdout=subprocess.DEVNULL)
    return path.read_text(encoding="utf-8")


def check(path):
    done = subprocess.run([sys.executable, CHECK, path], capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "page.html"
        page = make_page(sys.argv[1], path)
        code, output = check(path)
        print(output, end="")
        if code:
            return code
        missed = 0
        for name, (old, new) in FAULTS.items():
            if page.count(old) != 1:
                print(f"error: the script has no place for {name}: {old}")
                return 1
            path.write_text(page.replace(old, new), encoding="utf-8")
            code, output = check(path)
            is_found = code == 1 and "Traceback" not in output
            print(f"{'ok     found' if is_found else 'FAILED to find'} {name}")
            missed += not is_found
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
