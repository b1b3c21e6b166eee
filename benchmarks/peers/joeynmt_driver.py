#!/usr/bin/env python3
"""Training JoeyNMT's Transformer with its Batch, its smoothed loss and torch's Adam, as its own training does.

The dropout inside feed-forward networks and attention is set to 0 after building: JoeyNMT has one rate for all.
"""
import copy
from importlib.metadata import version
from types import SimpleNamespace

import torch
from joeynmt.batch import Batch
from joeynmt.model import build_model
from joeynmt.transformer_layers import MultiHeadedAttention, PositionwiseFeedForward
from joeynmt.vocabulary import Vocabulary

import training
from training import ADAM, DROPOUT, END, PAD, SMOOTHING, START, UNKNOWN


def make_vocabulary(size):
    special = SimpleNamespace(unk_token="<unk>", pad_token="<pad>", bos_token="<s>", eos_token="</s>", sep_token=None,
                              unk_id=0, pad_id=1, bos_id=START, eos_id=END, sep_id=None, lang_tags=[])
    return Vocabulary([f"t{number}" for number in range(4, size)], special)


def make_model(setup, words):
    side = {"type": "transformer", "num_layers": setup.layers, "num_heads": setup.heads, "hidden_size": setup.dim,
            "ff_size": setup.feed_forward, "dropout": DROPOUT, "layer_norm": "pre", "activation": "relu",
            "embeddings": {"embedding_dim": setup.dim, "scale": True, "dropout": DROPOUT}}
    model = build_model({"tied_embeddings": True, "tied_softmax": True, "initializer": "xavier_uniform",
                         "embed_initializer": "xavier_uniform", "encoder": copy.deepcopy(side),
                         "decoder": copy.deepcopy(side)}, words, words)
    model.loss_function = ("crossentropy", SMOOTHING)  # its setter makes the loss
    for module in model.modules():
        if isinstance(module, PositionwiseFeedForward):
            next(part for part in module.pwff_layer if isinstance(part, torch.nn.Dropout)).p = 0.0
        if isinstance(module, MultiHeadedAttention):
            module.dropout.p = 0.0
    return model


def build(setup):
    words = make_vocabulary(setup.vocabulary)
    model = make_model(setup, words)
    optimizer = torch.optim.Adam(model.parameters(), **ADAM)
    renumber = torch.arange(setup.vocabulary)
    renumber[torch.tensor([PAD, UNKNOWN])] = torch.tensor([words.pad_index, words.unk_index])

    def step(*batch):
        source, target_input, target_output = (renumber[ids] for ids in batch)
        target = torch.nn.functional.pad(target_input, (0, 1), value=words.pad_index)
        target[:, 1:] = target_output
        given = Batch(src=source, src_length=(source != words.pad_index).sum(1), src_prompt_mask=None, trg=target,
                      trg_prompt_mask=None, indices=torch.arange(len(source)), device=torch.device("cpu"),
                      pad_index=words.pad_index, eos_index=END, is_train=True)
        given.sort_by_src_length()
        loss, _, _, correct = model(return_type="loss", **vars(given))
        loss = given.normalize(loss, "tokens")
        loss.backward()
        correct.item()
        optimizer.step()
        optimizer.zero_grad()
        return loss.detach()

    return model, step


if __name__ == "__main__":
    training.main(version("joeynmt"), build)
