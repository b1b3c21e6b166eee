#!/usr/bin/env python3
"""Training a Transformer written in plain PyTorch with care: what a good user of PyTorch gets.

Pre-norm, one product for queries, keys and values, scaled_dot_product_attention, logits only where there is no
padding, torch's fused Adam.
"""
import math

import torch
import torch.nn.functional as F
from torch import nn

import training
from training import ADAM, DROPOUT, PAD, SMOOTHING


class Attention(nn.Module):
    def __init__(self, setup, reads_memory):
        super().__init__()
        self.heads, self.reads_memory = setup.heads, reads_memory
        self.queries = nn.Linear(setup.dim, setup.dim) if reads_memory else None
        self.others = nn.Linear(setup.dim, (2 if reads_memory else 3) * setup.dim)
        self.output = nn.Linear(setup.dim, setup.dim)

    def split(self, x):
        return x.view(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)

    def forward(self, x, memory=None, mask=None, is_causal=False):
        if self.reads_memory:
            queries, (keys, values) = self.queries(x), self.others(memory).chunk(2, -1)
        else:
            queries, keys, values = self.others(x).chunk(3, -1)
        y = F.scaled_dot_product_attention(*map(self.split, (queries, keys, values)), attn_mask=mask,
                                           is_causal=is_causal)
        return self.output(y.transpose(1, 2).reshape(x.shape))


class Block(nn.Module):
    """Self-attention, in the decoder attention over the encoder, and a feed-forward network; norms before them."""

    def __init__(self, setup, is_decoder):
        super().__init__()
        self.is_decoder = is_decoder
        self.norms = nn.ModuleList(nn.LayerNorm(setup.dim) for _ in range(3 if is_decoder else 2))
        self.attention = Attention(setup, False)
        self.cross = Attention(setup, True) if is_decoder else None
        self.inner, self.outer = nn.Linear(setup.dim, setup.feed_forward), nn.Linear(setup.feed_forward, setup.dim)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, x, mask, memory=None):
        seen = self.attention(self.norms[0](x), mask=None if self.is_decoder else mask, is_causal=self.is_decoder)
        x = x + self.dropout(seen)
        if self.is_decoder:
            x = x + self.dropout(self.cross(self.norms[1](x), memory=memory, mask=mask))
        return x + self.dropout(self.outer(F.relu(self.inner(self.norms[-1](x)), inplace=True)))


class Transformer(nn.Module):
    def __init__(self, setup):
        super().__init__()
        self.dim = setup.dim
        self.embedding = nn.Embedding(setup.vocabulary, setup.dim, padding_idx=PAD)
        self.encoder = nn.ModuleList(Block(setup, False) for _ in range(setup.layers))
        self.decoder = nn.ModuleList(Block(setup, True) for _ in range(setup.layers))
        self.encoder_norm, self.decoder_norm = nn.LayerNorm(setup.dim), nn.LayerNorm(setup.dim)
        self.dropout = nn.Dropout(DROPOUT)
        half = setup.dim // 2
        angles = torch.arange(512.0)[:, None] * torch.exp(torch.arange(half) * (-math.log(10000.0) / (half - 1)))
        self.register_buffer("positions", torch.cat([angles.sin(), angles.cos()], 1))
        for weight in self.parameters():
            if weight.dim() > 1:
                nn.init.xavier_uniform_(weight)
        nn.init.normal_(self.embedding.weight, std=setup.dim ** -0.5)

    def embed(self, ids):
        return self.dropout(self.embedding(ids) * math.sqrt(self.dim) + self.positions[:ids.shape[1]])

    def loss(self, source, target_input, target_output):
        mask = (source != PAD)[:, None, None, :]
        memory = self.embed(source)
        for block in self.encoder:
            memory = block(memory, mask)
        memory = self.encoder_norm(memory)
        x = self.embed(target_input)
        for block in self.decoder:
            x = block(x, mask, memory)
        kept = target_output.reshape(-1).nonzero().squeeze(1)
        x = self.decoder_norm(x).reshape(-1, self.dim).index_select(0, kept)
        return F.cross_entropy(F.linear(x, self.embedding.weight), target_output.reshape(-1).index_select(0, kept),
                               label_smoothing=SMOOTHING)


def build(setup):
    model = Transformer(setup)
    optimizer = torch.optim.Adam(model.parameters(), fused=True, **ADAM)

    def step(*batch):
        optimizer.zero_grad(set_to_none=True)
        loss = model.loss(*batch)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return model, step


if __name__ == "__main__":
    training.main(f"torch {torch.__version__}", build)
