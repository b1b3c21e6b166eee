#!/usr/bin/env python3
"""Tests what the fault tests rely on: they must notice what they look for. Needs no program."""
import json
import pathlib
import struct
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts/faults"), str(ROOT / "tests/app")]

import crash_states  # noqa: E402
import io_errors  # noqa: E402
import power_loss  # noqa: E402
import workbench  # noqa: E402
from checks import Checks  # noqa: E402


def whole(number):
    return number


def nothing(_):
    return 0


def test_names(checks, folder):
    """A folder that is written next to its place, synced and renamed is there whole or not at all."""
    (folder / "old").mkdir()
    (folder / "old/a").write_bytes(b"old")
    disk = crash_states.Disk(crash_states.read_tree(folder))

    def next_call():
        disk.call += 1
        return disk.call

    disk.create(("fresh",), "folder")
    next_call()
    inode = disk.create(("fresh", "a"), "file")
    next_call()
    disk.write(inode, 0, b"new!")
    written = next_call()
    state = crash_states.state_after(disk, written, "all", whole)
    checks.equal("crash states: all that was done may be there", state["fresh"], {"a": ("file", b"new!")})
    checks.equal("crash states: what is not synced may be missing",
                 crash_states.state_after(disk, written, "none", nothing), {"old": {"a": ("file", b"old")}})
    checks.equal("crash states: a name may be there without its bytes",
                 crash_states.state_after(disk, written, "none", whole)["fresh"], {"a": ("file", b"")})
    checks.equal("crash states: bytes may be zeros", crash_states.state_after(disk, written, "zeros", whole)["fresh"],
                 {"a": ("file", bytes(4))})
    checks.equal("crash states: bytes may be cut", crash_states.state_after(disk, written, "half", whole)["fresh"],
                 {"a": ("file", b"ne")})
    disk.rename(("fresh",), ("new",))
    renamed = next_call()
    checks.equal("crash states: a rename without any sync may show an empty file",
                 crash_states.state_after(disk, renamed, "none", whole)["new"], {"a": ("file", b"")})
    disk.sync(inode)
    disk.sync(disk.find_inode(("new",)))
    synced = next_call()
    checks.equal("crash states: a synced folder may have no name yet",
                 sorted(crash_states.state_after(disk, synced, "none", nothing)), ["old"])
    disk.sync(disk.start)
    done = next_call()
    checks.equal("crash states: after the last sync it is there for good",
                 crash_states.state_after(disk, done, "none", nothing)["new"], {"a": ("file", b"new!")})
    checks.equal("crash states: a sync is of use from its own call on",
                 sorted(crash_states.state_after(disk, synced, "none", nothing)), ["old"])


def test_exchange(checks, folder):
    for name in ("a", "b"):
        (folder / name).mkdir()
        (folder / name / "x").write_bytes(name.encode())
    disk = crash_states.Disk(crash_states.read_tree(folder))
    disk.exchange(("a",), ("b",))
    disk.call += 1
    disk.remove(("a", "x"))
    disk.call += 1
    state = crash_states.state_after(disk, disk.call, "all", whole)
    checks.equal("crash states: an exchange swaps both", state, {"a": {}, "b": {"x": ("file", b"a")}})
    state = crash_states.state_after(disk, disk.call, "all", nothing)
    checks.equal("crash states: or none", state, {"a": {"x": ("file", b"a")}, "b": {"x": ("file", b"b")}})


GOOD_SAVE = [("mkdir", "checkpoints/T"),
             ("create", "checkpoints/T/model.safetensors"), ("write", "checkpoints/T/model.safetensors"),
             ("create", "checkpoints/T/training_state.safetensors"),
             ("write", "checkpoints/T/training_state.safetensors"),
             ("create", "checkpoints/T/S"), ("write", "checkpoints/T/S"), ("fsync", "checkpoints/T/S"),
             ("rename", "checkpoints/T/S", "checkpoints/T/state.json"), ("fsync", "checkpoints/T"),
             ("fsync", "checkpoints/T/model.safetensors"), ("fsync", "checkpoints/T/training_state.safetensors"),
             ("fsync", "checkpoints/T/state.json"), ("fsync", "checkpoints/T"),
             ("rename", "checkpoints/T", "checkpoints/update-00000020"), ("fsync", "checkpoints")]


def test_order(checks):
    checks.equal("power loss: the right order passes", power_loss.order_faults(GOOD_SAVE), [])
    for number in (-1, -3, -4, -6):
        wrong = GOOD_SAVE[:]
        del wrong[number]
        checks.that(f"power loss: a save without {GOOD_SAVE[number]} is noticed", power_loss.order_faults(wrong))
    wrong = GOOD_SAVE[:-2] + [("write", "checkpoints/T/model.safetensors")] + GOOD_SAVE[-2:]
    checks.that("power loss: a write after the sync is noticed", power_loss.order_faults(wrong))


def make_checkpoint(folder, update):
    place = folder / f"update-{update:08d}"
    place.mkdir()
    for name, count in (("model", 12), ("training_state", 24)):
        workbench.write_safetensors(place / f"{name}.safetensors", {
            f"t{i}": ("F32", [2], struct.pack("<2f", i, update)) for i in range(count)})
    state = {"update": update, "seconds": 1.0, "validated_at": 0.0, "finished": ""}
    (place / "state.json").write_text(json.dumps(state))
    return place


def test_digest(checks, folder):
    place = make_checkpoint(folder, 30)
    first = workbench.digest(place)
    state = json.loads((place / "state.json").read_text())
    (place / "state.json").write_text(json.dumps({**state, "seconds": 2.0}))
    checks.equal("digest: the clock is left out", workbench.digest(place), first)
    for name in ("model.safetensors", "training_state.safetensors"):
        data = (place / name).read_bytes()
        (place / name).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        checks.that(f"digest: a bit of {name} counts", workbench.digest(place) != first)
        (place / name).write_bytes(data)
    (place / "state.json").write_text(json.dumps({**state, "stalled": 1}))
    checks.that("digest: a counter counts", workbench.digest(place) != first)
    (place / "state.json").write_text(json.dumps({**state, "update": 31}))
    try:
        workbench.digest(place)
        checks.that("digest: a checkpoint under another's name is refused", False)
    except ValueError:
        checks.that("digest: a checkpoint under another's name is refused", True)
    checks.equal("non_finite: finds nothing in a good file", workbench.non_finite(place / "model.safetensors"), [])
    workbench.write_safetensors(place / "bad", {"a": ("F32", [1], struct.pack("<f", float("nan"))),
                                                "b": ("F32", [1], struct.pack("<f", -float("inf"))),
                                                "c": ("F32", [1], struct.pack("<f", 1.0))})
    checks.equal("non_finite: finds NaN and infinity", workbench.non_finite(place / "bad"), ["a", "b"])


def test_strays(checks, folder):
    run = folder / "run"
    (run / "checkpoints/update-00000010").mkdir(parents=True)
    for name in ("config.yaml", "train.log", "checkpoints/update-00000010/state.json"):
        (run / name).write_bytes(b"")
    checks.equal("stray files: none in a good run", workbench.stray_files(run), [])
    (run / "checkpoints/.regard-tmp-7-0-update-00000020").mkdir()
    (run / "model.safetensors.tmp").write_bytes(b"")
    checks.equal("stray files: each is found", sorted(workbench.stray_files(run)),
                 ["checkpoints/.regard-tmp-7-0-update-00000020", "model.safetensors.tmp"])


def test_syncs(checks):
    calls = [("fsync", "/a", True), ("fsync", "/b", False), ("fsync", "/b", False)]
    checks.equal("io errors: other syncs after a failed one pass", io_errors.repeated_syncs(calls), [])
    checks.equal("io errors: a failed sync that is tried again is noticed",
                 io_errors.repeated_syncs(calls + [("fsync", "/a", False)]), ["/a"])


def main():
    checks = Checks()
    for test in (test_names, test_exchange, test_digest, test_strays):
        with tempfile.TemporaryDirectory(prefix="regard-faults-") as folder:
            test(checks, pathlib.Path(folder))
    test_order(checks)
    test_syncs(checks)
    print(f"{checks.done} checks passed" if checks.failed == 0 else f"{checks.failed} of {checks.done} checks failed")
    sys.exit(1 if checks.failed else 0)


if __name__ == "__main__":
    main()
