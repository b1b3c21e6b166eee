"""regard import marian-hf: directories that store other things than the usual ones give what transformers gives."""
import dataclasses
import json
import shutil
import typing

import safetensors.torch
import torch
import transformers

import marian_models
from hf_translate import Translator
from part_hf_import import LOGIT_LIMIT, TIE

SHARED, OUTPUT = "model.shared.weight", "lm_head.weight"
ENCODER, DECODER = "model.encoder.embed_tokens.weight", "model.decoder.embed_tokens.weight"
POSITIONS = ("model.encoder.embed_positions.weight", "model.decoder.embed_positions.weight")
ADDED = ("<ent>", "GmbH")


@dataclasses.dataclass
class Variant:
    """What is changed in the directory of a random model: tensors, and keys of its JSON files."""
    name: str
    tensors: typing.Callable = lambda tensors: None
    config: dict = dataclasses.field(default_factory=dict)
    generation: dict = dataclasses.field(default_factory=dict)
    options: dict = dataclasses.field(default_factory=dict)  # for transformers' generate


def near(table, seed):
    """Another table, with which a model still says different things about different texts."""
    generator = torch.Generator().manual_seed(seed)
    return table + 0.5 * table.std() * torch.randn(table.shape, generator=generator)


def stored(*names, tied=()):
    """The shared table's place is taken by other ones under `names` and, for `tied`, by the table itself."""
    def change(tensors):
        table = tensors[SHARED]
        if tied:
            tensors.pop(SHARED)
        tensors.update({name: table.clone() for name in tied})
        tensors.update({name: near(table, 3 + i) for i, name in enumerate(names)})
    return change


def without_shared(*names):
    def change(tensors):
        table = tensors.pop(SHARED)
        tensors.update({name: near(table, 3 + i) for i, name in enumerate(names)})
    return change


def positions(*names):
    return lambda tensors: tensors.update({name: near(torch.zeros(80, tensors[SHARED].shape[1]) + torch.linspace(
        0, 1, 80)[:, None], i) for i, name in enumerate(names)})


def kinds(kind):
    return lambda tensors: tensors.update({name: value.to(kind) for name, value in tensors.items()})


def more_rows(tensors):
    rows = near(tensors[SHARED], 5)[:8]
    tensors[SHARED] = torch.cat([tensors[SHARED], rows])
    tensors["final_logits_bias"] = torch.cat([tensors["final_logits_bias"], torch.zeros(1, 8)], 1)


def variants(made):
    size = len(made.vocabulary.source)
    yield from (Variant(f"{name} other", stored(name)) for name in (OUTPUT, ENCODER, DECODER))
    yield from (Variant(f"{name} only", stored(tied=(name,))) for name in (OUTPUT, ENCODER, DECODER))
    yield Variant("output and decoder, not shared", without_shared(DECODER, OUTPUT))
    yield Variant("output and encoder, not shared", without_shared(OUTPUT, ENCODER))
    yield Variant("all three, not shared", without_shared(OUTPUT, ENCODER, DECODER))
    yield Variant("untied output", stored(OUTPUT, tied=(ENCODER, DECODER)), {"tie_word_embeddings": False})
    yield Variant("nothing tied", without_shared(OUTPUT, ENCODER, DECODER), {
        "tie_word_embeddings": False, "share_encoder_decoder_embeddings": False})
    yield Variant("decoder tied to output", without_shared(OUTPUT, ENCODER), {
        "share_encoder_decoder_embeddings": False})
    yield Variant("positions", positions(*POSITIONS), {"max_position_embeddings": 80})
    yield Variant("positions of the encoder", positions(POSITIONS[0]), {"max_position_embeddings": 80})
    yield Variant("no bias", lambda tensors: tensors.pop("final_logits_bias"))
    yield Variant("bfloat16", kinds(torch.bfloat16))
    yield Variant("more rows", more_rows, {"vocab_size": size + 8, "decoder_vocab_size": size + 8}, {},
                  {"suppress_tokens": list(range(size, size + 8))})
    yield Variant("forced first", generation={"forced_bos_token_id": 20})
    yield Variant("max_new_tokens", generation={"max_new_tokens": 12})


def write(made, variant, folder):
    shutil.copytree(made.folder, folder)
    tensors = safetensors.torch.load_file(made.folder / "model.safetensors")
    variant.tensors(tensors)
    safetensors.torch.save_file({name: value.contiguous() for name, value in tensors.items()},
                                folder / "model.safetensors", {"format": "pt"})
    for name, keys in (("config.json", variant.config), ("generation_config.json", variant.generation)):
        value = json.loads((folder / name).read_text(encoding="utf-8"))
        marian_models.write_json(folder / name, dict(value, **keys))


def add_tokens(made, folder):
    """transformers itself adds tokens, enlarges the tables and saves all."""
    tokenizer = transformers.MarianTokenizer.from_pretrained(made.folder)
    model = transformers.MarianMTModel.from_pretrained(made.folder)
    tokenizer.add_tokens(list(ADDED))
    generator = torch.Generator().manual_seed(4)
    torch.manual_seed(4)
    # Its pad_to_multiple_of leaves final_logits_bias shorter than the tables, which it cannot read itself.
    model.resize_token_embeddings(len(tokenizer) + 6, mean_resizing=False)
    with torch.no_grad():
        model.get_input_embeddings().weight[-1].normal_(0, 0.1, generator=generator)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return {"suppress_tokens": list(range(len(tokenizer), model.config.vocab_size))}


def check(bench, name, folder, lines, options):
    model = bench.folder / f"{folder.name}_model"
    bench.regard.succeed("import", "marian-hf", folder, model)
    reference = Translator(folder)
    greedy = reference.tokens(lines, num_beams=1, **options)
    bench.compare("transformers, variants, greedy", name, bench.regard.translate(model, lines, "--beam-size", 1),
                  reference.text(greedy), lambda i, _: reference.smallest_gap(lines[i], greedy[i]) < TIE)
    longest = reference.model.generation_config.max_new_tokens
    limits = {"max_length": longest + 1} if longest else {}
    bench.compare("transformers, variants, beam", name, bench.regard.translate(model, lines),
                  reference.translate(lines, **reference.as_regard(**limits), **options))
    difference, count = bench.largest_difference(model, reference, lines)
    bench.checks.that(f"{name}: largest difference of {count} logits {difference:.1e} < {LOGIT_LIMIT:.0e}",
                      count > 0 and difference < LOGIT_LIMIT)


def run(bench):
    made, _ = bench.random_model(marian_models.SHAPES[0])
    for i, variant in enumerate(variants(made)):
        folder = bench.folder / f"variant_{i}"
        write(made, variant, folder)
        # Positions that are stored end somewhere.
        lines = [line for line in bench.lines if len(line) < 70] if "position" in variant.name else bench.lines
        check(bench, variant.name, folder, lines, variant.options)
    folder = bench.folder / "added"
    options = add_tokens(made, folder)
    pieces = ["<ent> ", "GmbH", "", "<ent>GmbH "]
    lines = [pieces[i % 4] + line.replace(" ", " <ent>", i % 3) for i, line in enumerate(bench.lines)]
    check(bench, "added tokens", folder, lines, options)
