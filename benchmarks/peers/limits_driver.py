#!/usr/bin/env python3
"""Best and median rates of matrix products (float32, bfloat16) and of copying memory, as race.py asks for them; JSON.

Products: 2048 x 2048 x 2048, and four shapes of a small Transformer with 4,096 tokens. Without bfloat16 instructions
that product takes a minute, so it is one of 256 x 256 x 256 there.
"""
import argparse
import json
import statistics
import time

import torch

SHAPES = [(2048, 2048, 2048), (4096, 256, 768), (4096, 256, 1024), (4096, 512, 2048), (4096, 256, 8000)]


def processor():
    """Its name, and the flags that matter here."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        lines = dict(line.partition(":")[::2] for line in file.read().replace("\t", "").splitlines() if ":" in line)
    flags = [flag for flag in lines.get("flags", "").split() if flag.startswith(("avx", "amx", "fma", "f16c"))]
    return lines.get("model name", "unknown").strip(), flags


def rates(work, unit, repeats, action, wait=lambda: None):
    action()
    wait()
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        action()
        wait()
        times.append(time.perf_counter() - begin)
    return {"best": work / min(times) / 1e9, "median": work / statistics.median(times) / 1e9, "unit": unit}


def product(shape, kind, repeats, device="cpu"):
    rows, inner, columns = shape
    left, right = (torch.randn(side, inner).to(device, kind) for side in (rows, columns))
    out = torch.empty(rows, columns, dtype=kind, device=device)
    name = f"{str(kind).removeprefix('torch.')} product {rows} x {inner} x {columns}"
    return {"what": name, **rates(2 * rows * inner * columns, "GFLOP/s", repeats,
                                  lambda: torch.mm(left, right.t(), out=out),
                                  torch.cuda.synchronize if device == "cuda" else lambda: None)}


def on_gpu(options):
    """The products of one type, and a large one that fills the chip."""
    kind = getattr(torch, options.only or "bfloat16")
    return [product(shape, kind, options.repeats, "cuda") for shape in [*SHAPES, (8192, 8192, 8192)]]


def copy(repeats):
    source = torch.zeros(64 << 20)
    target = torch.zeros(64 << 20)
    return {"what": "copy of 256 MiB, read + write", **rates(2 * 4 * source.numel(), "GB/s", repeats,
                                                             lambda: target.copy_(source))}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--only", choices=["float32", "bfloat16"], help="the products of this type alone")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    name, flags = processor()
    has_bfloat16 = bool({"avx512_bf16", "amx_bf16"} & set(flags))
    rows = [{"threads": 0, **row} for row in on_gpu(options)] if options.device == "cuda" else []
    for threads in options.threads if options.device == "cpu" else []:
        torch.set_num_threads(threads)
        kind = getattr(torch, options.only or "float32")
        found = [product(shape, kind, options.repeats) for shape in SHAPES]
        if not options.only:
            side = 2048 if has_bfloat16 else 256
            found += [product((side, side, side), torch.bfloat16, options.repeats), copy(options.repeats)]
        rows += [{"threads": threads, **row} for row in found]
    print(json.dumps({"processor": name, "flags": " ".join(flags), "torch": torch.__version__,
                      "capability": torch.backends.cpu.get_cpu_capability(), "rows": rows}))


if __name__ == "__main__":
    main()
