#!/usr/bin/env python3
"""R11: running out of memory ends a training run with one line, or costs it updates, but never damages a checkpoint.

A run of three updates is continued COUNT times with less and less address space, from what large batches need down to
what the program needs to start. Each session must

- end by itself: with 0 after all its updates, or with 1 and one line that mentions memory;
- leave complete checkpoints, and no other new files;
- split batches, or skip updates and count them, rather than end, if parts of a batch fit. Three skipped updates in a
  row end the run.

Afterwards the run resumes with all the memory, from the newest checkpoint.
"""
import re
import resource
import time

from workbench import Figure, Workbench, arguments, digests, state_of, checkpoints, stray_files, workplace

SETTINGS = {"training.batch_tokens": 30000, "model.dim": 32, "model.feed_forward": 1024, "checkpoint.every": 1,
            "checkpoint.keep_last": 3, "training.log_every": 1}
UPDATES = 3  # of each session


def peak_address_space(bench, name, settings):
    """Bytes of address space that a session takes at most."""
    process = bench.start(name, settings)
    peak = 0
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/status", encoding="utf-8") as file:
                found = re.search(r"VmPeak:\s+(\d+) kB", file.read())
        except OSError:
            found = None
        peak = max(peak, int(found[1]) * 1024 if found else 0)
        time.sleep(0.005)
    if process.returncode != 0 or not peak:
        raise RuntimeError(f"a session with all the memory ended with {process.returncode}")
    return peak


def session(bench, size, updates):
    return bench.train("run", {**SETTINGS, "training.max_updates": updates}, timeout=120,
                       preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size)))


def faults_of(result, run, before):
    found = []
    if result.code == 1:
        errors = result.error_lines()
        if len(errors) != 1 or "memory" not in errors[0]:
            found.append(f"no single line about memory: {result}")
    # 127: the system itself found no room for the program's libraries.
    elif result.code not in (0, 127):
        found.append(f"ended with {result.code}: {result}")
    try:
        after = digests(run)
    except (ValueError, OSError) as error:
        return [*found, f"a checkpoint is damaged: {error}"]
    if not after or max(after) < max(before):
        found.append("a checkpoint is lost")
    found += [f"checkpoint {update} has changed" for update in before.keys() & after.keys()
              if before[update] != after[update]]
    return found + [f"left behind: {name}" for name in stray_files(run)]


def main():
    options = arguments(__doc__, 20)
    figure = Figure("R11")
    with workplace("memory") as folder:
        bench = Workbench(options.program, folder, pairs=10000)
        run = bench.folder / "run"
        most = peak_address_space(bench, "run", {**SETTINGS, "training.max_updates": UPDATES})
        least = peak_address_space(bench, "small", {**SETTINGS, "training.max_updates": 1, "training.batch_tokens": 64})
        counts = {"continued": 0, "continued with split batches": 0, "ended": 0}
        reached = UPDATES
        for i in range(options.count):
            before = digests(run)
            size = int(most - (most - 0.9 * least) * i / max(1, options.count - 1))
            result = session(bench, size, reached + UPDATES)
            figure.case(f"{size >> 20} MiB", faults_of(result, run, before))
            is_split = re.search(r"update \d+: out of memory: the batch was split", result.err)
            counts["ended" if result.code else "continued with split batches" if is_split else "continued"] += 1
            reached = max(checkpoints(run))
        last = bench.train("run", {**SETTINGS, "training.max_updates": reached + 1})
        figure.case("all the memory", [] if last.code == 0 and max(checkpoints(run)) == reached + 1 else str(last))
        skipped = state_of(checkpoints(run)[reached + 1]).get("skipped", 0)
    for what, count in counts.items():
        figure.note(f"{count} {what}")
    figure.note(f"{skipped} updates skipped; address space from {most >> 20} down to {int(0.9 * least) >> 20} MiB")
    # A short run has too few sizes to meet every outcome.
    if options.count >= 10 and not (counts["ended"] and counts["continued with split batches"]):
        figure.case("outcomes", f"some were never met: {counts}")
    figure.finish("sessions ended well and kept their checkpoints")


if __name__ == "__main__":
    main()
