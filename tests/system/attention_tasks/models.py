"""The models of the tasks, as the groups of a configuration's `model`."""

DIM = 64


def blocks(*sublayers, repeat=1, norm="pre"):
    return {"blocks": {"repeat": repeat, "norm": norm, "sublayers": list(sublayers)}}


def ffn():
    return {"ffn": {"hidden": 2 * DIM}}


def self_attention(**keys):
    return {"self_attention": {"heads": 4, **keys}}


def block_decoder(repeat=2, cross=None, own=None):
    return blocks({"self_attention": {"heads": 4, "mask": "causal", **(own or {})}},
                  {"cross_attention": {"heads": 4, **(cross or {})}}, ffn(), repeat=repeat)


def block_model(encoder, position="sinusoidal", decoder=None, **keys):
    return {"dim": DIM, "position": position, "encoder": encoder, "decoder": decoder or block_decoder(), **keys}


def transformer(position="sinusoidal", cross=None, own=None, **keys):
    """2 + 2 blocks, pre-norm. `own` are further keys of every self-attention, `cross` of every cross-attention."""
    encoder = blocks(self_attention(**(own or {})), ffn(), repeat=2)
    return block_model(encoder, position, block_decoder(2, cross, own), **keys)


def recurrent(cell="gru", **keys):
    return {"rnn": {"cell": cell, "bidirectional": True, **keys}, "combine": "replace"}


def rnn_model(attention, attend="after", encoder=None, **keys):
    """A bidirectional GRU and a GRU decoder. `attention` "none" = the fixed context of the last states."""
    decoder = {"kind": "rnn", "cell": "gru", "attend": attend, "bridge": "linear", "attention": attention}
    if attend == "before":
        decoder["readout"] = "maxout"
    elif attention != "none":
        decoder.update(input_feeding=True, readout="attentional")
    decoder.update(keys)
    return {"dim": DIM, "position": "none", "encoder": encoder or blocks(recurrent(), norm="none"), "decoder": decoder}


def equal_width_encoder():
    """Both directions added up: as wide as the decoder's state, as dot and cosine without projections need it."""
    return blocks(recurrent(merge="sum"), norm="none")


def word_keeping_encoder():
    """Both directions added to the word itself, so that no state is about another word than its own."""
    return blocks({"rnn": {"cell": "gru", "bidirectional": True, "merge": "sum"}}, norm="none")


def answer_reader():
    """A decoder that sees the first two source words only while it says its first word.

    What the answer is must therefore be found by the encoder, which is what the recall tasks are to measure.
    """
    return block_decoder(1, {"heads": 1, "align": "local_m", "window": 1})


def directional(masks, **keys):
    """DiSAN's token-to-token attention, a branch for each mask, and a block decoder that knows no positions either."""
    attention = {"heads": 1, "score": "additive", "granularity": "feature", "clip": 5}
    branches = [blocks({"self_attention": {**attention, "mask": mask}, "pre_dense": "elu", "combine": "fusion"},
                       norm="none") for mask in masks]
    return block_model({"levels": [{"branches": branches}]}, "none", block_decoder(1), **keys)
