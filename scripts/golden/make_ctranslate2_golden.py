#!/usr/bin/env python3
"""Writes tests/golden/formats/reference*.ctranslate2 with the reference implementation, for tests/formats.

A transformer of one layer with weights by formula: value i of a float tensor is ((7 i + 3 len(name)) mod 17 - 8) / 8.

Needs: pip install ctranslate2==4.8.5 numpy
Run from the root of the repository: python3 scripts/golden/make_ctranslate2_golden.py
"""

import pathlib
import shutil
import tempfile

import numpy as np
from ctranslate2.specs import TransformerSpec

FOLDER = pathlib.Path("tests/golden/formats")
WORDS = ["<unk>", "<s>", "</s>", "a", "b", "c"]
DIM = 4
FEED_FORWARD = 6


def rows_and_columns(name):
    """The shape of a tensor of the model."""
    if "embeddings" in name or "projection" in name:
        return (len(WORDS), DIM)
    if "encodings" in name:
        return (5, DIM)
    if "layer_norm" in name:
        return (DIM,)
    if "ffn/linear_0" in name:
        shape = (FEED_FORWARD, DIM)
    elif "ffn/linear_1" in name:
        shape = (DIM, FEED_FORWARD)
    elif "self_attention/linear_0" in name:
        shape = (3 * DIM, DIM)
    elif "attention/linear_1" in name and "self" not in name:
        shape = (2 * DIM, DIM)
    else:
        shape = (DIM, DIM)
    return shape[:1] if name.endswith("bias") else shape


def values(name):
    shape = rows_and_columns(name)
    numbers = (7 * np.arange(np.prod(shape)) + 3 * len(name)) % 17 - 8
    return (numbers.astype(np.float32) / 8).reshape(shape)


def fill(spec):
    tensors = [("encoder/embeddings_0/weight", spec.encoder.embeddings[0])]
    tensors.append(("decoder/embeddings/weight", spec.decoder.embeddings))
    for _, module in tensors:
        module.weight = values("decoder/embeddings/weight")
    spec.decoder.projection.weight = values("decoder/embeddings/weight")
    for side in ("encoder", "decoder"):
        stack = getattr(spec, side)
        stack.position_encodings.encodings = values(f"{side}/position_encodings/encodings")
        fill_norm(stack.layer_norm, f"{side}/layer_norm")
        prefix = f"{side}/layer_0"
        layer = stack.layer[0]
        fill_attention(layer.self_attention, f"{prefix}/self_attention", 2)
        if side == "decoder":
            fill_attention(layer.attention, f"{prefix}/attention", 3)
        fill_norm(layer.ffn.layer_norm, f"{prefix}/ffn/layer_norm")
        fill_linear(layer.ffn.linear_0, f"{prefix}/ffn/linear_0")
        fill_linear(layer.ffn.linear_1, f"{prefix}/ffn/linear_1")


def fill_attention(attention, prefix, num_linears):
    fill_norm(attention.layer_norm, f"{prefix}/layer_norm")
    for i in range(num_linears):
        fill_linear(attention.linear[i], f"{prefix}/linear_{i}")


def fill_linear(linear, prefix):
    linear.weight = values(f"{prefix}/weight")
    linear.bias = values(f"{prefix}/bias")


def fill_norm(norm, prefix):
    norm.gamma = values(f"{prefix}/gamma")
    norm.beta = values(f"{prefix}/beta")


def save(quantization, path):
    spec = TransformerSpec.from_config(num_layers=1, num_heads=2, pre_norm=True)
    fill(spec)
    spec.register_source_vocabulary(WORDS)
    spec.register_target_vocabulary(WORDS)
    spec.validate()
    spec.optimize(quantization=quantization)
    with tempfile.TemporaryDirectory() as folder:
        spec.save(folder)
        shutil.copyfile(pathlib.Path(folder) / "model.bin", path)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    save(None, FOLDER / "reference.ctranslate2")
    save("int8_float16", FOLDER / "reference_int8_float16.ctranslate2")


if __name__ == "__main__":
    main()
