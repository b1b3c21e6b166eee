#!/usr/bin/env python3
"""R4: a training session on a disk that fills up.

A run with one checkpoint is on a small file system (tmpfs; needs root) with a given number of bytes free, from 4 KiB to
more than the next save needs. The session that resumes from it must exit with 1 and one line with a path and "No space
left on device", or with 0 if there was enough space; the old checkpoint stays complete, no temporary files are left,
and once there is space again the next session ends bit-identical to an undisturbed run.

Without permission to mount, a limit on the size of files (RLIMIT_FSIZE) is used instead of the full disk. COUNT is the
number of sizes.
"""
import os
import resource
import shutil
import subprocess
import sys

from workbench import Figure, Workbench, arguments, digests, stray_files, workplace

SETTINGS = {"training.max_updates": 20, "training.log_every": 5, "validation.every": 10,
            "validation.stop.metric": "loss"}
PAGE = 4096


class SmallDisk:
    """A tmpfs of which all but `free` bytes are taken."""

    reason = "No space left on device"

    def __init__(self, bench):
        self.bench = bench
        self.place = bench.folder / "disk"
        self.place.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", self.place], check=True,
                       stderr=subprocess.DEVNULL)
        self.run_name = "disk/run"

    def go(self, free):
        ballast = self.place / "ballast"
        taken = os.statvfs(self.place)
        with open(ballast, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, (taken.f_bavail * taken.f_frsize - free) // PAGE * PAGE)
        result = self.bench.train(self.run_name, SETTINGS)
        ballast.unlink()
        return result

    def close(self):
        subprocess.run(["umount", "-l", self.place], check=True)


class SmallFiles:
    """A limit on the size of every file."""

    reason = "File too large"

    def __init__(self, bench):
        self.bench = bench
        self.run_name = "run"

    def go(self, free):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (free, free))
        return self.bench.train(self.run_name, SETTINGS, preexec_fn=limit)

    def close(self):
        pass


def open_disk(bench, figure):
    try:
        disk = SmallDisk(bench)
        figure.note("tmpfs")
        return disk
    except (subprocess.CalledProcessError, OSError):
        (bench.folder / "disk").rmdir()
        figure.note("no right to mount: a limit on the size of files instead")
        return SmallFiles(bench)


def outcome(run, result, wanted, reason):
    faults = []
    lines = result.error_lines()
    if result.code == 1:
        if len(lines) != 1 or reason not in lines[0] or "run/" not in lines[0]:
            faults.append(f"not one line with path and reason: {lines}")
    elif result.code != 0 or digests(run) != wanted:
        faults.append(f"exit {result.code}, checkpoints {sorted(digests(run))}")
    found = digests(run)
    if not found.items() <= wanted.items() or 10 not in found:
        faults.append(f"checkpoints after it: {sorted(found)}")
    strays = stray_files(run)
    faults += [f"left behind: {strays}"] if strays else []
    others = [line for line in result.err.splitlines() if "LOG ERROR" in line]
    faults += [f"foreign lines on standard error: {others[0]}"] if others else []
    return faults + ([str(result)] if faults else [])


def size_of(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def main():
    options = arguments(__doc__, 20)
    figure = Figure("R4")
    with workplace("full") as name:
        bench = Workbench(options.program, name)
        bench.train("base", {**SETTINGS, "training.max_updates": 10})
        shutil.copytree(bench.folder / "base", bench.folder / "whole", symlinks=True)
        result = bench.train("whole", SETTINGS)
        wanted = digests(bench.folder / "whole")
        if result.code != 0 or sorted(wanted) != [10, 20]:
            sys.exit(f"the session without a fault failed\n{result}")
        disk = open_disk(bench, figure)
        try:
            run = bench.folder / disk.run_name
            new = bench.folder / "whole/checkpoints/update-00000020"
            # The published model is written next to the old one; logs and the picture are extra.
            need = size_of(new) + (new / "model.safetensors").stat().st_size + (64 << 10)
            largest = 1.1 * (need if disk.reason == SmallDisk.reason else need / 2)
            failed = 0
            for i in range(options.count):
                share = (i / max(options.count - 1, 1)) ** 2  # more of the small sizes
                free = int(PAGE + share * (largest - PAGE)) // PAGE * PAGE
                shutil.copytree(bench.folder / "base", run, symlinks=True)
                result = disk.go(free)
                failed += result.code == 1
                faults = outcome(run, result, wanted, disk.reason)
                again = bench.train(disk.run_name, SETTINGS)
                if again.code != 0 or digests(run) != wanted or stray_files(run):
                    faults.append(f"the next session: {sorted(digests(run))} {stray_files(run)} {again}")
                figure.case(f"{free} bytes left", faults)
                shutil.rmtree(run)
        finally:
            disk.close()
    figure.note(f"{failed} sessions ended with 1, the others had enough")
    if not 0 < failed < options.count:
        figure.case("sizes that are too small and sizes that are enough were tried", f"{failed} ended with 1")
    figure.finish("sizes of free space left the old checkpoint whole")


if __name__ == "__main__":
    main()
