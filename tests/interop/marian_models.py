"""Makes Hugging Face MarianMT directories with random weights, laid out as the published OPUS models are.

Needs torch, transformers, sentencepiece and safetensors. The weights are large enough that different sentences get
different translations, which end at different lengths: with the usual small ones all translations would be the same.
"""
import dataclasses
import io
import json
import math
import pathlib
import random

import safetensors.torch
import sentencepiece
import torch
import transformers

LONGEST = 64  # max_length: the decoder's start, the translation and its end
LOGIT_SIZE = 1.5
END_SHARE = 0.12  # of the places in random text, where the end shall be the most probable token
END, UNKNOWN, PAD = "</s>", "<unk>", "<pad>"
CODES = (">>en<<", ">>fr<<")


@dataclasses.dataclass(frozen=True)
class Shape:
    """What one random model is like."""
    name: str
    dim: int = 32
    layers: tuple = (2, 2)  # of encoder and decoder, as the two pairs below
    heads: tuple = (4, 4)
    inner: tuple = (64, 64)
    activation: str = "swish"
    scale_embedding: bool = True
    bias: bool = False  # final_logits_bias is not zero
    half: bool = False  # weights stored as float16
    separate: bool = False  # a vocabulary and an embedding table for each side
    tie_output: bool = True  # the output matrix is the decoder's embedding table
    zero_pad_row: bool = True
    codes: tuple = ()  # target language codes in the vocabulary
    renormalize: bool = False  # renormalize_logits of generation_config.json
    beams: int = 4
    pieces: int = 160
    modern: bool = False  # written by save_pretrained instead of as OPUS models are


SHAPES = (
    Shape("opus"),
    Shape("relu", dim=48, heads=(3, 6), inner=(40, 96), activation="relu", beams=6, renormalize=True),
    Shape("gelu", dim=16, layers=(1, 3), heads=(4, 2), inner=(4, 37), activation="gelu", scale_embedding=False),
    Shape("bias", dim=40, layers=(3, 1), heads=(5, 5), bias=True, renormalize=True),
    Shape("half", dim=64, heads=(8, 4), half=True),
    Shape("codes", dim=24, heads=(3, 3), codes=CODES, beams=2),
    Shape("separate", dim=32, separate=True, bias=True),
    Shape("untied", dim=32, separate=True, tie_output=False, beams=3),
    Shape("pad_row", dim=32, layers=(1, 1), zero_pad_row=False),
    Shape("modern", dim=16, heads=(2, 2), inner=(32, 32), modern=True),
)


@dataclasses.dataclass
class Vocabulary:
    """The tokens of a model and their ids, as vocab.json and target_vocab.json have them."""
    source: dict
    target: dict


@dataclasses.dataclass
class RandomModel:
    """A model in memory, and the directory it was written to."""
    shape: Shape
    model: transformers.MarianMTModel
    vocabulary: Vocabulary
    folder: pathlib.Path


def train_pieces(lines, size, path):
    """Writes a unigram SentencePiece model with its usual ids (unknown 0, begin 1, end 2); returns its pieces."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(lines), model_writer=model, vocab_size=size,
                                             model_type="unigram", minloglevel=2, num_threads=1)
    path.write_bytes(model.getvalue())
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    return [processor.id_to_piece(i) for i in range(processor.get_piece_size())]


def token_ids(pieces, rng, codes=()):
    """vocab.json of these pieces: end and unknown first, the pieces in any order, padding last."""
    tokens = sorted(set(pieces) - {END, UNKNOWN, PAD, "<s>"}) + list(codes)
    rng.shuffle(tokens)
    return {token: i for i, token in enumerate([END, UNKNOWN, *tokens, PAD])}


def make_vocabulary(shape, texts, folder, rng):
    """Trains both SentencePiece models. A few of their pieces get no id, as happens in published models."""
    source = train_pieces(texts[0], shape.pieces, folder / "source.spm")
    target = train_pieces(texts[1], shape.pieces + 20, folder / "target.spm")
    left_out = set(rng.sample(source[20:], 3))
    source = [piece for piece in source if piece not in left_out]
    if shape.separate:
        return Vocabulary(token_ids(source, rng), token_ids(target, rng))
    shared = token_ids(source + target, rng, shape.codes)
    return Vocabulary(shared, shared)


def opus_config(shape, vocabulary):
    """config.json with every key that published models have."""
    pad = vocabulary.source[PAD]
    labels = {str(i): f"LABEL_{i}" for i in range(3)}
    return {
        "_name_or_path": "", "_num_labels": 3, "activation_dropout": 0.0, "activation_function": shape.activation,
        "add_bias_logits": False, "add_final_layer_norm": False, "architectures": ["MarianMTModel"],
        "attention_dropout": 0.0, "bad_words_ids": [[vocabulary.target[PAD]]], "bos_token_id": 0,
        "classif_dropout": 0.0, "classifier_dropout": 0.0, "d_model": shape.dim,
        "decoder_attention_heads": shape.heads[1], "decoder_ffn_dim": shape.inner[1], "decoder_layerdrop": 0.0,
        "decoder_layers": shape.layers[1], "decoder_start_token_id": vocabulary.target[PAD],
        "decoder_vocab_size": len(vocabulary.target), "dropout": 0.1, "encoder_attention_heads": shape.heads[0],
        "encoder_ffn_dim": shape.inner[0], "encoder_layerdrop": 0.0, "encoder_layers": shape.layers[0],
        "eos_token_id": 0, "extra_pos_embeddings": pad + 1, "force_bos_token_to_be_generated": False,
        "forced_eos_token_id": 0, "id2label": labels, "init_std": 0.02, "is_encoder_decoder": True,
        "label2id": {name: int(i) for i, name in labels.items()}, "max_length": LONGEST, "max_position_embeddings": 512,
        "model_type": "marian", "normalize_before": False, "normalize_embedding": False, "num_beams": shape.beams,
        "num_hidden_layers": shape.layers[0], "pad_token_id": pad, "scale_embedding": shape.scale_embedding,
        "share_encoder_decoder_embeddings": not shape.separate, "static_position_embeddings": True,
        "tie_word_embeddings": shape.tie_output, "transformers_version": "4.22.0", "use_cache": True,
        "vocab_size": len(vocabulary.source),
    }


def generation_config(shape, vocabulary):
    config = {"bad_words_ids": [[vocabulary.target[PAD]]], "bos_token_id": 0,
              "decoder_start_token_id": vocabulary.target[PAD], "eos_token_id": 0, "forced_eos_token_id": 0,
              "max_length": LONGEST, "num_beams": shape.beams, "pad_token_id": vocabulary.target[PAD],
              "transformers_version": "4.22.0"}
    return dict(config, renormalize_logits=True) if shape.renormalize else config


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def draw_tables(model, shape, generator):
    """Embedding tables and the output matrix. The unknown token is never the best."""
    rows = 1.0 / math.sqrt(shape.dim) if shape.scale_embedding else 0.7
    tables = {"encoder": model.get_encoder().embed_tokens, "decoder": model.get_decoder().embed_tokens,
              "output": model.lm_head}
    norm = model.get_decoder().layers[-1].final_layer_norm
    # Logits with a standard deviation of LOGIT_SIZE. The signs at random part the state from the token that was read:
    # with one sign throughout, the most probable next token would always be the same one again.
    norm.weight *= LOGIT_SIZE / (rows * math.sqrt(shape.dim))
    norm.weight *= 2.0 * torch.randint(0, 2, norm.weight.shape, generator=generator) - 1.0
    constant = norm.bias / norm.bias.square().sum()  # a row of this has the logit 1 in any state, about
    for table in {module.weight.data_ptr(): module.weight for module in tables.values()}.values():
        table.normal_(0, rows, generator=generator)
        table[1] = 0
    if shape.zero_pad_row:
        for name in ("encoder", "decoder"):
            tables[name].weight[-1] = 0
    set_end(model, constant, generator)


def set_end(model, constant, generator):
    """Makes the end as probable as END_SHARE says, by moving its row along `constant`."""
    start = model.config.decoder_start_token_id
    source = torch.randint(2, model.config.vocab_size - 1, (32, 12), generator=generator)
    target = torch.randint(2, model.config.decoder_vocab_size - 1, (32, 12), generator=generator)
    target[:, 0] = start
    logits = model.eval()(input_ids=source, decoder_input_ids=target).logits[:, 1:]
    model.lm_head.weight[0] += (logits[:, :, 2:].amax(-1) - logits[:, :, 0]).quantile(END_SHARE) * constant


@torch.no_grad()
def draw_weights(model, shape, seed):
    """Random weights: sharp attention, outputs as large as the residual, logits that prefer few tokens."""
    generator = torch.Generator().manual_seed(seed)
    for name, value in sorted(model.model.named_parameters()):
        if ".layers." not in name:
            continue
        if name.endswith(".bias"):
            value.normal_(0, 0.2, generator=generator)
        elif "layer_norm" in name:
            value.uniform_(0.8, 1.2, generator=generator)
        else:
            sharp = 4.0 if "q_proj" in name or "k_proj" in name else 1.0
            value.normal_(0, sharp / math.sqrt(value.shape[1]), generator=generator)
    if shape.bias:
        model.final_logits_bias.normal_(0, 0.7, generator=generator)
        model.final_logits_bias[0, 1] = -5.0
    draw_tables(model, shape, generator)
    if shape.half:
        for value in model.state_dict(keep_vars=True).values():
            value.copy_(value.half().float())


def draw_lively_weights(model, shape, seed):
    """Draws until translations of random text differ, and end, but not at once: half of the draws are not so."""
    source = torch.randint(2, model.config.vocab_size - 1, (24, 12), generator=torch.Generator().manual_seed(seed))
    for attempt in range(100):
        draw_weights(model, shape, 100 * seed + attempt)
        rows = model.generate(input_ids=source, attention_mask=torch.ones_like(source), num_beams=1, max_length=24)
        lengths = [row.index(0, 1) if 0 in row[1:] else len(row) for row in rows.tolist()]
        ended = sum(3 < length < 20 for length in lengths)
        if len({tuple(row) for row in rows.tolist()}) >= 20 and ended >= 8:
            return
    raise RuntimeError(f"{shape.name}: no lively random model was found")


def saved_tensors(model, shape):
    """The tensors that a published model stores: one for each shared parameter, no position table."""
    state = {name: value.contiguous() for name, value in model.state_dict().items() if "embed_positions" not in name}
    if shape.separate:
        state.pop("model.shared.weight", None)
    else:
        for side in ("encoder", "decoder"):
            state.pop(f"model.{side}.embed_tokens.weight", None)
    if shape.tie_output:
        state.pop("lm_head.weight")
    kind = torch.float16 if shape.half else torch.float32
    return {name: value.to(kind).clone() for name, value in state.items()}


def write_opus_files(made):
    """config.json, generation_config.json, vocabularies and weights."""
    shape, folder = made.shape, made.folder
    write_json(folder / "generation_config.json", generation_config(shape, made.vocabulary))
    write_json(folder / "vocab.json", made.vocabulary.source)
    if shape.separate:
        write_json(folder / "target_vocab.json", made.vocabulary.target)
    write_json(folder / "tokenizer_config.json", {
        "source_lang": "de", "target_lang": "en", "unk_token": UNKNOWN, "eos_token": END, "pad_token": PAD,
        "model_max_length": 512, "sp_model_kwargs": {}, "separate_vocabs": shape.separate,
        "special_tokens_map_file": None, "tokenizer_class": "MarianTokenizer"})
    write_json(folder / "special_tokens_map.json", {"eos_token": END, "unk_token": UNKNOWN, "pad_token": PAD})
    safetensors.torch.save_file(saved_tensors(made.model, shape), folder / "model.safetensors", {"format": "pt"})


def make_model(shape, texts, folder, seed=1, vocabulary=None):
    """Writes a MarianMT directory with random weights, always the same for the same arguments.

    `texts` are the lines of source and of target that the SentencePiece models are trained on; with a vocabulary
    given, none are trained.
    """
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = vocabulary or make_vocabulary(shape, texts, folder, random.Random(seed))
    config = opus_config(shape, vocabulary)
    write_json(folder / "config.json", config)
    model = transformers.MarianMTModel(transformers.MarianConfig(**config)).eval()
    draw_lively_weights(model, shape, seed)
    made = RandomModel(shape, model, vocabulary, folder)
    write_opus_files(made)
    if shape.modern:
        save_again(folder)
    return made


def save_again(folder):
    """Lets today's transformers write the directory, instead of the program that wrote the published ones."""
    model = transformers.MarianMTModel.from_pretrained(folder)
    tokenizer = transformers.MarianTokenizer.from_pretrained(folder)
    for path in folder.glob("*.json"):
        path.unlink()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
