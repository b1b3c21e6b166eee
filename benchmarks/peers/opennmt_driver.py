#!/usr/bin/env python3
"""Training OpenNMT-py's Transformer with its LossCompute and its Optimizer (Adam).

The dropout inside feed-forward networks is set to 0 after building: OpenNMT-py has one rate for them and the
residuals.
"""
import sys
import types
from importlib.metadata import version

sys.modules.setdefault("fasttext", types.ModuleType("fasttext"))  # only its corpus cleaner uses it
import onmt.opts  # noqa: E402
import torch  # noqa: E402
from onmt.model_builder import build_base_model  # noqa: E402
from onmt.modules.position_ffn import PositionwiseFeedForward  # noqa: E402
from onmt.utils.loss import LossCompute  # noqa: E402
from onmt.utils.optimizers import Optimizer  # noqa: E402
from onmt.utils.parse import ArgumentParser  # noqa: E402

import training  # noqa: E402
from training import ADAM, DROPOUT, END, PAD, SMOOTHING, START, UNKNOWN  # noqa: E402


class Words(dict):
    """A vocabulary whose pieces have no names."""

    def __init__(self, size):
        super().__init__({"<blank>": PAD, "<unk>": UNKNOWN, "<s>": START, "</s>": END})
        self.size = size

    def __len__(self):
        return self.size


def arguments(setup):
    parser = ArgumentParser()
    onmt.opts.train_opts(parser)
    given = {"-data": "{}", "-save_model": "x", "-src_vocab": "x", "-tgt_vocab": "x", "-encoder_type": "transformer",
             "-decoder_type": "transformer", "-layers": setup.layers, "-heads": setup.heads, "-hidden_size": setup.dim,
             "-word_vec_size": setup.dim, "-transformer_ff": setup.feed_forward, "-dropout": DROPOUT,
             "-attention_dropout": 0.0, "-label_smoothing": SMOOTHING, "-optim": "adam",
             "-adam_beta2": ADAM["betas"][1], "-learning_rate": ADAM["lr"], "-max_grad_norm": 0, "-param_init": 0,
             "-self_attn_type": "scaled-dot"}
    flags = ["-share_vocab", "-position_encoding", "-share_embeddings", "-share_decoder_embeddings",
             "-param_init_glorot", "-add_qkvbias", "-add_ffnbias"]
    found = parser.parse_args([str(word) for item in given.items() for word in item] + flags)
    ArgumentParser.update_model_opts(found)
    ArgumentParser.validate_model_opts(found)
    return found


def make_model(options, words):
    model = build_base_model(options, {"src": words, "tgt": words, "data_task": "seq2seq"})
    for module in model.modules():  # it is built without values
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
    for weight in model.parameters():
        if weight.dim() > 1:
            torch.nn.init.xavier_uniform_(weight)
    for module in model.modules():
        if isinstance(module, PositionwiseFeedForward):
            module.dropout_1.p = 0.0
    return model


def build(setup):
    options, words = arguments(setup), Words(setup.vocabulary)
    model = make_model(options, words)
    compute = LossCompute.from_opts(options, model, words)
    optimizer = Optimizer.from_opt(model, options)

    def step(source, target_input, target_output):
        target = torch.nn.functional.pad(target_input, (0, 1), value=PAD)
        target[:, 1:] = target_output
        batch = {"src": source[:, :, None], "tgt": target[:, :, None], "srclen": (source != PAD).sum(1)}
        optimizer.zero_grad()
        output, attention = model(batch["src"], batch["tgt"], batch["srclen"], bptt=False, with_align=False)
        loss, _ = compute(batch, output, attention)
        loss = loss / int((target_output != PAD).sum())
        optimizer.backward(loss)
        optimizer.step()
        return loss.detach()

    return model, step


if __name__ == "__main__":
    training.main(version("OpenNMT-py"), build)
