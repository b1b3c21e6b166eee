"""Writes models in Marian's own format: an .npz of weights, what Marian writes next to it, and vocabularies.

The weights come from a random MarianMT model (marian_models.py); its padding token, which Marian does not have, is left
out. Needs numpy and what marian_models.py needs.
"""
import io
import re

import numpy
import sentencepiece

import marian_models

# What `special:model.yml` says in addition to the sizes: the settings of the published OPUS models.
FIXED_OPTIONS = """\
bert-train-type-embeddings: true
bert-type-vocab-size: 2
dec-cell: gru
dec-cell-base-depth: 2
dec-cell-high-depth: 1
dim-rnn: 1024
enc-cell: gru
enc-cell-depth: 1
enc-type: bidirectional
input-types:
  []
layer-normalization: false
lemma-dim-emb: 0
right-left: false
skip: false
tied-embeddings-src: false
transformer-aan-activation: swish
transformer-aan-depth: 2
transformer-aan-nogate: false
transformer-decoder-autoreg: self-attention
transformer-depth-scaling: false
transformer-dim-aan: 2048
transformer-ffn-depth: 2
transformer-guided-alignment-layer: last
transformer-no-projection: false
transformer-pool: false
transformer-postprocess: dan
transformer-postprocess-emb: d
transformer-postprocess-top: ""
transformer-preprocess: ""
transformer-tied-layers:
  []
transformer-train-position-embeddings: false
type: transformer
ulr: false
ulr-dim-emb: 0
ulr-trainable-transformation: false
version: v1.9.0 2020-02-12 16:58:43 +0000
"""
ATTENTION = {"Wq": "q_proj", "Wk": "k_proj", "Wv": "v_proj", "Wo": "out_proj"}


def numpy_of(tensor):
    return tensor.detach().numpy().astype(numpy.float32)


def set_linear(arrays, weight_name, bias_name, linear):
    arrays[weight_name] = numpy.ascontiguousarray(numpy_of(linear.weight).T)
    arrays[bias_name] = numpy_of(linear.bias)[None, :]


def set_norm(arrays, name, norm):
    arrays[f"{name}_ln_scale"] = numpy_of(norm.weight)[None, :]
    arrays[f"{name}_ln_bias"] = numpy_of(norm.bias)[None, :]


def set_attention(arrays, name, attention, norm):
    for matrix, attribute in ATTENTION.items():
        set_linear(arrays, f"{name}_{matrix}", f"{name}_b{matrix[1]}", getattr(attention, attribute))
    set_norm(arrays, f"{name}_Wo", norm)


def set_layer(arrays, name, layer):
    set_attention(arrays, f"{name}_self", layer.self_attn, layer.self_attn_layer_norm)
    if hasattr(layer, "encoder_attn"):
        set_attention(arrays, f"{name}_context", layer.encoder_attn, layer.encoder_attn_layer_norm)
    set_linear(arrays, f"{name}_ffn_W1", f"{name}_ffn_b1", layer.fc1)
    set_linear(arrays, f"{name}_ffn_W2", f"{name}_ffn_b2", layer.fc2)
    set_norm(arrays, f"{name}_ffn_ffn", layer.final_layer_norm)


def set_tables(arrays, made):
    model, shape = made.model, made.shape
    source, target = (numpy_of(side.embed_tokens.weight)[:-1] for side in (model.get_encoder(), model.get_decoder()))
    if shape.separate:
        arrays.update({"encoder_Wemb": source, "decoder_Wemb": target})
    else:
        arrays["Wemb"] = source
    if not shape.tie_output:
        arrays["decoder_ff_logit_out_W"] = numpy.ascontiguousarray(numpy_of(model.lm_head.weight)[:-1].T)
    arrays["decoder_ff_logit_out_b"] = numpy_of(model.final_logits_bias)[:, :-1]


def options(made):
    """The text of special:model.yml."""
    shape = made.shape
    assert shape.heads[0] == shape.heads[1] and shape.zero_pad_row and shape.scale_embedding
    sizes = {"dec-depth": shape.layers[1], "enc-depth": shape.layers[0], "dim-emb": shape.dim,
             "tied-embeddings": str(shape.separate and shape.tie_output).lower(),
             "tied-embeddings-all": str(not shape.separate).lower(),
             "transformer-dim-ffn": shape.inner[0], "transformer-heads": shape.heads[0],
             "transformer-ffn-activation": shape.activation}
    if shape.inner[0] != shape.inner[1]:
        sizes["transformer-decoder-dim-ffn"] = shape.inner[1]
    lines = FIXED_OPTIONS + "".join(f"{key}: {value}\n" for key, value in sizes.items())
    counts = (len(made.vocabulary.source) - 1, len(made.vocabulary.target) - 1)
    return lines + "dim-vocabs:\n  - {}\n  - {}\n".format(*counts)


def yaml_key(token):
    """A token as yaml-cpp writes it: plain where that is possible, else in double quotes."""
    if re.fullmatch(r"[^\W_]+|▁[^\W_]*", token):
        return token
    return '"' + token.replace("\\", "\\\\").replace('"', '\\"') + '"'


def write_vocabulary(path, tokens):
    """vocab.yml without the padding token."""
    lines = [f"{yaml_key(token)}: {i}\n" for token, i in tokens.items() if token != marian_models.PAD]
    path.write_text("".join(lines), encoding="utf-8")


def write_decoder_options(folder, vocabularies):
    """What Marian's decoder reads; published models have it as decoder.yml."""
    text = "relative-paths: true\nmodels:\n  - model.npz\nvocabs:\n"
    text += "".join(f"  - {name}\n" for name in vocabularies)
    text += "beam-size: 4\nnormalize: 1\nword-penalty: 0\nmini-batch: 16\nmaxi-batch: 100\nmaxi-batch-sort: src\n"
    (folder / "model.npz.decoder.yml").write_text(text, encoding="utf-8")


def write_model(made, vocabularies, compress=False):
    """Writes model.npz and model.npz.decoder.yml; returns the path of the first."""
    arrays = {}
    for side, stack in (("encoder", made.model.get_encoder()), ("decoder", made.model.get_decoder())):
        for i, layer in enumerate(stack.layers):
            set_layer(arrays, f"{side}_l{i + 1}", layer)
    set_tables(arrays, made)
    text = options(made).encode() + b"\0"
    arrays["special:model.yml"] = numpy.frombuffer(text, dtype=numpy.int8)
    path = made.folder / "model.npz"
    (numpy.savez_compressed if compress else numpy.savez)(path, **arrays)
    write_decoder_options(made.folder, vocabularies)
    return path


def make_with_yaml(shape, texts, folder, compress=False):
    """A model of the older kind: vocab.yml next to source.spm and target.spm. Returns (the random model, its .npz)."""
    made = marian_models.make_model(shape, texts, folder)
    names = ("source.vocab.yml", "target.vocab.yml") if shape.separate else ("vocab.yml", "vocab.yml")
    for name, tokens in zip(names, (made.vocabulary.source, made.vocabulary.target)):
        write_vocabulary(made.folder / name, tokens)
    return made, write_model(made, names, compress)


def marian_pieces(lines, size, path):
    """A SentencePiece model as Marian trains it itself: end 0, unknown 1, no begin. Returns the ids, and padding's."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, vocab_size=size, model_type="unigram", minloglevel=2,
        num_threads=1, bos_id=-1, eos_id=0, unk_id=1)
    path.write_bytes(model.getvalue())
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    tokens = {processor.id_to_piece(i): i for i in range(processor.get_piece_size())}
    return dict(tokens, **{marian_models.PAD: len(tokens)})


def make_with_pieces(shape, texts, folder):
    """A model whose vocabularies are .spm files. The .yml ones next to them are for programs that know no others."""
    folder.mkdir(parents=True)
    if shape.separate:
        names = ("source.spm", "target.spm")
        sides = [marian_pieces(lines, shape.pieces, folder / name) for lines, name in zip(texts, names)]
    else:
        names = ("both.spm", "both.spm")
        sides = [marian_pieces(texts[0] + texts[1], 2 * shape.pieces, folder / names[0])] * 2
    made = marian_models.make_model(shape, texts, folder, vocabulary=marian_models.Vocabulary(*sides))
    for name, tokens in zip(("source.reference.yml", "target.reference.yml"), sides):
        write_vocabulary(folder / name, tokens)
    return made, write_model(made, names)
