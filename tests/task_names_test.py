#!/usr/bin/env python3
"""Checks that no layer below `tasks` knows a task by name: no string literal, no enumerator and no include of one.

The names are those of src/tasks/tasks.def, the layers those of the table in docs/architecture.md.
"""
import pathlib
import re
import sys

from layers_test import ROOT, read_levels

REGISTRY = ROOT / "src/tasks/tasks.def"
ENTRY = re.compile(r"^REGARD_(?:HEAD_)?TASK\((\w+)\)", re.MULTILINE)
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
ENUM = re.compile(r"REGARD_ENUM\((\w+),([^)]*)\)")
INCLUDE = re.compile(r'#include\s+[<"](?:regard/)?tasks/')
# Words that mean something else there.
OTHER_MEANINGS = {("src/text/columns.cpp", "tag"): "the name of a column of CoNLL's files",
                  ("include/regard/text/columns.h", "tag"): "the name of a column of CoNLL's files",
                  ("src/data/corpus.cpp", "pair"): "a pair of lines, in a message"}


def names():
    found = ENTRY.findall(REGISTRY.read_text(encoding="utf-8"))
    if len(found) < 2 or "translate" not in found:
        sys.exit(f"{REGISTRY}: its entries could not be read: {found}")
    return set(found)


def files_below_tasks():
    levels = read_levels()
    below = [layer for layer, level in levels.items() if level < levels["tasks"]]
    files = [path for layer in below for top in ("src", "include/regard") for path in (ROOT / top / layer).rglob("*")
             if path.suffix in (".h", ".cpp", ".def", ".inc")]
    if len(below) < 12 or len(files) < 150:
        sys.exit(f"only {len(below)} layers and {len(files)} files below tasks were found")
    return files


def without_comments(text):
    return re.sub(r"//[^\n]*", "", text)


def problems_of(path, tasks):
    text = without_comments(path.read_text(encoding="utf-8"))
    place = path.relative_to(ROOT).as_posix()
    found = [f"{place}: includes a header of tasks" for _ in INCLUDE.findall(text)]
    found += [f"{place}: the string literal \"{literal}\" is the name of a task" for literal in LITERAL.findall(text)
              if literal in tasks and (place, literal) not in OTHER_MEANINGS]
    for enum, words in ENUM.findall(text):
        found += [f"{place}: {enum} has the enumerator {word}, the name of a task" for word in re.findall(r"\w+", words)
                  if word in tasks]
    return found


def self_check(tasks):
    """The patterns find what they are to find."""
    sample = '#include "regard/tasks/task.h"\nif (task == "translate") {}\nREGARD_ENUM(Task, translate, other);\n'
    assert INCLUDE.search(sample) and "translate" in LITERAL.findall(sample) and "translate" in tasks
    assert [word for _, words in ENUM.findall(sample) for word in re.findall(r"\w+", words)] == ["translate", "other"]
    for place, _ in OTHER_MEANINGS:
        assert (ROOT / place).exists(), place


def main():
    tasks = names()
    self_check(tasks)
    problems = [problem for path in files_below_tasks() for problem in problems_of(path, tasks)]
    print("\n".join(problems) or f"none of {', '.join(sorted(tasks))} is known below the layer tasks")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
