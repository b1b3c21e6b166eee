#!/usr/bin/env python3
"""Lists the tests that a run skipped and why, from the file that `ctest --output-junit` wrote.

Usage: skipped_tests.py RESULTS.xml [--strict]

A whole test is skipped if something it needs is missing; single cases are skipped if they do not apply to a variant, or
to this CPU. With --strict, exits with 1 if a whole test was skipped, except those in MAY_BE_LEFT_OUT: scripts/test.sh
installs what all others need.
"""
import collections
import re
import sys
import xml.etree.ElementTree

# Tests that may be skipped on any machine, and why nothing is installed for them.
MAY_BE_LEFT_OUT = {
    "report.page_in_browser": "a browser is larger than all else together; scripts/proof.sh page_in_browser brings one",
    "scripts.page_assets": "without node it checks all but the syntax of the script",
}
CASE = re.compile(r"^\[  SKIPPED \] (\S+?)(?: \(\d+ ms\))?$")


def whole_tests(root):
    """Name and last line of the output of each test that was left out as a whole."""
    for case in root.iter("testcase"):
        if case.get("status") in ("notrun", "disabled") or case.find("skipped") is not None:
            lines = (case.findtext("system-out") or "").strip().splitlines()
            yield case.get("name"), lines[-1] if lines else "not run"


def single_cases(root):
    """Reason and name of each GoogleTest case that was left out."""
    for case in root.iter("testcase"):
        lines = (case.findtext("system-out") or "").splitlines()
        for i, line in enumerate(lines):
            found = CASE.match(line)
            if found and i > 0 and "(" in line:  # the summary at the end repeats the names, without times
                yield lines[i - 1].strip() or "without a reason", f"{case.get('name')}: {found.group(1)}"


def main():
    root = xml.etree.ElementTree.parse(sys.argv[1]).getroot()
    by_reason = collections.defaultdict(list)
    for reason, name in single_cases(root):
        by_reason[reason].append(name)
    left_out = list(whole_tests(root))
    print(f"Left out: {len(left_out)} of {len(list(root.iter('testcase')))} tests, "
          f"and {sum(map(len, by_reason.values()))} cases inside of others")
    for name, reason in left_out:
        print(f"  {name}: {reason}")
        if name in MAY_BE_LEFT_OUT:
            print(f"    which is accepted: {MAY_BE_LEFT_OUT[name]}")
    for reason, names in sorted(by_reason.items(), key=lambda item: -len(item[1])):
        print(f"  {len(names)} cases: {reason}, as {names[0]}")
    missing = [name for name, _ in left_out if name not in MAY_BE_LEFT_OUT]
    if missing and "--strict" in sys.argv[2:]:
        sys.exit(f"error: tests were left out for lack of what scripts/test.sh should have installed: {', '.join(missing)}. "
                 "Fix: see the reasons above.")


if __name__ == "__main__":
    main()
