#!/usr/bin/env python3
"""Writes tests/golden/formats/checksum.txt: "<length> <checksum>" of the bytes (7 i + 3) mod 256.

A second implementation of the definition in include/regard/formats/checksum.h, written for clarity alone.
Run from the root of the repository: python3 scripts/golden/make_checksum_golden.py
"""

import pathlib
import struct

MASK = 2**64 - 1


def mix(state, word):
    state ^= word * 0xD1B54A32D192ED03 & MASK
    state = ((state << 31) | (state >> 33)) & MASK
    return state * 0x9E3779B97F4A7C15 & MASK


def checksum(data):
    lanes = [i + 1 for i in range(8)]
    padded = data + b"\0" * (-len(data) % 64)
    for k, (word,) in enumerate(struct.iter_unpack("<Q", padded)):
        lanes[k % 8] = mix(lanes[k % 8], word)
    state = len(data)
    for lane in lanes:
        state = mix(state, lane)
    state = mix(state ^ (state >> 32), 0)
    return state ^ (state >> 29)


def main():
    lines = []
    for length in [0, 1, 7, 8, 9, 63, 64, 65, 128, 1000, 4096]:
        data = bytes((7 * i + 3) % 256 for i in range(length))
        lines.append(f"{length} {checksum(data):016x}\n")
    pathlib.Path("tests/golden/formats/checksum.txt").write_text("".join(lines))


if __name__ == "__main__":
    main()
