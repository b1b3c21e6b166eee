"""regard export marian-hf: transformers loads it, translates the same, and it can be imported again unchanged."""
import safetensors.torch

import part_ct2_export
from hf_translate import Translator
from marian_models import SHAPES

TRAINED = {
    "post": part_ct2_export.TRAINED["post"],
    "interleaved": {"model.norm": "post", "model.tie": "none", "model.bias": "false", "model.heads": 2},
    "two_vocabularies": {"vocabulary.shared": "false", "model.norm": "post", "model.tie": "decoder", "model.layers": 2,
                         "model.activation": "gelu", "model.position": "sinusoidal_halves"},
}


def same_tensors(first, second):
    """Whether two files have the same tensors, bit for bit; and how many."""
    a, b = safetensors.torch.load_file(first), safetensors.torch.load_file(second)
    same = a.keys() == b.keys() and all(a[name].dtype == b[name].dtype and a[name].equal(b[name]) for name in a)
    return len(a) > 0 and same, len(a), sorted(a.keys() ^ b.keys())


def check_trained(bench, name, settings):
    model, out = bench.trained_model(name, **settings), bench.folder / f"exported_{name}"
    bench.regard.succeed("export", "marian-hf", model, out)
    reference = Translator(out)
    bench.checks.equal(f"{name}: every tensor and file fits", reference.problems, [])
    for kind, options, generate in (("greedy", ("--beam-size", 1), {"num_beams": 1}),
                                    ("beam", ("--stop", "attainable"), {"early_stopping": False}),
                                    ("beam, exact", (), {})):
        bench.compare(f"transformers, of an export, {kind}", name, bench.regard.translate(model, bench.lines, *options),
                      reference.translate(bench.lines, **reference.as_regard(max_length=42, **generate)))
    again = bench.folder / f"again_{name}"
    bench.regard.succeed("import", "marian-hf", out, again)
    bench.compare("imported again", name, bench.regard.translate(again, bench.lines, "--beam-size", 1),
                  bench.regard.translate(model, bench.lines, "--beam-size", 1))
    if settings.get("model.position") == "sinusoidal_halves":
        same, count, other = same_tensors(model / "model.safetensors", again / "model.safetensors")
        bench.checks.that(f"{name}: imported again, the same {count} tensors", same, other)


def check_imported(bench, shape):
    """Out again as it came in."""
    made, model = bench.random_model(shape)
    out = bench.folder / f"out_again_{shape.name}"
    bench.regard.succeed("export", "marian-hf", model, out)
    reference = Translator(out)
    bench.checks.equal(f"{shape.name}: every tensor and file fits", reference.problems, [])
    original = Translator(made.folder)
    first, second = original.model.state_dict(), reference.model.state_dict()
    unequal = [name for name in first if not first[name].equal(second[name]) and "embed_positions" not in name]
    bench.checks.that(f"{shape.name}: imported and exported, the same {len(first)} tensors",
                      first.keys() == second.keys() and not unequal, unequal)
    bench.compare("transformers, there and back", shape.name,
                  reference.translate(bench.lines, **reference.as_regard(num_beams=4)),
                  original.translate(bench.lines, **original.as_regard(num_beams=4)))


def run(bench):
    for name, settings in TRAINED.items():
        check_trained(bench, name, settings)
    for shape in SHAPES:
        check_imported(bench, shape)
    result = bench.regard.run("export", "marian-hf", bench.trained_model("plain"), bench.folder / "refused")
    bench.checks.that("a pre-norm model is refused with the reason",
                      result.returncode == 2 and "norm" in result.stderr and not (bench.folder / "refused").exists(),
                      result.stderr)
