#!/usr/bin/env python3
"""Writes tests/golden/train/*.safetensors, for tests/train/pytorch_reference_test.cpp: ten updates of two small
Transformers, trained in float64 by PyTorch's own layers, optimizer and loss. Nothing here comes from Regard but the
names of its parameters.

Needs: pip install torch==2.13.0 safetensors==0.8.0 numpy
Run from the root of the repository: python3 scripts/golden/make_training_golden.py
With --check nothing is written; the files are compared with what would be.
"""

import argparse
import dataclasses
import math
import pathlib
import random

import torch
from safetensors.torch import load_file, save_file
from torch import nn

FOLDER = pathlib.Path("tests/golden/train")
DIM, HEADS, BLOCKS, FEED_FORWARD = 16, 2, 2, 32
PAD, START, END = 0, 2, 3
FIRST_WORD = 4  # smaller ids have a role
UPDATES, PEAK, WARMUP = 10, 5e-3, 4
SMOOTHING, CLIP_NORM = 0.1, 1.0
# Per batch, the lengths of its sources and of its targets.
LENGTHS = [([5, 2, 7, 3], [4, 6, 1, 5]), ([1, 9, 4], [8, 3, 2]), ([6, 6, 2, 8, 1], [7, 2, 5, 9, 3])]


@dataclasses.dataclass(frozen=True)
class Variant:
    """A model, and which random numbers it starts from."""

    name: str
    is_pre_norm: bool
    activation: str
    is_tied: bool  # source and target embedding and the output are one matrix; else three
    source_vocabulary: int
    target_vocabulary: int
    seed: int


# Of these seeds no gradient nearly vanishes. Adam would divide it by its size, and so move that weight by the rounding
# errors of the program that is compared.
VARIANTS = [
    Variant("pre_norm", True, "relu", True, 23, 23, 28),
    Variant("post_norm", False, "gelu", False, 23, 19, 18),
]


class Reference(nn.Module):
    """Vaswani et al. 2017 out of torch.nn, without dropout."""

    def __init__(self, variant):
        super().__init__()
        options = {"dim_feedforward": FEED_FORWARD, "dropout": 0.0, "activation": variant.activation,
                   "batch_first": True, "norm_first": variant.is_pre_norm}
        final_norms = [nn.LayerNorm(DIM) if variant.is_pre_norm else None for _ in range(2)]
        self.source_embedding = nn.Embedding(variant.source_vocabulary, DIM)
        self.target_embedding = nn.Embedding(variant.target_vocabulary, DIM)
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(DIM, HEADS, **options), BLOCKS, final_norms[0],
                                             enable_nested_tensor=False)
        self.decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(DIM, HEADS, **options), BLOCKS, final_norms[1])
        self.output = nn.Linear(DIM, variant.target_vocabulary, bias=False)
        if variant.is_tied:
            self.target_embedding.weight = self.output.weight = self.source_embedding.weight

    def forward(self, source, source_lengths, target, target_lengths):
        source_padding = padding_of(source, source_lengths)
        memory = self.encoder(self.embed(self.source_embedding, source), src_key_padding_mask=source_padding)
        positions = target.shape[1]
        future = torch.ones(positions, positions, dtype=torch.bool).triu(1)
        hidden = self.decoder(self.embed(self.target_embedding, target), memory, tgt_mask=future,
                              tgt_key_padding_mask=padding_of(target, target_lengths),
                              memory_key_padding_mask=source_padding)
        return self.output(hidden)

    @staticmethod
    def embed(embedding, ids):
        return embedding(ids) * math.sqrt(DIM) + sinusoids(ids.shape[1])


def sinusoids(positions):
    """Section 3.5 of the paper: sin in the even, cos in the odd dimensions."""
    angles = torch.arange(positions).unsqueeze(1) / 10000.0 ** (torch.arange(0, DIM, 2) / DIM)
    return torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)


def padding_of(ids, lengths):
    """True where a row is over, as torch.nn wants it."""
    return torch.arange(ids.shape[1]).unsqueeze(0) >= lengths.unsqueeze(1)


def regard_names(variant):
    """Regard's name of each parameter -> the name here."""
    names = {"encoder.embedding.weight": "source_embedding.weight"}
    if not variant.is_tied:
        names |= {"decoder.embedding.weight": "target_embedding.weight", "output.weight": "output.weight"}
    sublayers = {"encoder": ["self_attention", "ffn"], "decoder": ["self_attention", "cross_attention", "ffn"]}
    attentions = {"self_attention": "self_attn", "cross_attention": "multihead_attn"}
    for side, kinds in sublayers.items():
        for block in range(BLOCKS):
            for number, kind in enumerate(kinds, start=1):
                ours, theirs = f"{side}.blocks.{block}.{kind}", f"{side}.layers.{block}"
                for part in ("weight", "bias"):
                    names[f"{ours}.norm.{part}"] = f"{theirs}.norm{number}.{part}"
                    if kind == "ffn":
                        names[f"{ours}.network.inner.{part}"] = f"{theirs}.linear1.{part}"
                        names[f"{ours}.network.outer.{part}"] = f"{theirs}.linear2.{part}"
                    else:
                        attention = f"{theirs}.{attentions[kind]}"
                        names[f"{ours}.attention.in_projection.{part}"] = f"{attention}.in_proj_{part}"
                        names[f"{ours}.attention.out_projection.{part}"] = f"{attention}.out_proj.{part}"
        if variant.is_pre_norm:
            names |= {f"{side}.blocks.final_norm.{part}": f"{side}.norm.{part}" for part in ("weight", "bias")}
    return names


def parameters_of(model, variant):
    """The parameters by Regard's names. Each is there, and each once."""
    ours = dict(model.named_parameters())
    names = regard_names(variant)
    assert sorted(names.values()) == sorted(ours), set(names.values()) ^ set(ours)
    return {name: ours[theirs] for name, theirs in names.items()}


def initial_weight(name, shape, numbers):
    """Every value is random, so that a bias or a norm that is lost shows. float32, as a model file holds it."""
    normal = torch.tensor([numbers.gauss(0.0, 1.0) for _ in range(math.prod(shape))]).reshape(shape)
    if len(shape) == 1:
        values = 0.2 * normal + (1.0 if "norm." in name and name.endswith("weight") else 0.0)
    else:
        values = normal / math.sqrt(shape[1])
    return values.float()


def padded(rows):
    """Rows of ids as [rows, positions], and their lengths."""
    tensors = [torch.tensor(row) for row in rows]
    return nn.utils.rnn.pad_sequence(tensors, batch_first=True, padding_value=PAD), torch.tensor([*map(len, rows)])


def random_batches(variant, numbers):
    """Sources and targets of each batch as lists of ids, without marks."""
    def rows(lengths, vocabulary):
        return [[numbers.randrange(FIRST_WORD, vocabulary) for _ in range(length)] for length in lengths]

    return [(rows(sources, variant.source_vocabulary), rows(targets, variant.target_vocabulary))
            for sources, targets in LENGTHS]


def loss_of(model, sources, targets):
    """Label-smoothed cross-entropy per target token, the end marks counted."""
    logits = model(*padded([row + [END] for row in sources]), *padded([[START] + row for row in targets]))
    wanted, lengths = padded([row + [END] for row in targets])
    is_real = ~padding_of(wanted, lengths)
    return nn.functional.cross_entropy(logits[is_real], wanted[is_real], label_smoothing=SMOOTHING)


def train(model, parameters, batches):
    """The updates: their losses, their gradient norms before clipping, and the gradients of the first."""
    optimizer = torch.optim.Adam(parameters.values(), lr=PEAK, betas=(0.9, 0.98), eps=1e-9)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda done: min((done + 1) / WARMUP, math.sqrt(WARMUP / (done + 1))))
    losses, norms, gradients = [], [], {}
    for update in range(UPDATES):
        optimizer.zero_grad()
        loss = loss_of(model, *batches[update % len(batches)])
        loss.backward()
        gradients = gradients or {name: tensor.grad.clone() for name, tensor in parameters.items()}
        norms.append(nn.utils.clip_grad_norm_(parameters.values(), CLIP_NORM).item())
        losses.append(loss.item())
        optimizer.step()
        schedule.step()
    return losses, norms, gradients


def golden_of(variant):
    """The tensors of a variant's file."""
    numbers = random.Random(variant.seed)
    batches = random_batches(variant, numbers)
    model = Reference(variant).train()
    parameters = parameters_of(model, variant)
    tensors = {}
    for index, (sources, targets) in enumerate(batches):
        for side, rows in (("source", sources), ("target", targets)):
            tensors[f"batch.{index}.{side}.ids"], tensors[f"batch.{index}.{side}.lengths"] = padded(rows)
    for name, tensor in parameters.items():
        tensors[f"initial.{name}"] = initial_weight(name, tensor.shape, numbers)
        tensor.data.copy_(tensors[f"initial.{name}"])
    losses, norms, gradients = train(model, parameters, batches)
    assert min(norms) < CLIP_NORM < max(norms), f"{variant.name}: not both clipped and not clipped: {norms}"
    tensors |= {"losses": torch.tensor(losses), "gradient_norms": torch.tensor(norms)}
    tensors |= {f"gradient.{name}": tensor.float() for name, tensor in gradients.items()}
    tensors |= {f"final.{name}": tensor.detach().float() for name, tensor in parameters.items()}
    return tensors


def check(path, expected):
    """What is drawn must be equal, what is computed within the float32 it is stored in."""
    stored = load_file(path)
    assert stored.keys() == expected.keys(), f"{path}: other tensors: {stored.keys() ^ expected.keys()}"
    for name, tensor in expected.items():
        is_drawn = name.startswith(("batch.", "initial."))
        tolerance = {"rtol": 0.0, "atol": 0.0} if is_drawn else {"rtol": 1e-6, "atol": 1e-9}
        torch.testing.assert_close(stored[name], tensor, **tolerance, msg=lambda text: f"{path}: {name}: {text}")
    print(f"{path}: {len(expected)} tensors as computed")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare the files instead of writing them")
    arguments = parser.parse_args()
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    for variant in VARIANTS:
        path = FOLDER / f"{variant.name}.safetensors"
        tensors = golden_of(variant)
        if arguments.check:
            check(path, tensors)
        else:
            FOLDER.mkdir(parents=True, exist_ok=True)
            save_file(tensors, path, {"made_by": f"scripts/golden/make_training_golden.py, torch {torch.__version__}"})


if __name__ == "__main__":
    main()
