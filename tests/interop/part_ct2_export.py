"""regard export ctranslate2: ctranslate2 gives the same translations, from imported and from trained models."""
import json
import shutil
import zipfile

from ctranslate2.converters import TransformersConverter

from ct2_translate import Translator
from marian_models import SHAPES

LONGEST = 80
SAME_SEARCH = ("--stop", "finished", "--max-length", LONGEST, "--length-penalty", "average:1.0")
# Every option of a plain Transformer that changes what is written, spread over few models.
TRAINED = {
    "plain": {"model.norm": "pre"},
    "post": {"model.norm": "post", "model.position": "sinusoidal_halves", "model.activation": "silu"},
    "timing": {"vocabulary.shared": "false", "model.tie": "none", "model.position": "timing", "model.layers": 2},
    "learned": {"model.tie": "decoder", "model.position": "learned", "model.max_positions": 300, "model.norm": "pre",
                "model.activation": "gelu"},
    "gated": {"model.gated": "true", "model.bias": "false", "model.activation": "silu",
              "model.scale_embedding": "false"},
    "no_position": {"model.position": "none", "model.order_blind": "true", "model.gated": "true"},
}
NUMBERS = ("float16", "bfloat16", "int8")


def export(bench, model, out, *options):
    if not out.exists():
        bench.regard.succeed("export", "ctranslate2", model, out, *options)
    return Translator(out)


def compare(bench, name, model, lines):
    """Greedy and beam search with the float32 export."""
    reference = export(bench, model, bench.folder / f"ct2_{name}")
    for kind, beams in (("greedy", 1), ("beam", 4)):
        ours = bench.regard.translate(model, lines, "--beam-size", beams, *SAME_SEARCH)
        theirs = reference.translate(lines, beam_size=beams, max_length=LONGEST)
        bench.compare(f"ctranslate2 {kind}", name, [line.strip() for line in ours], theirs,
                      lambda i, text, beams=beams: reference.is_tie(lines[i], text, beams, LONGEST))


def check_numbers(bench, name, model, *options):
    """The smaller kinds of numbers load, and translate nearly as float32 does. A random model's attention is so sharp
    that rounding moves its scores more than --verify allows. Integers are compared with what ctranslate2 makes of the
    float32 export while loading it: how near its integers come to float32 depends on the processor (without VNNI, sums
    of 16 bits saturate)."""
    whole = export(bench, model, bench.folder / f"ct2_{name}").tokens(bench.lines)
    for numbers in NUMBERS:
        out = bench.folder / f"ct2_{name}_{numbers}"
        found = export(bench, model, out, "--quantization", numbers, *options).tokens(bench.lines)
        same = sum(a == b for a, b in zip(found, whole))
        claim = f"{name}: {numbers} export translates, {same} of {len(whole)} lines as float32"
        if numbers == "int8":
            own = Translator(bench.folder / f"ct2_{name}", compute_type="int8").tokens(bench.lines)
            as_own = sum(a == b for a, b in zip(found, own))
            bench.checks.that(f"{claim}, {as_own} as ctranslate2's own integers of the float32 export",
                              len(found) == len(own) == len(whole) and as_own >= 9 * len(whole) // 10)
        else:
            bench.checks.that(claim, len(found) == len(whole) and same >= len(whole) // 4)


def check_against_converter(bench, shape, numbers):
    """ctranslate2's own converter, given the MarianMT directory, makes a model with the same translations."""
    made, model = bench.random_model(shape)
    theirs_at, ours_at = bench.folder / f"theirs_{numbers}", bench.folder / f"ours_{numbers}"
    TransformersConverter(str(made.folder)).convert(str(theirs_at), quantization=numbers)
    ours = export(bench, model, ours_at, "--quantization", numbers, "--verify", "false")
    theirs = Translator(theirs_at, pieces=made.folder)
    for kind, beams in (("greedy", 1), ("beam", 4)):
        bench.compare(f"ctranslate2's converter {kind}", f"{shape.name} {numbers}",
                      [str(text) for text in ours.translate(bench.lines, beam_size=beams)],
                      theirs.translate(bench.lines, beam_size=beams))


def check_argos(bench, model):
    """The package has the layout that Argos Translate reads, and its parts work."""
    package, place = bench.folder / "de_en.argosmodel", bench.folder / "argos"
    bench.regard.succeed("export", "argos", model, package)
    with zipfile.ZipFile(package) as archive:
        bench.checks.equal("argos: the archive is sound", archive.testzip(), None)
        names = archive.namelist()
        archive.extractall(place)
    tops = {name.split("/")[0] for name in names}
    bench.checks.that(f"argos: one folder with everything in it: {sorted(names)}", len(tops) == 1 and all(
        f"{next(iter(tops))}/{file}" in names
        for file in ("metadata.json", "sentencepiece.model", "model/model.bin", "model/config.json")), names)
    top = place / tops.pop()
    facts = json.loads((top / "metadata.json").read_text(encoding="utf-8"))
    bench.checks.equal("argos: languages", (facts["from_code"], facts["to_code"]), ("de", "en"))
    bench.checks.that("argos: all facts are text", all(facts.get(key) and isinstance(facts[key], str) for key in (
        "package_version", "argos_version", "from_name", "to_name")), facts)
    shutil.copy(top / "sentencepiece.model", place / "source.spm")
    installed = Translator(top / "model", pieces=place)
    bench.compare("argos", "plain", bench.regard.translate(model, bench.lines, "--beam-size", 1, *SAME_SEARCH),
                  installed.translate(bench.lines, max_length=LONGEST),
                  lambda i, text: installed.is_tie(bench.lines[i], text, 1, LONGEST))


def run(bench):
    for shape in SHAPES:
        compare(bench, f"imported_{shape.name}", bench.random_model(shape)[1], bench.lines)
    for name, settings in TRAINED.items():
        compare(bench, name, bench.trained_model(name, **settings), bench.lines)
    check_numbers(bench, "imported_opus", bench.random_model(SHAPES[0])[1], "--verify", "false")
    check_numbers(bench, "plain", bench.trained_model("plain"))
    for numbers in ("float32", *NUMBERS):
        check_against_converter(bench, SHAPES[0], numbers)
    check_argos(bench, bench.trained_model("plain"))
