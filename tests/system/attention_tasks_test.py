#!/usr/bin/env python3
"""Trains small models with every attention mechanism on tasks whose answer is known, and judges them.

Usage: attention_tasks_test.py REGARD [--quick] [--only NAME ...] [--table FILE] [--threads N] [--every-seed]
[--list]. Without --quick or --only all tasks run, which takes long. Prints one line of a Markdown table for each claim;
exits 1 if a task missed its threshold with both seeds or the program failed.
"""
import argparse
import contextlib
import os
import sys

from attention_tasks import runner, self_check
from attention_tasks.tasks import TASKS


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("regard", nargs="?", help="path of the program")
    parser.add_argument("--quick", action="store_true", help="only the tasks that take few seconds")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=[task.name for task in TASKS])
    parser.add_argument("--table", metavar="FILE", help="write the table to this file as well")
    parser.add_argument("--threads", type=int, default=1, help="of the program; the thresholds were set with 1")
    parser.add_argument("--every-seed", action="store_true", help="both seeds, also where the first one is enough")
    parser.add_argument("--list", action="store_true", help="print the names of the tasks")
    arguments = parser.parse_args()
    if not arguments.list and not arguments.regard:
        parser.error("give the path of the program")
    if not arguments.list and not os.access(arguments.regard, os.X_OK):
        parser.error(f"{arguments.regard} is no program")
    return arguments


def main():
    arguments = parse()
    self_check.run()
    tasks = [task for task in TASKS if (task.is_quick or not arguments.quick)
             and (not arguments.only or task.name in arguments.only)]
    if arguments.list:
        print("\n".join(f"{task.name:22}{task.rows:14}{'quick' if task.is_quick else ''}" for task in tasks))
        return 0
    with contextlib.ExitStack() as stack:
        table = stack.enter_context(open(arguments.table, "w", encoding="utf-8")) if arguments.table else None
        missed = runner.run_tasks(arguments.regard, tasks, arguments.threads, table, arguments.every_seed)
    names = f"; missed: {', '.join(missed)}" if missed else ""
    print(f"{len(tasks) - len(missed)} of {len(tasks)} tasks done{names}")
    return 0 if tasks and not missed else 1


if __name__ == "__main__":
    sys.exit(main())
