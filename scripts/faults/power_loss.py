#!/usr/bin/env python3
"""R3: power loss at any moment of a training session.

strace records every system call by which one session changes its run's directory: it resumes from update 10, validates
and saves at update 20; with --keep 1 it then removes update 10. What is checked:

- the order of a save: the files are written, each is fsynced, then their folder, then the rename, then the folder
  above;
- after each of the calls, what may then be on the disk (crash_states.py: unsynced bytes missing, truncated, zero or
  present; unsynced names missing or present): every checkpoint under its name is that of update 10 or that of update
  20, bit for bit, one of them exists, and the published model is complete;
- the program resumes from each distinct state (COUNT of them, evenly chosen), without a warning about corruption and
  from the newest checkpoint in it, to the same end.
"""
import collections
import pathlib
import random
import re
import shutil
import struct
import subprocess
import sys

import crash_states
from workbench import Figure, Workbench, arguments, checkpoints, digest, digests, read_safetensors, skip, workplace

SETTINGS = {"training.max_updates": 20, "training.log_every": 5, "validation.every": 10,
            "validation.stop.metric": "loss"}
CALLS = ("open,openat,creat,write,writev,pwrite64,pwritev,ftruncate,truncate,fallocate,fsync,fdatasync,rename,renameat,"
         "renameat2,mkdir,mkdirat,unlink,unlinkat,rmdir,symlink,symlinkat,link,linkat,close,dup,dup2,dup3,fcntl,"
         "sendfile,copy_file_range,mmap,lseek")
CALL = re.compile(r"^(\d+)\s+(\w+)\((.*)\)\s+= (-?\d+)")


def trace(bench, run, settings):
    """The calls of a session, as (number of the thread, name, text of the arguments, result)."""
    log = bench.folder / "trace"
    command = ["strace", "-f", "-xx", "-s", "100000000", "-o", str(log), "-e", "trace=" + CALLS, "-e", "signal=none",
               str(bench.program), *bench.training(run, settings)]
    done = subprocess.run(command, cwd=bench.folder, env=bench.environment(), check=False, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if done.returncode != 0:
        skip("R3", f"strace does not work here: {done.stderr[-300:]!r}")
    pending = {}
    for line in log.read_text().splitlines():
        thread = line.split(None, 1)[0]
        if line.endswith(" <unfinished ...>"):
            pending[thread] = line[:-len(" <unfinished ...>")]
            continue
        resumed = re.match(r"^\d+\s+<\.\.\. \w+ resumed>(.*)$", line)
        if resumed:
            line = pending.pop(thread) + resumed.group(1)
        found = CALL.match(line)
        if found:
            yield found.group(1), found.group(2), found.group(3), int(found.group(4))


def strings(text):
    """The quoted arguments of a call."""
    return [bytes.fromhex(item.replace("\\x", "")) for item in re.findall(r'"((?:\\x[0-9a-f]{2})*)"', text)]


class Replay:
    """Puts the traced calls on a model of the disk."""

    def __init__(self, folder, run):
        self.folder = folder
        self.root = folder / run
        self.disk = crash_states.Disk(crash_states.read_tree(self.root))
        self.files = {}  # descriptor -> [inode, position, whether it appends, name]
        self.told = []  # (call, name) of the changes, for the order
        self.unknown = set()

    def inside(self, data, text):
        """The names below the run's directory, or None. `text` begins with the folder of an ...at call."""
        base = re.match(r"(\d+), ", text)
        if base and int(base.group(1)) in self.files:
            return self.files[int(base.group(1))][3] + (data.decode(),)
        path = self.folder / data.decode()
        return path.relative_to(self.root).parts if path.is_relative_to(self.root) else None

    def tell(self, call, *names):
        self.told.append((call, *("/".join(name) for name in names)))
        self.disk.call += 1

    def open(self, name, text, result):
        path = self.inside(strings(text)[0], text)
        if path is None or result < 0:
            return
        path = tuple(part for part in path if part != ".")
        inode = self.disk.find_inode(path)
        while inode is not None and inode.kind == "link":
            path = path[:-1] + (inode.target,)
            inode = self.disk.find_inode(path)
        if inode is None:
            inode = self.disk.create(path, "file")
            self.tell("create", path)
        elif "O_TRUNC" in text:
            self.disk.cut(inode, 0)
            self.tell("cut", path)
        self.files[result] = [inode, 0, "O_APPEND" in text, path]

    def size_of(self, inode):
        size = len(inode.data)
        for change in self.disk.changes:
            if change.place is inode and change.names is None:
                size = change.offset if change.data is None else max(size, change.offset + len(change.data))
        return size

    def write(self, descriptor, data):
        inode, position, appends, path = self.files[descriptor]
        offset = self.size_of(inode) if appends else position
        self.disk.write(inode, offset, data)
        self.files[descriptor][1] = offset + len(data)
        self.tell("write", path)

    def on_descriptor(self, name, text, result):
        descriptor = int(re.match(r"-?\d+", text).group())
        if name == "close":
            self.files.pop(descriptor, None)
            return
        if descriptor not in self.files:
            return
        entry = self.files[descriptor]
        if name in ("write", "writev"):
            self.write(descriptor, b"".join(strings(text))[:result])
        elif name in ("fsync", "fdatasync"):
            self.disk.sync(entry[0])
            self.tell("fsync", entry[3])
        elif name == "ftruncate":
            self.disk.cut(entry[0], int(text.split(",")[1]))
            self.tell("cut", entry[3])
        elif name in ("fcntl", "dup", "dup2", "dup3"):
            if "F_DUPFD" in text or name != "fcntl":
                self.files[result] = entry
        elif name == "lseek":
            entry[1] = result
        elif name == "mmap" or name == "fallocate":
            pass
        else:
            self.unknown.add(name)

    def on_names(self, name, text):
        paths = [self.inside(data, text) for data in strings(text)]
        if name.startswith("symlink"):
            paths = paths[1:]
        if not paths or paths[0] is None:
            return
        if name.startswith("mkdir"):
            self.disk.create(paths[0], "folder")
        elif name.startswith("symlink"):
            self.disk.create(paths[0], "link", strings(text)[0].decode())
        elif name.startswith("rename"):
            (self.disk.exchange if "RENAME_EXCHANGE" in text else self.disk.rename)(paths[0], paths[1])
        elif name.startswith(("unlink", "rmdir")):
            self.disk.remove(paths[0])
        else:
            self.unknown.add(name)
        self.tell(name, *paths)

    def take(self, name, text, result):
        if name in ("open", "openat", "creat"):
            self.open(name, text, result)
        elif result < 0:
            return
        elif name.startswith(("mkdir", "symlink", "rename", "unlink", "rmdir", "link", "truncate")):
            self.on_names(name, text)
        elif name == "mmap":
            if "PROT_WRITE" in text and "MAP_SHARED" in text and int(text.split(", ")[4]) in self.files:
                self.unknown.add("writable mapping")
        else:
            self.on_descriptor(name, text, result)


def order_faults(told):
    """The save of update 20: write... fsync each file, fsync their folder, rename, fsync the folder above."""
    renames = [i for i, item in enumerate(told)
               if item[0].startswith("rename") and item[-1] == "checkpoints/update-00000020"]
    if len(renames) != 1:
        return [f"{len(renames)} renames to the checkpoint's name"]
    at = renames[0]
    fresh = told[at][1]
    faults = []
    written = collections.OrderedDict()
    for i, item in enumerate(told[:at]):
        if item[0] in ("write", "create", "cut") and item[1].startswith(fresh + "/"):
            written[item[1]] = i
        elif item[0].startswith("rename") and item[-1].startswith(fresh + "/"):
            written[item[-1]] = written.pop(item[1])
    if len(written) != 3:
        faults.append(f"wrote {list(written)}")
    syncs = {item[1]: i for i, item in enumerate(told[:at]) if item[0] == "fsync"}
    for name, last in written.items():
        if syncs.get(name, -1) < last:
            faults.append(f"{name} was not synced after its last write")
    if syncs.get(fresh, -1) < max((syncs.get(name, 0) for name in written), default=0):
        faults.append("the folder was not synced after its files")
    following = told[at + 1:at + 2]
    if following != [("fsync", "checkpoints")]:
        faults.append(f"after the rename came {following}, not the fsync of the folder above")
    return faults


def tree_faults(run, wanted):
    """What is wrong with a state that lies in a folder."""
    faults = []
    there = checkpoints(run)
    for update, folder in there.items():
        try:
            if digest(folder) != wanted.get(update):
                faults.append(f"{folder.name} is neither the old nor the new one")
        except (OSError, ValueError, KeyError, struct.error) as error:
            faults.append(f"{folder.name}: {error!r}")
    if not there:
        faults.append("no checkpoint is left")
    try:
        read_safetensors(run / "model.safetensors")
    except (OSError, ValueError, struct.error) as error:
        faults.append(f"the published model: {error!r}")
    for name in ("last", "best"):
        link = run / "checkpoints" / name
        if not link.is_symlink() or not (link / "model.safetensors").is_file():
            faults.append(f"checkpoints/{name} leads nowhere")
    return faults


def all_states(disk, seed):
    """Every different state, with the number of the call and the way it came about."""
    rng = random.Random(seed)
    ways = [(treatment, lambda number, share=share: share * number)
            for treatment in ("all", "none", "zeros", "half") for share in (0, 1)]
    ways += [(treatment, lambda number: rng.randint(0, number)) for treatment in ("none", "half", "all")]
    states = {}
    for calls in range(disk.call + 1):
        for number, (treatment, keep) in enumerate(ways):
            tree = crash_states.state_after(disk, calls, treatment, keep)
            states.setdefault(crash_states.freeze(tree), (tree, f"after call {calls}, bytes {treatment}, way {number}"))
    return list(states.values())


def go_on(bench, tree, wanted, settings):
    """The program resumes from a state."""
    run = bench.folder / "state"
    shutil.rmtree(run, ignore_errors=True)
    crash_states.write_tree(tree, run)
    newest = max(checkpoints(run), default=0)
    result = bench.train("state", settings)
    faults = []
    if result.code != 0 or f"after update {newest}" not in result.err or "damaged" in result.err:
        faults.append(f"went on badly from {newest}: {result}")
    elif max(checkpoints(run)) != 20:
        faults.append("did not come to its end")
    return faults + tree_faults(run, wanted)


def main():
    options = arguments(__doc__, 10**6, keep=(int, 3, "checkpoints to keep (default 3)"))
    settings = {**SETTINGS, "checkpoint.keep_last": options.keep}
    figure = Figure("R3")
    if shutil.which("strace") is None:
        skip("R3", "there is no strace")
    with workplace("power") as name:
        bench = Workbench(options.program, pathlib.Path(name))
        bench.train("run", {**settings, "training.max_updates": 10})
        shutil.copytree(bench.folder / "run", bench.folder / "whole", symlinks=True)
        bench.train("whole", settings)
        wanted = {**digests(bench.folder / "run"), **digests(bench.folder / "whole")}
        replay = Replay(bench.folder, "run")
        for _, call, text, result in trace(bench, "run", settings):
            replay.take(call, text, result)
        end = crash_states.freeze(crash_states.state_after(replay.disk, replay.disk.call, "all", lambda number: number))
        real = crash_states.freeze(crash_states.state_after(
            crash_states.Disk(crash_states.read_tree(bench.folder / "run")), 0, "all", lambda number: number))
        if end != real or replay.unknown or sorted(wanted) != [10, 20] or len(replay.told) < 40 or \
                (10 in checkpoints(bench.folder / "run")) != (options.keep > 1):
            names = {item for item in set(end) ^ set(real)}
            sys.exit(f"the trace is not understood: {replay.unknown}, {sorted(name[0] for name in names)}, "
                     f"{len(replay.told)}")
        figure.case("the order of the calls of a save", order_faults(replay.told))
        states = all_states(replay.disk, options.seed)
        run = bench.folder / "state"
        for tree, way in states:
            shutil.rmtree(run, ignore_errors=True)
            crash_states.write_tree(tree, run)
            faults = tree_faults(run, wanted)
            figure.case(way + f" ({replay.told[max(0, int(way.split()[2].rstrip(',')) - 1)]})", faults)
        step = max(1.0, len(states) / max(options.count, 1))
        chosen = [states[int(i * step)] for i in range(min(options.count, len(states)))]
        for tree, way in chosen:
            figure.case("resuming " + way, go_on(bench, tree, wanted, settings))
    figure.note(f"{len(replay.told)} calls, {len(states)} different states, the program resumed from {len(chosen)} of "
                "them")
    figure.finish("checks: the order of a save, each state complete, each resumed")


if __name__ == "__main__":
    main()
