"""regard import marian-npz: the same translations as ctranslate2 after its own converter read the same files."""
import json

import numpy
from ctranslate2.converters import MarianConverter, marian

import marian_npz
from ct2_translate import Translator
from marian_models import Shape

SHAPES = (  # (shape, whether the vocabularies are .spm files, whether the .npz is compressed)
    (Shape("npz_yaml"), False, False),
    (Shape("npz_two", separate=True, bias=True, activation="relu", inner=(40, 70), layers=(1, 2)), False, True),
    (Shape("npz_pieces", dim=48, heads=(3, 3), bias=True), True, False),
    (Shape("npz_two_pieces", separate=True, tie_output=False), True, False),
)


def positions_of_marian(dim, num_positions=2048):
    """The table that Marian computes: exponents i / (dim / 2 - 1). ctranslate2's converter has another in its place."""
    half = dim // 2
    rates = numpy.exp(-numpy.log(10000.0) / (half - 1) * numpy.arange(half))
    angles = numpy.arange(num_positions)[:, None] * rates[None, :]
    return numpy.concatenate([numpy.sin(angles), numpy.cos(angles)], axis=1)


def convert(path, vocabularies, out):
    """ctranslate2's conversion, with Marian's positions and the epsilon of its norms."""
    usual = marian._make_sinusoidal_position_encodings
    marian._make_sinusoidal_position_encodings = positions_of_marian
    try:
        MarianConverter(str(path), [str(path.parent / name) for name in vocabularies]).convert(str(out))
    finally:
        marian._make_sinusoidal_position_encodings = usual
    config = json.loads((out / "config.json").read_text(encoding="utf-8"))
    (out / "config.json").write_text(json.dumps(dict(config, layer_norm_epsilon=1e-6)), encoding="utf-8")


def check(bench, shape, has_pieces, is_compressed):
    folder = bench.folder / shape.name
    if has_pieces:
        made, path = marian_npz.make_with_pieces(shape, bench.texts, folder)
        vocabularies = ("source.reference.yml", "target.reference.yml")
        if not shape.separate:
            (folder / "source.spm").write_bytes((folder / "both.spm").read_bytes())
    else:
        made, path = marian_npz.make_with_yaml(shape, bench.texts, folder, is_compressed)
        vocabularies = ("source.vocab.yml", "target.vocab.yml") if shape.separate else ("vocab.yml",)
    convert(path, vocabularies, folder / "ct2")
    model = bench.folder / f"regard_{shape.name}"
    bench.regard.succeed("import", "marian-npz", path, model)
    reference = Translator(folder / "ct2", pieces=folder, says_unknown=False)  # as Marian
    for kind, beams in (("greedy", 1), ("beam", 4)):
        ours = bench.regard.translate(model, bench.lines, "--beam-size", beams, "--stop", "finished", "--max-length",
                                      80, "--length-penalty", "average:1.0")
        bench.compare(f"ctranslate2, of an .npz, {kind}", shape.name, ours,
                      reference.translate(bench.lines, beam_size=beams, max_length=80),
                      lambda i, text, beams=beams: reference.is_tie(bench.lines[i], text, beams, 80))


def run(bench):
    for shape, has_pieces, is_compressed in SHAPES:
        check(bench, shape, has_pieces, is_compressed)
