"""Runs the parts of interop_test.py, each in a folder of its own, and counts their checks."""
import pathlib
import sys
import time
import traceback

import ctranslate2
import torch
import transformers

import part_ct2_export
import part_hf_export
import part_hf_import
import part_hf_variants
import part_npz_import
import part_tuning
from bench import Bench
from regard_program import read_lines

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "app"))
from checks import Checks  # noqa: E402

PARTS = {"hf_import": part_hf_import, "hf_variants": part_hf_variants, "ct2_export": part_ct2_export,
         "hf_export": part_hf_export, "npz_import": part_npz_import, "tuning": part_tuning}


def run_part(name, bench):
    """A part that ends early is one failed check; the others go on."""
    started, before = time.monotonic(), bench.checks.done
    try:
        PARTS[name].run(bench)
    except Exception:  # whatever it is, the other parts shall still run
        bench.checks.that(f"{name} runs to its end", False, traceback.format_exc())
    done = bench.checks.done - before
    bench.checks.that(f"{name} checked something ({done} checks, {time.monotonic() - started:.0f} s)", done > 0)


def run_parts(program, folder, data=None, only=None):
    """The exit code. `folder` is empty and stays the caller's; `data` is a folder of other lines to translate."""
    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    print(f"transformers {transformers.__version__}, ctranslate2 {ctranslate2.__version__}, torch {torch.__version__}")
    checks = Checks()
    bench = Bench(program, folder, checks)
    if data:
        bench.lines[:33] = read_lines(pathlib.Path(data) / "test_2016_flickr.de", 33)
    for name in only or PARTS:
        print(f"---- {name}")
        run_part(name, bench)
    for kind, count in sorted(bench.agreement.items()):
        share = 100.0 * (count.same + count.ties) / max(count.lines, 1)
        checks.that(f"{kind}: the same on {count.same} of {count.lines} lines, ties on {count.ties} ({share:.2f} %)",
                    count.lines > 0 and share >= (99.5 if "greedy" in kind else 99.0))
    print(f"{checks.done} checks, {checks.failed} failed")
    return 1 if checks.failed or not checks.done else 0
