#!/usr/bin/env python3
"""Checks the layers: no file includes a header of its own level's neighbours or of a higher level, or all of LibTorch.

Checks too that the sources which CMakeLists.txt builds without LibTorch do not include it. The table is read from docs/architecture.md, so that page cannot drift from the code.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROW = re.compile(r"^\| (\d+) \| ((?:`\w+`(?:, )?)+) \|")
INCLUDE = re.compile(r'#include\s+[<"]regard/(\w+)/')
PRIVATE = re.compile(r'#include\s+"(?!regard/)(?:\.\./)*([\w./]+)"')


def read_levels():
    levels = {}
    for line in (ROOT / "docs/architecture.md").read_text(encoding="utf-8").splitlines():
        row = ROW.match(line)
        if row:
            for folder in re.findall(r"`(\w+)`", row.group(2)):
                levels[folder] = int(row.group(1))
    return levels


LAYER = re.compile(r"regard_layer\((\w+)((?:\s+\w+)*?)\s+DEPS((?:\s+\w+)*?)(?:\s+(?:PRIVATE_LIBS|PLAIN)[^)]*)?\)")
PLAIN_SOURCES = re.compile(r"regard_layer\((\w+)\s+TORCH\b[^)]*?\sPLAIN\s([^)]*)\)")
ANY_INCLUDE = re.compile(r'#include\s+[<"]([^">]+)[">]')
LIBTORCH = ("torch/", "ATen/", "c10/")


def check_cmake(levels):
    """The dependencies that CMakeLists.txt gives to each layer are of lower levels."""
    text = re.sub(r"#.*", "", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8"))
    found = {name: deps.split() for name, _, deps in LAYER.findall(text)}
    found.update({name: [] for name in re.findall(r"regard_layer\((\w+)", text) if name not in found})
    problems = [f"CMakeLists.txt has no layer {name}" for name in sorted(levels.keys() - found.keys())]
    problems += [f"docs/architecture.md has no level for the layer {name}" for name in sorted(found.keys() - levels.keys())]
    if sum(map(len, found.values())) < 50:
        problems.append("CMakeLists.txt: hardly any DEPS could be read")
    for name in sorted(found.keys() & levels.keys()):
        problems += [f"CMakeLists.txt: {name} (level {levels[name]}) must not depend on {dep}" for dep in found[name]
                     if levels.get(dep, 99) >= levels[name]]
    return problems


def check_private(path, layer, included):
    """A header of `src` belongs to its layer: found next to the file, or below src/<layer>."""
    is_own = (path.parent / included).exists() or (ROOT / "src" / layer / included).exists()
    return is_own or (ROOT / "src" / included).exists() and included.split("/")[0] == layer


def check_file(path, layer, levels):
    problems = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#include <torch/torch.h>"):
            problems.append(f"{path.relative_to(ROOT)}:{number}: takes twice as long to compile as with regard/tensor/torch.h")
        private = PRIVATE.search(line)
        if private and not path.name.endswith("_benchmark.cpp") and not check_private(path, layer, private.group(1)):
            problems.append(f"{path.relative_to(ROOT)}:{number}: {private.group(1)} is no header of {layer}")
        found = INCLUDE.search(line)
        if not found or found.group(1) == layer:
            continue
        used = found.group(1)
        if used not in levels:
            problems.append(f"{path.relative_to(ROOT)}:{number}: unknown layer {used}")
        elif levels[used] >= levels[layer]:
            problems.append(f"{path.relative_to(ROOT)}:{number}: {layer} (level {levels[layer]}) "
                            f"must not include {used} (level {levels[used]})")
    return problems


class TorchIncludes:
    """Which files see LibTorch, by themselves or through a header of Regard."""

    def __init__(self):
        self.known = {}

    def reach(self, path):
        if path not in self.known:
            self.known[path] = False  # for circles
            self.known[path] = any(self.leads_there(path, name) for name in ANY_INCLUDE.findall(path.read_text(encoding="utf-8")))
        return self.known[path]

    def leads_there(self, path, name):
        if name.startswith(LIBTORCH):
            return True
        places = (ROOT / "include" / name, ROOT / "src" / name, path.parent / name)
        return any(place.exists() and self.reach(place) for place in places)


def check_plain():
    """The sources that CMakeLists.txt calls PLAIN are those that do not see LibTorch's headers."""
    text = re.sub(r"#.*", "", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8"))
    torch = TorchIncludes()
    problems = []
    num_plain = 0
    for layer, patterns in PLAIN_SOURCES.findall(text):
        for pattern in patterns.split():
            files = sorted((ROOT / "src" / layer).glob(pattern))
            num_plain += len(files)
            if not files:
                problems.append(f"CMakeLists.txt: {layer} has no source {pattern}")
            problems += [f"{path.relative_to(ROOT)}: PLAIN in CMakeLists.txt, but includes LibTorch"
                         for path in files if torch.reach(path)]
    if num_plain < 40:
        problems.append("CMakeLists.txt: hardly any PLAIN sources could be read")
    if not torch.reach(ROOT / "src/tensor/linear.cpp"):
        problems.append("src/tensor/linear.cpp: its include of LibTorch was not seen")
    return problems


def main():
    levels = read_levels()
    folders = {path.name for path in (ROOT / "src").iterdir() if path.is_dir()}
    problems = [f"docs/architecture.md has no level for src/{name}" for name in sorted(folders - levels.keys())]
    problems += check_cmake(levels)
    problems += check_plain()
    num_files = 0
    for layer in sorted(folders & levels.keys()):
        for base in ("src", "include/regard"):
            for path in sorted((ROOT / base / layer).rglob("*")):
                if path.suffix in (".h", ".cpp"):
                    num_files += 1
                    problems += check_file(path, layer, levels)
    for problem in problems:
        print("error:", problem)
    print(f"{num_files} files in {len(folders)} layers, {len(problems)} problems")
    sys.exit(1 if problems or num_files < 50 else 0)


if __name__ == "__main__":
    main()
