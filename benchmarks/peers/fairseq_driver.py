#!/usr/bin/env python3
"""Training fairseq's TransformerModel with its label-smoothed loss and its Adam, from its source tree on PYTHONPATH."""
from argparse import Namespace
from types import SimpleNamespace

import torch
import fairseq
from fairseq.criterions.label_smoothed_cross_entropy import label_smoothed_nll_loss
from fairseq.data import Dictionary
from fairseq.models.transformer import TransformerModel, base_architecture
from fairseq.optim.adam import Adam

import training
from training import ADAM, DROPOUT, END, PAD, SMOOTHING, START, UNKNOWN


def arguments(setup):
    found = Namespace(
        encoder_layers=setup.layers, decoder_layers=setup.layers,
        encoder_embed_dim=setup.dim, decoder_embed_dim=setup.dim,
        encoder_ffn_embed_dim=setup.feed_forward, decoder_ffn_embed_dim=setup.feed_forward,
        encoder_attention_heads=setup.heads, decoder_attention_heads=setup.heads,
        encoder_normalize_before=True, decoder_normalize_before=True,
        dropout=DROPOUT, attention_dropout=0.0, activation_dropout=0.0,
        share_all_embeddings=True, share_decoder_input_output_embed=True,
        max_source_positions=512, max_target_positions=512)
    base_architecture(found)
    return found


def build(setup):
    words = Dictionary(bos="<s>", pad="<pad>", eos="</s>", unk="<unk>")
    for number in range(setup.vocabulary - len(words)):
        words.add_symbol(f"t{number}")
    renumber = torch.arange(setup.vocabulary)
    theirs = [words.pad(), words.unk(), words.bos(), words.eos()]
    renumber[torch.tensor([PAD, UNKNOWN, START, END])] = torch.tensor(theirs)
    task = SimpleNamespace(source_dictionary=words, target_dictionary=words)
    model = TransformerModel.build_model(arguments(setup), task)
    optimizer = Adam(model.parameters(), **ADAM)

    def step(*batch):
        source, target_input, target_output = (renumber[ids] for ids in batch)
        target_input[:, 0] = words.eos()  # fairseq's decoder starts with it
        net = model(src_tokens=source, src_lengths=(source != words.pad()).sum(1), prev_output_tokens=target_input)
        logs = model.get_normalized_probs(net, log_probs=True)
        loss, _ = label_smoothed_nll_loss(logs.view(-1, logs.size(-1)), target_output.view(-1), SMOOTHING,
                                          ignore_index=words.pad(), reduce=True)
        loss = loss / int((target_output != words.pad()).sum())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        return loss.detach()

    return model, step


if __name__ == "__main__":
    training.main(f"{fairseq.__version__}", build)
