"""Training goes on from an imported model: its vocabulary is kept, and its loss on other text falls."""
import re

from marian_models import SHAPES
from regard_program import CORPUS

UPDATES = 80
CONFIG = f"""\
data:
  source: de
  target: en
  train:
    - {{source: data/quickstart/train.de, target: data/quickstart/train.en}}
training:
  init_from: FROM
  batch_tokens: 512
  schedule: {{type: inverse_sqrt, peak: 2.0e-3, warmup: 20}}
  max_updates: {UPDATES}
"""


def perplexity(bench, model):
    result = bench.regard.run("score", model, "--source", CORPUS / "valid.de", "--target", CORPUS / "valid.en")
    found = re.search(r"perplexity ([0-9.e+]+)", result.stderr)
    if not found:
        raise RuntimeError(result.stderr)
    return float(found[1])


def check(bench, shape):
    imported, tuned = bench.random_model(shape)[1], bench.folder / f"tuned_{shape.name}"
    config = bench.folder / f"tune_{shape.name}.yaml"
    config.write_text(CONFIG.replace("FROM", str(imported)), encoding="utf-8")
    bench.regard.succeed("train", config, "--output", tuned)
    before, after = perplexity(bench, imported), perplexity(bench, tuned)
    bench.checks.that(f"{shape.name}: {UPDATES} updates bring the perplexity of other text from {before:.0f} to "
                      f"{after:.0f}", after < 0.7 * before)
    for name in ("source.spm", "target.spm"):
        bench.checks.that(f"{shape.name}: {name} is kept",
                          (tuned / name).read_bytes() == (imported / name).read_bytes())
    out = bench.folder / f"tuned_{shape.name}_ct2"
    bench.regard.succeed("export", "ctranslate2", tuned, out)
    bench.checks.that(f"{shape.name}: the tuned model is exported", (out / "model.bin").exists())


def run(bench):
    check(bench, SHAPES[0])
    check(bench, next(shape for shape in SHAPES if shape.separate))
