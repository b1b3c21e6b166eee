"""The table of damaged MarianMT directories: what is changed in a sound one, and what the message must name."""
import dataclasses
import json
import os
import struct
import typing

import small_marian

CONFIG, TOKENS, WEIGHTS = "config.json", "vocab.json", "model.safetensors"
HUGE = 10 ** 12


@dataclasses.dataclass
class Case:
    """`damage` changes a copy of the sound directory; `parts` must be in the message of at most `problems` lines."""
    name: str
    damage: typing.Callable
    parts: tuple
    problems: int = 1


def change_json(name, change):
    """Reads a JSON file, lets `change` edit the value or return another one, writes it."""
    def damage(folder):
        path = folder / name
        value = json.loads(path.read_text(encoding="utf-8"))
        changed = change(value)
        path.write_text(json.dumps(value if changed is None else changed, ensure_ascii=False), encoding="utf-8")
    return damage


def config_key(key, value, *parts, problems=1):
    return Case(f"{CONFIG}: {key} = {str(value)[:40]}", change_json(CONFIG, lambda config: config.update({key: value})),
                (CONFIG, key, *parts), problems)


def without_key(name, key):
    return Case(f"{name} without {key}", change_json(name, lambda value: value.pop(key) and None), (name, key))


def content(name, data, *parts):
    """The file has these bytes."""
    return Case(f"{name}: {data[:24]!r}…", lambda folder: (folder / name).write_bytes(data), (name, *parts))


def without_file(name):
    return Case(f"no {name}", lambda folder: (folder / name).unlink(), (name,))


def only_pickle(folder):
    (folder / WEIGHTS).rename(folder / "pytorch_model.bin")


def loop(name):
    def damage(folder):
        (folder / name).unlink()
        os.symlink(name, folder / name)
    return Case(f"{name} is a link to itself", damage, (name,))


def is_folder(name):
    def damage(folder):
        (folder / name).unlink()
        (folder / name).mkdir()
    return Case(f"{name} is a folder", damage, (name,))


def is_pipe(name):
    def damage(folder):
        (folder / name).unlink()
        os.mkfifo(folder / name)
    return Case(f"{name} is a pipe that nobody writes to", damage, (name,))


# ---- vocabularies ----------------------------------------------------------------------------------------------------


def two_pieces(tokens):
    """Two pieces in the middle of the vocabulary."""
    return list(tokens)[5:7]


def same_id(tokens):
    first, second = two_pieces(tokens)
    tokens[first] = tokens[second]


def hole(tokens):
    tokens.pop(two_pieces(tokens)[0])


def id_beyond(tokens):
    tokens[two_pieces(tokens)[0]] = len(tokens)


def set_id(value):
    return lambda tokens: tokens.update({two_pieces(tokens)[0]: value})


def repeated_key(folder):
    text = (folder / TOKENS).read_text(encoding="utf-8")
    (folder / TOKENS).write_text('{"<unk>": 1, ' + text[1:], encoding="utf-8")


def vocabulary_cases():
    def case(name, change):
        return Case(f"{TOKENS}: {name}", change_json(TOKENS, change), (TOKENS,))
    yield case("two pieces with one id", same_id)
    yield case("an id without a piece", hole)
    yield case("an id beyond the vocabulary", id_beyond)
    for value in (-1, 1.5, "7", None, [7], HUGE, 2 ** 64):
        yield case(f"id {value!r}", set_id(value))
    yield case("no <unk>", lambda tokens: tokens.update({"other": tokens.pop("<unk>")}))
    yield case("a list of numbers", lambda tokens: list(tokens.values()))
    yield case("empty", lambda tokens: {})
    yield Case(f"{TOKENS}: more tokens than {CONFIG} says",
               change_json(TOKENS, lambda tokens: tokens.update({"one more": len(tokens)})), ("vocab",))
    yield Case(f"{TOKENS}: fewer tokens than {CONFIG} says", change_json(CONFIG, lambda config: config.update(
        vocab_size=config["vocab_size"] + 5, decoder_vocab_size=config["vocab_size"] + 5)), (WEIGHTS, "weight"), 3)
    yield Case(f"{TOKENS}: a key twice", repeated_key, (TOKENS,))


def piece_cases():
    for name in ("source.spm", "target.spm"):
        yield content(name, b"")
        yield content(name, b"garbage " * 50)
        yield content(name, bytes(range(256)) * 40)
        yield Case(f"{name} cut off", lambda folder, name=name: truncate(folder / name, 700), (name,))


# ---- weights ---------------------------------------------------------------------------------------------------------


def truncate(path, size):
    os.truncate(path, size if size >= 0 else path.stat().st_size + size)


def change_tensors(change):
    """Rewrites the weights, with `change` applied to {name: (kind, shape, bytes)}."""
    def damage(folder):
        size = json.loads((folder / CONFIG).read_text(encoding="utf-8"))["vocab_size"]
        tensors = small_marian.model_tensors(size)
        change(tensors)
        small_marian.write_safetensors(folder / WEIGHTS, tensors)
    return damage


def first_value(name, value):
    def change(tensors):
        kind, shape, data = tensors[name]
        tensors[name] = kind, shape, struct.pack("<f", value) + data[4:]
    return change


def transposed(tensors):
    name = "model.encoder.layers.0.fc1.weight"
    kind, shape, data = tensors[name]
    tensors[name] = kind, shape[::-1], data


def as_integers(tensors):
    name = "model.decoder.layers.0.fc1.bias"
    tensors[name] = "I64", tensors[name][1], bytes(8 * small_marian.INNER)


def header(text):
    """A file with this JSON header and no data."""
    return struct.pack("<Q", len(text)) + text


def weight_cases():
    bias = "model.decoder.layers.0.encoder_attn.v_proj.bias"
    for name in (bias, "model.encoder.layers.0.final_layer_norm.weight"):
        yield Case(f"{WEIGHTS} without {name}", change_tensors(lambda tensors, name=name: tensors.pop(name)),
                   (WEIGHTS, name), 3)
    yield Case(f"{WEIGHTS} without an embedding table",
               change_tensors(lambda tensors: tensors.pop("model.shared.weight")), (WEIGHTS, "weight"))
    yield Case(f"{WEIGHTS}: a matrix transposed", change_tensors(transposed), ("model.encoder.layers.0.fc1.weight",))
    yield Case(f"{WEIGHTS}: integers for a bias", change_tensors(as_integers), ("model.decoder.layers.0.fc1.bias",))
    for value in (float("nan"), float("inf")):
        yield Case(f"{WEIGHTS}: {value}", change_tensors(first_value(bias, value)), (WEIGHTS,))
    for size in (0, 5, 8, 100, -1, -4000):
        yield Case(f"{WEIGHTS}: cut to {size} bytes", lambda folder, size=size: truncate(folder / WEIGHTS, size),
                   (WEIGHTS,))
    yield content(WEIGHTS, struct.pack("<Q", 2 ** 63))
    yield content(WEIGHTS, header(b"[" * 100000))
    yield content(WEIGHTS, header(b'{"model.shared.weight": {"dtype": "F32", "shape": [4294967296, 4294967296], '
                                  b'"data_offsets": [0, 0]}}'))
    yield content(WEIGHTS, header(b'{"\xff\xfe\x1b[31m": {}}'))
    yield content(WEIGHTS, b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 1\n")


# ---- config.json -----------------------------------------------------------------------------------------------------


def number_cases():
    for key in ("d_model", "encoder_layers", "decoder_layers", "encoder_attention_heads", "decoder_attention_heads",
                "encoder_ffn_dim", "decoder_ffn_dim", "vocab_size"):
        for value in (HUGE, -1, 0):
            yield config_key(key, value, problems=3)
    yield config_key("d_model", 2 ** 63, problems=3)
    yield config_key("d_model", 8.5, problems=3)
    yield config_key("d_model", "8", problems=3)
    yield config_key("encoder_attention_heads", 3)
    yield config_key("decoder_attention_heads", 5)
    for key in ("pad_token_id", "eos_token_id"):
        for value in (HUGE, -1, 120 + 100, "0"):
            yield config_key(key, value, problems=3)
    name = "generation_config.json"
    # What is there wins over config.json.
    for value in (HUGE, -1, 120 + 100, "0"):
        key = "decoder_start_token_id"
        yield Case(f"{name}: {key} = {value}",
                   change_json(name, lambda config, key=key, value=value: config.update({key: value})), (key,), problems=3)
    for key, value in (("num_beams", -4), ("num_beams", HUGE), ("max_length", "long"), ("bad_words_ids", [[HUGE]])):
        yield Case(f"{name}: {key} = {value}",
                   change_json(name, lambda config, key=key, value=value: config.update({key: value})), (name, key))


def config_cases():
    for key in ("d_model", "encoder_layers", "vocab_size"):
        yield without_key(CONFIG, key)
    yield config_key("model_type", "bart", "bart")
    yield config_key("model_type", ["marian"])
    yield config_key("activation_function", "swishy\x1b[31m", "swishy")
    yield config_key("activation_function", 7)
    yield config_key("normalize_before", True)
    yield config_key("normalize_embedding", True)
    yield config_key("add_final_layer_norm", True)
    yield config_key("static_position_embeddings", False)
    yield config_key("scale_embedding", "yes")
    for data in (b"", b"{", b"[]", b"7", b"null", b"\xff\xfe{}", b'{"model_type": "\xff"}', b"[" * 200000,
                 b'{"a":' * 100000, b"\x00" * 64):
        yield content(CONFIG, data)
    for name in ("generation_config.json", "tokenizer_config.json"):
        yield content(name, b"{")
        yield content(name, b"[" * 200000)


def cases():
    yield from (without_file(name) for name in (CONFIG, TOKENS, "source.spm", "target.spm", WEIGHTS))
    yield Case("only pytorch_model.bin", only_pickle, ("pytorch_model.bin", "save_pretrained"))
    for name in (CONFIG, TOKENS, "source.spm", WEIGHTS):
        yield from (loop(name), is_folder(name), is_pipe(name))
    yield from config_cases()
    yield from number_cases()
    yield from vocabulary_cases()
    yield from piece_cases()
    yield from weight_cases()
