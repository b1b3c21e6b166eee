"""The model of small_marian.py as Marian itself stores it, made with the standard library alone."""
import json
import struct
import zipfile

import small_marian

OPTIONS = f"""\
type: transformer
dim-emb: {small_marian.DIM}
enc-depth: {small_marian.LAYERS}
dec-depth: {small_marian.LAYERS}
transformer-heads: 2
transformer-dim-ffn: {small_marian.INNER}
transformer-ffn-activation: swish
tied-embeddings-all: true
"""
PARTS = {"q": "q_proj", "k": "k_proj", "v": "v_proj", "o": "out_proj"}
SCOPES = {"self": "self_attn", "context": "encoder_attn"}


def transposed(tensor):
    kind, (rows, columns), data = tensor
    values = struct.unpack(f"<{rows * columns}f", data)
    moved = [values[row * columns + column] for column in range(columns) for row in range(rows)]
    return kind, [columns, rows], struct.pack(f"<{len(moved)}f", *moved)


def as_row(tensor):
    kind, shape, data = tensor
    return kind, [1, *shape], data


def arrays_of(size):
    """Marian's names and layout for the tensors of a model with `size` tokens."""
    tensors = small_marian.model_tensors(size)
    arrays = {"Wemb": tensors["model.shared.weight"], "decoder_ff_logit_out_b": tensors["final_logits_bias"]}
    for side, scopes in (("encoder", ("self",)), ("decoder", ("self", "context"))):
        for i in range(small_marian.LAYERS):
            old, new = f"model.{side}.layers.{i}.", f"{side}_l{i + 1}_"
            for scope in scopes:
                for letter, part in PARTS.items():
                    arrays[f"{new}{scope}_W{letter}"] = transposed(tensors[f"{old}{SCOPES[scope]}.{part}.weight"])
                    arrays[f"{new}{scope}_b{letter}"] = as_row(tensors[f"{old}{SCOPES[scope]}.{part}.bias"])
                for end, name in (("scale", "weight"), ("bias", "bias")):
                    arrays[f"{new}{scope}_Wo_ln_{end}"] = as_row(tensors[f"{old}{SCOPES[scope]}_layer_norm.{name}"])
            for n in "12":
                arrays[f"{new}ffn_W{n}"] = transposed(tensors[f"{old}fc{n}.weight"])
                arrays[f"{new}ffn_b{n}"] = as_row(tensors[f"{old}fc{n}.bias"])
            for end, name in (("scale", "weight"), ("bias", "bias")):
                arrays[f"{new}ffn_ffn_ln_{end}"] = as_row(tensors[f"{old}final_layer_norm.{name}"])
    return arrays


def npy(shape, kind, data):
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': ({', '.join(map(str, shape))},), }}"
    header += " " * (63 - (len(header) + 10) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data


def write_vocabulary(path, pieces):
    """In the form that the name of the file says: YAML, JSON, SentencePiece's list with scores, or plain."""
    if path.suffix == ".yml":
        lines = [json.dumps(piece, ensure_ascii=False) + f": {i}" for i, piece in enumerate(pieces)]
    elif path.suffix == ".json":
        lines = [json.dumps({piece: i for i, piece in enumerate(pieces)}, ensure_ascii=False)]
    elif path.suffix == ".vocab":
        lines = [f"{piece}\t{-0.25 * i}" for i, piece in enumerate(pieces)]
    else:
        lines = pieces
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def write_model(folder, spm, vocabulary, extra=()):
    """Writes model.npz and what belongs to it; returns its path. `vocabulary` is the name of the file."""
    folder.mkdir()
    pieces = ["</s>", "<unk>", *reversed([piece for piece in small_marian.pieces_of(spm)
                                          if piece not in ("<pad>", "<unk>", "<s>", "</s>")]), *extra]
    write_vocabulary(folder / vocabulary, pieces)
    for name in ("source.spm", "target.spm"):
        (folder / name).write_bytes(spm)
    text = OPTIONS.encode() + b"\0"
    with zipfile.ZipFile(folder / "model.npz", "w") as file:
        for name, (_, shape, data) in arrays_of(len(pieces)).items():
            file.writestr(name + ".npy", npy(shape, "<f4", data))
        file.writestr("special:model.yml.npy", npy([len(text)], "|i1", text))
    (folder / "decoder.yml").write_text(f"relative-paths: true\nmodels:\n  - model.npz\nvocabs:\n  - {vocabulary}\n"
                                        f"  - {vocabulary}\nbeam-size: 4\nnormalize: 1\n")
    return folder / "model.npz"
