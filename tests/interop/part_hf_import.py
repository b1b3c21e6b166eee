"""regard import marian-hf: the same translations and logits as transformers, for random models of all shapes."""
from hf_translate import Translator
from marian_models import SHAPES

LOGIT_LIMIT = 2e-4  # float32; the random models' logits are as large as 10
TIE = 1e-4  # two tokens whose logits are closer than this may change places


def lines_for(bench, shape):
    """The usual lines; with language codes in the vocabulary, most of them begin with one."""
    if not shape.codes:
        return bench.lines
    codes = [*(f"{code} " for code in shape.codes), shape.codes[0], ">>xx<< ", ""]
    return [codes[i % len(codes)] + line for i, line in enumerate(bench.lines)]


def check_model(bench, shape):
    made, model = bench.random_model(shape)
    reference = Translator(made.folder)
    lines = lines_for(bench, shape)
    greedy = reference.tokens(lines, num_beams=1)
    bench.compare("transformers greedy", shape.name, bench.regard.translate(model, lines, "--beam-size", 1),
                  reference.text(greedy), lambda i, _: reference.smallest_gap(lines[i], greedy[i]) < TIE)
    ours = bench.regard.translate(model, lines)
    bench.compare("transformers beam", shape.name, ours, reference.translate(lines, **reference.as_regard()))
    plain = reference.translate(lines)
    print(f"       with transformers' own rule at the length limit: {sum(map(str.__eq__, ours, plain))} of {len(ours)}")
    difference, count = bench.largest_difference(model, reference, lines)
    bench.checks.that(f"{shape.name}: largest difference of {count} logits {difference:.1e} < {LOGIT_LIMIT:.0e}",
                      count > 0 and difference < LOGIT_LIMIT)


def run(bench):
    for shape in SHAPES:
        check_model(bench, shape)
