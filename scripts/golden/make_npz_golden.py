#!/usr/bin/env python3
"""Writes tests/golden/formats/*.npz, for tests/formats/npz_test.cpp and zip_test.cpp.

NumPy writes all of them but marian.npz, which has the layout that Marian's own writer gives its files: stored entries
with their sizes in both headers, one-byte types with an order mark, headers that end on a multiple of 16.

Needs: pip install numpy==2.4.6
Run from the root of the repository: python3 scripts/golden/make_npz_golden.py
"""

import pathlib
import struct
import zipfile
import zlib

import numpy as np

FOLDER = pathlib.Path("tests/golden/formats")
DAY = (1980, 1, 1, 0, 0, 0)


def arrays():
    return {
        "f4": np.arange(6, dtype=np.float32).reshape(2, 3) / 4 - 0.5,
        "f2": np.array([0.5, -2, 65504], dtype=np.float16),
        "f8": np.array(1 / 3),
        "i1": np.array([-128, 127, 0], dtype=np.int8),
        "u1": np.array([[255], [0]], dtype=np.uint8),
        "i2": np.array([-32768, 32767], dtype=np.int16),
        "i4": np.array([-(2**31), 2**31 - 1], dtype=np.int32),
        "i8": np.array([-1, 2**62], dtype=np.int64),
        "b1": np.array([True, False, True]),
        "empty": np.zeros((0, 4), dtype=np.float32),
        "имя/ä": np.array([7], dtype=np.uint8),
        "zeros": np.zeros(1000, dtype=np.float32),
    }


def save_versions(path):
    """The same array in all versions of the .npy format."""
    with zipfile.ZipFile(path, "w") as archive:
        for version in (1, 2, 3):
            with archive.open(zipfile.ZipInfo(f"v{version}.npy", DAY), "w") as entry:
                numbers = np.array([[version, 0.5]], dtype=np.float32)
                np.lib.format.write_array(entry, numbers, version=(version, 0))


def marian_array(array):
    descr = "<" + array.dtype.str[1:]
    shape = ", ".join(str(size) for size in array.shape) + ("," if array.ndim == 1 else "")
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}".encode()
    header += b" " * (16 - (10 + len(header)) % 16)
    header = header[:-1] + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + array.tobytes()


def save_marian(path, items):
    locals_, centrals = b"", b""
    for name, array in items.items():
        contents = marian_array(array)
        file_name = (name + ".npy").encode()
        fields = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 0, zlib.crc32(contents), len(contents), len(contents),
                             len(file_name), 0)
        centrals += b"PK\x01\x02" + struct.pack("<H", 20) + fields
        centrals += struct.pack("<HHHII", 0, 0, 0, 0, len(locals_)) + file_name
        locals_ += b"PK\x03\x04" + fields + file_name + contents
    end = struct.pack("<HHHHIIH", 0, 0, len(items), len(items), len(centrals), len(locals_), 0)
    path.write_bytes(locals_ + centrals + b"PK\x05\x06" + end)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    np.savez(FOLDER / "reference.npz", **arrays())
    np.savez_compressed(FOLDER / "reference_compressed.npz", **arrays())
    save_versions(FOLDER / "versions.npz")
    yaml = b"type: transformer\ndim-emb: 4\n\0"
    save_marian(FOLDER / "marian.npz", {
        "Wemb": np.arange(12, dtype=np.float32).reshape(3, 4) / 8,
        "decoder_ff_logit_out_b": np.array([[1, -1, 0.25]], dtype=np.float32),
        "special:model.yml": np.frombuffer(yaml, dtype=np.int8),
    })


if __name__ == "__main__":
    main()
