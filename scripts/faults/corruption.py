#!/usr/bin/env python3
"""R5: corrupt files are rejected, or skipped with a warning, and never used.

A trained model is corrupted at one position at a time: truncated in the header or anywhere, or one bit flipped. The
cases:

- model.safetensors and shared.spm of a model directory: `regard info` or `regard translate` must exit with 2 and one
  line that names the file, without output (a corrupt vocabulary is detected by its fingerprint);
- training_state.safetensors, state.json and model.safetensors of the newest checkpoint: the next session must resume
  from the previous one, with one warning that names the file, and end bit-identical to an undisturbed run; with both
  checkpoints corrupt it must exit with 2.

COUNT is the number of corrupt models; the corrupt checkpoints are a tenth of it. tests/formats tries every bit flip and
every truncation of a small file within one process; this does the same with the whole program.
"""
import random
import shutil
import struct

from workbench import Figure, Workbench, arguments, checkpoints, digests, workplace

SETTINGS = {"training.max_updates": 20, "training.log_every": 10}
LONGER = {**SETTINGS, "training.max_updates": 22}


def header_length(data):
    return 8 + struct.unpack("<Q", data[:8])[0]


def damaged(data, rng, kind):
    """(bytes, what was done)."""
    if kind == "cut":
        size = rng.randrange(len(data))
        return data[:size], f"cut to {size} bytes"
    if kind == "cut header":
        size = rng.randrange(header_length(data))
        return data[:size], f"cut to {size} bytes"
    place = rng.randrange(header_length(data) if kind == "flip header" else len(data))
    bit = rng.randrange(8)
    return data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1:], f"bit {bit} of byte {place} flipped"


def refuse_model(bench, name, data, command):
    """The complaints about a model directory in which a file was replaced."""
    path = bench.folder / "hurt" / name
    whole = path.read_bytes()
    path.write_bytes(data)
    arguments = [command, "hurt"] + (["--threads", "1"] if command == "translate" else [])
    result = bench.run(*arguments, timeout=60)
    path.write_bytes(whole)
    lines = result.error_lines()
    faults = [] if result.code == 2 else [f"exit {result.code}"]
    if len(lines) != 1 or "hurt/" not in lines[0] or "internal" in result.err:
        faults.append(f"not one line that names the file: {lines}")
    if result.out:
        faults.append("there was output")
    return faults + ([str(result)] if faults else [])


def leave_aside(bench, name, data, wanted, how_many):
    """The complaints about a session whose newest checkpoints are damaged."""
    run = bench.folder / "run"
    shutil.rmtree(run, ignore_errors=True)
    shutil.copytree(bench.folder / "base", run, symlinks=True)
    for update in sorted(checkpoints(run))[-how_many:]:
        path = checkpoints(run)[update] / name
        path.unlink()
        path.write_bytes(data)
    result = bench.train("run", LONGER)
    if how_many > 1:
        faults = [] if result.code == 2 and result.error_lines() and name in result.err else [str(result)]
        return faults + ([] if 22 not in checkpoints(run) else ["it went on"])
    faults = []
    warnings = [line for line in result.err.splitlines() if line.startswith("warning: ") and "corrupt" in line]
    if result.code != 0 or len(warnings) != 1 or name not in warnings[0] or "after update 10" not in result.err:
        faults.append(f"no fall back with one warning\n{result}")
    found = digests(run)
    if found.get(22) != wanted[22]:
        faults.append(f"ended otherwise: {sorted(found)}")
    return faults


def prepare(bench):
    """The damaged model's and the damaged run's originals, and the digests of an undisturbed run."""
    bench.train("base", {**SETTINGS, "checkpoint.keep_last": 9})
    shutil.copytree(bench.folder / "base", bench.folder / "whole", symlinks=True)
    bench.train("whole", LONGER)
    (bench.folder / "hurt").mkdir()
    for name in ("config.yaml", "model.safetensors", "shared.spm"):
        shutil.copy(bench.folder / "base" / name, bench.folder / "hurt" / name)
    for command in ("info", "translate"):
        if bench.run(command, "hurt").code != 0:
            raise RuntimeError(f"regard {command} refuses the whole model")
    return digests(bench.folder / "whole")


def main():
    options = arguments(__doc__, 1000)
    rng = random.Random(options.seed)
    figure = Figure("R5")
    with workplace("damage") as folder:
        bench = Workbench(options.program, folder)
        wanted = prepare(bench)
        kinds = [("model.safetensors", kind) for kind in ("cut header", "cut", "flip header", "flip", "flip")]
        kinds += [("shared.spm", kind) for kind in ("cut", "flip")]
        for i in range(options.count):
            name, kind = kinds[i % len(kinds)]
            data, what = damaged((bench.folder / "hurt" / name).read_bytes(), rng, kind)
            command = "translate" if i % 4 == 3 else "info"
            figure.case(f"{command} with {name} {what}", refuse_model(bench, name, data, command))
        kinds = [("training_state.safetensors", "flip"), ("state.json", "flip"), ("model.safetensors", "flip"),
                 ("training_state.safetensors", "cut"), ("state.json", "cut"), ("model.safetensors", "cut header")]
        num_runs = max(options.count // 10, 3)
        for i in range(num_runs):
            name, kind = kinds[i % len(kinds)]
            newest = max(checkpoints(bench.folder / "base").items())[1]
            data, what = damaged((newest / name).read_bytes(), rng, kind)
            how_many = 2 if i % 10 == 9 else 1
            figure.case(f"train with {name} {what}, {how_many} times", leave_aside(bench, name, data, wanted, how_many))
    figure.note(f"{options.count} damaged models, {num_runs} damaged runs")
    figure.finish("damaged files were refused or left aside")


if __name__ == "__main__":
    main()
