"""What the training drivers share: race.py's batches, tensors of a batch, and the loop that times updates.

A driver gives `build(setup)`, which returns the model and `step(source, target_input, target_output)`: zero gradients,
forward, backward, update; it returns the loss of a target token. Numbers of pieces: 0 padding, 1 unknown, 2 start, 3
end.
"""
import argparse
import json
import time
from dataclasses import dataclass

import torch

PAD, UNKNOWN, START, END = range(4)
DROPOUT = 0.1           # on residuals and embeddings; 0 in feed-forward networks and attention
SMOOTHING = 0.1
ADAM = {"lr": 1e-4, "betas": (0.9, 0.98), "eps": 1e-9}


@dataclass
class Setup:
    layers: int
    dim: int
    heads: int
    feed_forward: int
    vocabulary: int


def tensors(batch):
    """[source with end, start + target, target with end], each [rows, longest], padded on the right."""
    sources, targets = [pair[0] for pair in batch], [pair[1] for pair in batch]
    rows = [[source + [END] for source in sources], [[START] + target for target in targets],
            [target + [END] for target in targets]]
    result = []
    for side in rows:
        longest = max(map(len, side))
        result.append(torch.tensor([row + [PAD] * (longest - len(row)) for row in side]))
    return result


def placed(step, options):
    """The same step on the device, with autocast for bfloat16."""
    if options.device == "cpu" and options.precision == "float32":
        return step

    def moved(*batch):
        with torch.autocast(options.device, torch.bfloat16, enabled=options.precision == "bfloat16"):
            return step(*(tensor.to(options.device) for tensor in batch))
    return moved


def time_updates(batches, step):
    """Seconds of each update, and the losses."""
    seconds, losses, processor = [], [], []
    for batch in batches:
        begin, used = time.perf_counter(), time.process_time()
        losses.append(float(step(*tensors(batch))))
        seconds.append(time.perf_counter() - begin)
        processor.append(time.process_time() - used)
    return seconds, losses, processor


def main(version, build):
    parser = argparse.ArgumentParser()
    parser.add_argument("--batches", help="the file that race.py writes")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--warmup", type=int, default=3, help="updates that are left out")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--precision", default="float32", choices=["float32", "bfloat16"])
    parser.add_argument("--check", action="store_true", help="only show that the program can be loaded")
    options = parser.parse_args()
    if options.check:
        return print(json.dumps({"version": version}))
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    with open(options.batches, encoding="utf-8") as file:
        found = json.load(file)
    size = found["size"]
    model, step = build(Setup(size["layers"], size["dim"], size["heads"], size["feed_forward"], found["vocabulary"]))
    model.to(options.device).train()
    seconds, losses, processor = time_updates(found["batches"], placed(step, options))
    print(json.dumps({"version": version, "seconds": seconds[options.warmup:], "losses": losses,
                      "processor": sum(processor[options.warmup:]),
                      "parameters": sum(weight.numel() for weight in model.parameters() if weight.requires_grad)}))
