"""Runs the contestants: seconds, CPU time and peak memory of child processes, and errors of one line."""
import os
import pathlib
import subprocess
import tempfile
import time
from dataclasses import dataclass

TICKS = os.sysconf("SC_CLK_TCK")
PEERS = pathlib.Path(__file__).resolve().parent.parent / "peers"


class RaceError(Exception):
    """What the user should read, in one line."""


@dataclass
class Finished:
    """A program that ended well. `processor` and `peak_mib` are the kernel's sums for the process and its threads."""
    seconds: float
    processor: float
    peak_mib: float
    stdout: str


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no message"


def text_of(file):
    file.seek(0)
    return file.read().decode(errors="replace")


def run(command, environment=None, while_running=None):
    """Runs to the end. `while_running(pid)`, if given, is called once beside the program and may watch it."""
    command = [str(word) for word in command]
    with tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as output:
        begin = time.perf_counter()
        try:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
                                     env={**os.environ, **(environment or {})})
        except OSError as error:
            raise RaceError(f"{command[0]}: {error.strerror}") from None
        try:
            if while_running:
                while_running(child.pid)
            status, usage = os.wait4(child.pid, 0)[1:]
        except BaseException:
            child.kill()
            raise
        seconds = time.perf_counter() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            raise RaceError(f"{command[0]} ended with {child.returncode}: {last_line(text_of(errors))}")
        return Finished(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text_of(output))


def processor_seconds(pid):
    """User and system time so far of a child, in steps of a clock tick, and whether it has ended."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS, fields[0] == "Z"


class Filter:
    """A program that answers each line with a line."""

    def __init__(self, command):
        self.begin = time.perf_counter()
        self.errors = tempfile.TemporaryFile()
        self.name = str(command[0])
        try:
            self.child = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE,
                                          stdout=subprocess.PIPE, stderr=self.errors, encoding="utf-8", bufsize=1)
        except OSError as error:
            raise RaceError(f"{self.name}: {error.strerror}") from None

    def ask(self, line):
        """The answer, and the seconds it took."""
        begin = time.perf_counter()
        try:
            self.child.stdin.write(line + "\n")
            self.child.stdin.flush()
        except BrokenPipeError:
            pass
        answer = self.child.stdout.readline()
        seconds = time.perf_counter() - begin
        if not answer:
            self.child.wait()
            raise RaceError(f"{self.name} gave no answer: {last_line(text_of(self.errors))}")
        return answer.rstrip("\n"), seconds

    def seconds_so_far(self):
        """Since it was started."""
        return time.perf_counter() - self.begin

    def processor(self):
        return processor_seconds(self.child.pid)[0]

    def close(self):
        """Ends the program; its peak memory in MiB."""
        self.child.stdin.close()
        self.child.stdout.read()
        status, usage = os.wait4(self.child.pid, 0)[1:]
        self.child.returncode = os.waitstatus_to_exitcode(status)
        self.child.stdout.close()
        self.errors.close()
        return usage.ru_maxrss / 1024
