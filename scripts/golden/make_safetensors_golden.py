#!/usr/bin/env python3
"""Writes tests/golden/formats/*.safetensors with the reference implementation, for tests/formats/safetensors_test.cpp.

Needs: pip install safetensors==0.8.0 numpy ml_dtypes
Run from the root of the repository: python3 scripts/golden/make_safetensors_golden.py
"""

import pathlib

import ml_dtypes
import numpy as np
from safetensors.numpy import save_file

FOLDER = pathlib.Path("tests/golden/formats")


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    tensors = {
        "float32": np.arange(6, dtype=np.float32).reshape(2, 3) / 4 - 0.5,
        "float16": np.array([0.5, -2, 65504], dtype=np.float16),
        "bfloat16": np.array([[1.0, -0.5], [3.0, 256.0]], dtype=ml_dtypes.bfloat16),
        "float64": np.array(1 / 3),
        "int64": np.array([-1, 2**62], dtype=np.int64),
        "int8": np.array([-128, 127, 0], dtype=np.int8),
        "bool": np.array([True, False, True]),
        "empty": np.zeros((0, 4), dtype=np.float32),
        "имя/ä": np.array([7], dtype=np.uint8),
    }
    save_file(tensors, FOLDER / "reference.safetensors", {"format": "pt", "note": 'quotes " and\nlines'})


if __name__ == "__main__":
    main()
