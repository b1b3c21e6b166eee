#!/usr/bin/env python3
"""Writes src/metrics/unicode_tables.inc: the character properties that the metrics need.

sacreBLEU takes punctuation, symbols and numbers from the `regex` module and lower-casing and white space from Python's
`str`. The tables come from the same two places, so that both programs see the same characters.

Usage, with regex 2026.11.15 and Python 3.11: scripts/make_unicode_tables.py > src/metrics/unicode_tables.inc
"""

import importlib.metadata
import platform
import re
import unicodedata

import regex

CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
SIGMA, FINAL_SIGMA = "\u03a3", "\u03c2"
SPECIAL_LOWER = 0x130  # the only character whose lower case is two characters; written by hand in unicode.cpp


def ranges(members):
    """[first, last] pairs of consecutive code points; the surrogates between D7FF and E000 end a range."""
    result = []
    for c in members:
        if result and result[-1][1] == c - 1:
            result[-1][1] = c
        else:
            result.append([c, c])
    return result


def has_final_sigma_after(prefix):
    return (prefix + SIGMA).lower().endswith(FINAL_SIGMA)


def case_ignorable():
    """Characters that the rule of the final sigma skips: 'A' still counts through them, a digit does not."""
    return [
        c
        for c in CODE_POINTS
        if has_final_sigma_after("A" + chr(c)) and not has_final_sigma_after("1" + chr(c))
    ]


def cased():
    """Characters that are letters with case for the rule of the final sigma (those it skips never matter)."""
    return [c for c in CODE_POINTS if has_final_sigma_after("1" + chr(c))]


def lower_runs():
    """[first, last, step, delta]: every step-th character from first to last has its lower case `delta` further on."""
    runs = []
    for c in CODE_POINTS:
        low = chr(c).lower()
        if low == chr(c) or c == SPECIAL_LOWER:
            continue
        assert len(low) == 1, hex(c)
        delta = ord(low) - c
        run = runs[-1] if runs else None
        if run and run[3] == delta and c - run[1] <= 2 and run[2] in (0, c - run[1]):
            run[1], run[2] = c, c - run[1]
        else:
            runs.append([c, c, 0, delta])
    return [[first, last, max(step, 1), delta] for first, last, step, delta in runs]


def emit(kind, name, rows):
    cells = ["{" + ", ".join(hex(v) if i < 2 else str(v) for i, v in enumerate(row)) + "}" for row in rows]
    print(f"inline constexpr {kind} {name}[] = {{")
    line = "   "
    for cell in cells:
        if len(line) + len(cell) + 2 > 100:
            print(line)
            line = "   "
        line += f" {cell},"
    print(line + "\n};\n")


def main():
    about = importlib.metadata.metadata("regex").get_payload()
    version = re.search(r"supports Unicode (\d+\.\d+\.\d+)", about).group(1)
    print("// Made by scripts/make_unicode_tables.py; do not edit.")
    print(f"// Categories: Unicode {version} (regex {regex.__version__}).")
    print(f"// Case and white space: Unicode {unicodedata.unidata_version} (Python {platform.python_version()}).")
    print("// clang-format off\n")
    for name, letter in (("kPunctuation", "P"), ("kSymbols", "S"), ("kNumbers", "N")):
        pattern = regex.compile(rf"\p{{{letter}}}")
        emit("CodePointRange", name, ranges(c for c in CODE_POINTS if pattern.match(chr(c))))
    emit("CodePointRange", "kWhiteSpace", ranges(c for c in CODE_POINTS if chr(c).isspace()))
    emit("CodePointRange", "kCaseIgnorable", ranges(case_ignorable()))
    emit("CodePointRange", "kCased", ranges(cased()))
    emit("LowerRun", "kLower", lower_runs())


if __name__ == "__main__":
    main()
