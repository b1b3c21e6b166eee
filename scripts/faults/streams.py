#!/usr/bin/env python3
"""Standard output that is full, closed or has no reader; outputs that are inputs; two processes training one run.

COUNT limits the cases.
"""
import os
import shutil
import signal
import subprocess
import time

from workbench import Figure, Workbench, arguments, digests, end_of, stray_files, workplace


def one_line(result, code, *parts):
    lines = result.error_lines()
    holds = result.code == code and len(lines) == 1 and all(part in lines[0] for part in parts)
    return [] if holds else [f"wanted {code} {parts}: {result}"]


def full_output(bench):
    with open("/dev/full", "wb") as full:
        return one_line(bench.run("translate", "run", "--input", "train.src", stdout=full), 1,
                        "standard output", "No space left on device")


def full_output_file(bench):
    result = bench.run("translate", "run", "--input", "train.src", "--output", "/dev/full")
    return one_line(result, 1, "/dev/full", "No space left on device")


def closed_output(bench):
    result = bench.run("translate", "run", "--input", "valid.src", preexec_fn=lambda: os.close(1))
    return one_line(result, 1, "standard output")


def reader_gone(bench):
    """What `| head -1` does: the reader takes a line and leaves."""
    (bench.folder / "many.src").write_bytes(10 * (bench.folder / "train.src").read_bytes())
    with open(bench.folder / "many.src", "rb") as lines:
        process = subprocess.Popen([str(bench.program), "translate", "run", "--threads", "1"], cwd=bench.folder,
                                   env=bench.environment(), stdin=lines, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
    first = process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read().decode()
    code = end_of(process, 60)
    shown = 128 - code if code is not None and code < 0 else code
    # SIGPIPE, or an error line where the caller ignores that signal.
    good = first.endswith(b"\n") and (shown == 141 and not err or shown == 1 and err.count("error: ") == 1)
    return [] if good else [f"exit {shown}, first {first!r}\n{err[-500:]}"]


def same_file(bench, make):
    name = make(bench.folder)
    before = (bench.folder / "copy.src").read_bytes()
    result = bench.run("translate", "run", "--input", "copy.src", "--output", name)
    faults = one_line(result, 2, "same file")
    return faults + ([] if (bench.folder / "copy.src").read_bytes() == before else ["the input was changed"])


def link(folder):
    (folder / "link").symlink_to("copy.src")
    return "link"


def hard_link(folder):
    os.link(folder / "copy.src", folder / "hard")
    return "hard"


def model_as_output(bench):
    before = (bench.folder / "run/model.safetensors").read_bytes()
    result = bench.run("translate", "run", "--input", "copy.src", "--output", "run/model.safetensors")
    same = (bench.folder / "run/model.safetensors").read_bytes() == before
    return one_line(result, 2, "same file") + ([] if same else ["the model was replaced"])


def killed_translation(bench):
    """An output file appears whole or not at all."""
    (bench.folder / "out").write_bytes(b"old\n")
    process = subprocess.Popen([str(bench.program), "translate", "run", "--threads", "1", "--output", "out"],
                               cwd=bench.folder, env=bench.environment(), stdin=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    process.stdin.write((bench.folder / "train.src").read_bytes())
    process.stdin.flush()
    time.sleep(1.0)
    process.kill()
    process.wait()
    whole = (bench.folder / "out").read_bytes() == b"old\n"
    return [] if whole else ["the old output is gone"]


def second_trainer(bench):
    """The second is refused while the first trains, and the first is not disturbed."""
    settings = {"training.max_updates": 1000000, "checkpoint.every": 50}
    with open(bench.folder / "first.log", "wb") as log:
        first = bench.start("both", settings, log)
    while first.poll() is None and not (bench.folder / "both/checkpoints/last").exists():
        time.sleep(0.02)
    first.send_signal(signal.SIGSTOP)  # it holds its lock, and leaves the CPU to the others
    before = (bench.folder / "both/train.log").read_bytes()
    faults = []
    for more in ([], ["--overwrite"], ["--set", "training.max_updates=5"]):
        result = bench.run(*bench.training("both", settings), *more)
        faults += one_line(result, 2, "both", "in use by another process", str(first.pid))
    if (bench.folder / "both/train.log").read_bytes() != before:
        faults.append("the log of the first was changed")
    first.send_signal(signal.SIGCONT)
    first.terminate()
    code = end_of(first, 30)
    faults += [] if code == 143 else [f"the first ended with {code}: {(bench.folder / 'first.log').read_text()[-500:]}"]
    strays = stray_files(bench.folder / "both")
    faults += [f"left behind: {strays}"] if strays else []
    return faults + ([] if digests(bench.folder / "both") else ["nothing saved"])


def many_starts(bench):
    """Of several that start at once on one new directory, one trains."""
    settings = {"training.max_updates": 30, "checkpoint.every": 10}
    logs = [bench.folder / f"start{i}.log" for i in range(4)]
    processes = [bench.start("many", settings, open(log, "wb")) for log in logs]
    codes = [end_of(process, 120) for process in processes]
    texts = [log.read_text() for log in logs]
    # One may come when another has ended, and finds nothing to do.
    trained = sum("finished after" in text for text in texts)
    good = all(code == 0 or code == 2 and "in use by another process" in text for code, text in zip(codes, texts))
    faults = [] if good and trained == 1 else [f"codes {codes}, {trained} trained\n" + "\n".join(texts)[-1500:]]
    found, strays = sorted(digests(bench.folder / "many")), stray_files(bench.folder / "many")
    return faults + ([] if found == [10, 20, 30] and not strays else [f"checkpoints {found}, stray files {strays}"])


CASES = (
    ("translate > /dev/full", full_output),
    ("translate --output /dev/full", full_output_file),
    ("translate with standard output closed", closed_output),
    ("translate | head -1", reader_gone),
    ("output is the input", lambda bench: same_file(bench, lambda folder: "copy.src")),
    ("output is a link to the input", lambda bench: same_file(bench, link)),
    ("output is a hard link to the input", lambda bench: same_file(bench, hard_link)),
    ("output is the model", model_as_output),
    ("a killed translation leaves the old output", killed_translation),
    ("a second trainer on a run", second_trainer),
    ("four trainers at once on a new run", many_starts),
)


def main():
    options = arguments(__doc__, len(CASES))
    figure = Figure("streams and locks")
    with workplace("streams") as folder:
        bench = Workbench(options.program, folder)
        bench.train("run", {"training.max_updates": 60})
        shutil.copy(bench.folder / "valid.src", bench.folder / "copy.src")
        for name, check in CASES[:options.count]:
            figure.case(name, check(bench))
    figure.finish("cases as promised")


if __name__ == "__main__":
    main()
