"""A tiny MarianMT directory, made with the standard library alone."""
import json
import random
import struct

SIZES = {"F32": 4, "F16": 2, "I64": 8}
DIM, INNER, LAYERS = 8, 12, 1


def read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    """(number, bytes or integer) of each field of a protobuf message."""
    at = 0
    while at < len(data):
        key, at = read_varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = read_varint(data, at)
        else:
            length = {1: 8, 5: 4}.get(kind)
            if length is None:
                length, at = read_varint(data, at)
            value = data[at:at + length]
            at += length
        yield key >> 3, value


def pieces_of(spm):
    """The pieces of a SentencePiece model, in the order of their ids."""
    return [dict(fields(message))[1].decode() for number, message in fields(spm) if number == 1]


def write_safetensors(path, tensors, metadata=None):
    """`tensors`: name -> (kind, shape, bytes)."""
    header, at = {"__metadata__": metadata or {"format": "pt"}}, 0
    for name, (kind, shape, content) in tensors.items():
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [at, at + len(content)]}
        at += len(content)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(tensor[2] for tensor in tensors.values()))


def drawn(rng, *shape):
    count = 1
    for size in shape:
        count *= size
    return "F32", list(shape), struct.pack(f"<{count}f", *(rng.gauss(0, 0.5) for _ in range(count)))


def attention_tensors(rng, name, norm):
    tensors = {}
    for part in ("q", "k", "v", "out"):
        tensors[f"{name}.{part}_proj.weight"] = drawn(rng, DIM, DIM)
        tensors[f"{name}.{part}_proj.bias"] = drawn(rng, DIM)
    tensors[f"{norm}.weight"] = drawn(rng, DIM)
    tensors[f"{norm}.bias"] = drawn(rng, DIM)
    return tensors


def layer_tensors(rng, side, i):
    name = f"model.{side}.layers.{i}"
    tensors = attention_tensors(rng, f"{name}.self_attn", f"{name}.self_attn_layer_norm")
    if side == "decoder":
        tensors.update(attention_tensors(rng, f"{name}.encoder_attn", f"{name}.encoder_attn_layer_norm"))
    tensors.update({f"{name}.fc1.weight": drawn(rng, INNER, DIM), f"{name}.fc1.bias": drawn(rng, INNER),
                    f"{name}.fc2.weight": drawn(rng, DIM, INNER), f"{name}.fc2.bias": drawn(rng, DIM),
                    f"{name}.final_layer_norm.weight": drawn(rng, DIM),
                    f"{name}.final_layer_norm.bias": drawn(rng, DIM)})
    return tensors


def model_tensors(size, seed=1):
    """All tensors of a model with `size` tokens."""
    rng = random.Random(seed)
    tensors = {"final_logits_bias": ("F32", [1, size], bytes(4 * size)), "model.shared.weight": drawn(rng, size, DIM)}
    for side in ("encoder", "decoder"):
        for i in range(LAYERS):
            tensors.update(layer_tensors(rng, side, i))
    return tensors


def model_config(size):
    return {
        "activation_dropout": 0.0, "activation_function": "swish", "add_bias_logits": False,
        "add_final_layer_norm": False, "architectures": ["MarianMTModel"], "attention_dropout": 0.0,
        "bad_words_ids": [[size - 1]], "bos_token_id": 0, "d_model": DIM, "decoder_attention_heads": 2,
        "decoder_ffn_dim": INNER, "decoder_layers": LAYERS, "decoder_start_token_id": size - 1,
        "decoder_vocab_size": size, "dropout": 0.1, "encoder_attention_heads": 2, "encoder_ffn_dim": INNER,
        "encoder_layers": LAYERS, "eos_token_id": 0, "forced_eos_token_id": 0, "is_encoder_decoder": True,
        "max_length": 32, "max_position_embeddings": 64, "model_type": "marian", "normalize_before": False,
        "normalize_embedding": False, "num_beams": 2, "pad_token_id": size - 1, "scale_embedding": True,
        "share_encoder_decoder_embeddings": True, "static_position_embeddings": True, "tie_word_embeddings": True,
        "vocab_size": size,
    }


def write_directory(folder, spm):
    """Writes a MarianMT directory for this SentencePiece model (its bytes)."""
    folder.mkdir()
    pieces = [piece for piece in pieces_of(spm) if piece not in ("<pad>", "<unk>", "<s>", "</s>")]
    tokens = {token: i for i, token in enumerate(["</s>", "<unk>", *reversed(pieces), "<pad>"])}
    size = len(tokens)
    for name in ("source.spm", "target.spm"):
        (folder / name).write_bytes(spm)
    files = {"config.json": model_config(size), "vocab.json": tokens,
             "tokenizer_config.json": {"source_lang": "de", "target_lang": "en", "separate_vocabs": False},
             "generation_config.json": {"bad_words_ids": [[size - 1]], "decoder_start_token_id": size - 1,
                                        "eos_token_id": 0, "forced_eos_token_id": 0, "max_length": 32, "num_beams": 2,
                                        "pad_token_id": size - 1}}
    for name, value in files.items():
        (folder / name).write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    write_safetensors(folder / "model.safetensors", model_tensors(size))
