#!/usr/bin/env python3
"""Makes the pictures of docs/attention.md, and fills its maps and its table from trained models.

    make_attention_docs.py                            draw the masks and alignments
    make_attention_docs.py --check                    exit 1 if a committed drawing differs, or an image is missing
    make_attention_docs.py --maps RUNS PROGRAM        a map of each model RUNS/NAME, NAME as in configs/attention
    make_attention_docs.py --table comparison.json    the table, from what `regard compare` wrote

The drawings are a function of this file alone. Maps and table stand in the page between lines of comments
(<!-- map NAME -->, <!-- table -->) and <!-- end -->; what is between them is replaced.
"""

import argparse
import json
import math
import pathlib
import re
import subprocess
import sys
import tempfile
from xml.sax.saxutils import escape

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "attention.md"
IMAGES = ROOT / "docs" / "images" / "attention"

CELL = 22
MARGIN = 12
LEFT = MARGIN + 46  # room for the names of the rows
TOP = MARGIN + 62  # for the title and the names of the columns
INK, SOFT, LINE, ACCENT = "#111111", "#444444", "#c4c4c4", "#c2410c"
DARK = (8, 38, 92)  # the blue of `regard attend`

# A sentence whose translation moves words (the German verb goes to the end of its clause), for each source language.
EXAMPLES = {"en": {"source": "A young girl who is wearing a red dress is climbing a tree.",
                   "target": "Ein junges Mädchen, das ein rotes Kleid trägt, klettert auf einen Baum."},
            "de": {"source": "Nina glaubte, dass sie vor neun Jahren einen Bericht übersetzt hat.",
                   "target": "Nina believed that she translated a report nine years ago."}}
STEP = r"decoder\.step_attention"
SHOWN = {  # which map of a model is shown: the last whose name matches
    "rnnsearch": STEP, "luong_dot": STEP, "luong_general": STEP, "luong_concat": STEP, "luong_local_m": STEP,
    "luong_local_p": STEP, "hard_sample": STEP, "hard_gumbel": STEP,
    "transformer": r"decoder\..*cross_attention", "conv_self_attention": r"encoder\..*self_attention",
    "rnn_self_attention": r"encoder\..*self_attention", "directional": r"encoder\..*self_attention",
    "average_attention": r"decoder\..*cross_attention",
}


# --- drawing -------------------------------------------------------------------------------------------------------

def px(value):
    """Coordinates with at most one decimal, so that the files do not depend on the machine's last digits."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def shade(weight):
    """From white to dark blue, as in the pictures of `regard attend`."""
    parts = (round(255 + (dark - 255) * min(max(weight, 0.0), 1.0)) for dark in DARK)
    return "#" + "".join(f"{part:02x}" for part in parts)


class Drawing:
    """An SVG picture on a white ground, which dark pages leave as it is."""

    def __init__(self, title):
        self.title = title
        self.parts = []

    def text(self, x, y, text, **attributes):
        self.parts.append(f'<text x="{px(x)}" y="{px(y)}"{joined(attributes)}>{escape(text)}</text>')

    def rect(self, x, y, width, height, **attributes):
        self.parts.append(f'<rect x="{px(x)}" y="{px(y)}" width="{px(width)}" height="{px(height)}"'
                          f'{joined(attributes)}/>')

    def path(self, points, **attributes):
        route = "M" + " L".join(f"{px(x)} {px(y)}" for x, y in points)
        self.parts.append(f'<path d="{route}"{joined(attributes)}/>')

    def svg(self, width, height):
        size = f'width="{px(width)}" height="{px(height)}"'
        return (f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size} viewBox="0 0 {px(width)} {px(height)}" '
                f'font-family="Helvetica, Arial, sans-serif" font-size="12" fill="{INK}">\n'
                f'<title>{escape(self.title)}</title>\n<rect {size} fill="#ffffff"/>\n'
                + "\n".join(self.parts) + "\n</svg>\n")


def joined(attributes):
    return "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())


class Grid(Drawing):
    """Queries as rows, keys as columns; cells are added by `cell`."""

    def __init__(self, title, rows, columns, names):
        super().__init__(title)
        self.rows, self.columns = rows, columns
        self.text(MARGIN, MARGIN + 11, title, font_size=14, font_weight="bold")
        row_name, column_name = names
        self.text(LEFT, MARGIN + 36, column_name, font_style="italic", fill=SOFT)
        self.text(LEFT - 8, TOP - 7, row_name, font_style="italic", fill=SOFT, text_anchor="end")
        for column in range(columns):
            self.text(self.x(column) + CELL / 2, TOP - 7, str(column), text_anchor="middle")
        for row in range(rows):
            self.text(LEFT - 8, self.y(row) + CELL / 2 + 4, str(row), text_anchor="end")

    @staticmethod
    def x(column):
        return LEFT + CELL * column

    @staticmethod
    def y(row):
        return TOP + CELL * row

    def cell(self, row, column, weight):
        self.rect(self.x(column), self.y(row), CELL, CELL, fill=shade(weight), stroke=LINE, stroke_width=0.5)

    def cross_out(self, row, column):
        """Padding: a cell that no mask can open."""
        x, y = self.x(column), self.y(row)
        self.rect(x, y, CELL, CELL, fill="#eeeeee", stroke=LINE, stroke_width=0.5)
        self.path([(x + 6, y + CELL - 6), (x + CELL - 6, y + 6)], stroke="#8a8a8a", fill="none")

    def outline(self, row, first, last):
        """A frame around the cells `first` to `last` of a row, as far as they exist."""
        first, last = max(first, 0), min(last, self.columns - 1)
        self.rect(self.x(first) + 1, self.y(row) + 1, CELL * (last - first + 1) - 2, CELL - 2, fill="none",
                  stroke=ACCENT, stroke_width=1.4)

    def finish(self, lines, below=0):
        """The picture, with a line of legend for each of `lines` under the grid (and under `below` more pixels)."""
        y = self.y(self.rows) + below + 20
        widest = max([len(self.title) * 8] + [LEFT - MARGIN + len(text) * 6 for _, text in lines])
        for kind, text in lines:
            if kind == "frame":
                self.rect(LEFT + 1, y - 9, 10, 10, fill="none", stroke=ACCENT, stroke_width=1.4)
            elif kind == "place":
                self.path([(LEFT + 6, y - 10), (LEFT + 6, y + 2)], stroke=ACCENT, stroke_width=2.4)
            elif kind is not None:
                self.rect(LEFT, y - 10, 12, 12, fill=kind, stroke="#808080", stroke_width=0.5)
            self.text(LEFT + (18 if kind is not None else 0), y, text, font_size=11, fill=SOFT)
            y += 17
        width = max(self.x(self.columns), MARGIN + widest + 18) + MARGIN
        return self.svg(width, y - 17 + MARGIN)


# --- what is drawn -------------------------------------------------------------------------------------------------

MASKS = {  # as in include/regard/attention/attention_options.h
    "none": (lambda query, key: True, "every key"),
    "causal": (lambda query, key: key <= query, "key <= query"),
    "forward": (lambda query, key: key < query, "key < query"),
    "backward": (lambda query, key: key > query, "key > query"),
    "diagonal": (lambda query, key: key != query, "key != query"),
}
PLACES, LENGTH = 7, 6  # of the sequence in the batch, and of the sentence in it
TARGET, SOURCE = 7, 9
FOCUS = (0.6, 1.4, 6.2, 7.1, 2.8, 4.3, 7.7)  # made up: where each target place should look; the verb comes early


def mask_picture(name):
    """One structural mask over a sentence of LENGTH pieces, padded to PLACES."""
    may_attend, rule = MASKS[name]
    grid = Grid(f"mask: {name}", PLACES, PLACES, ("query", "key"))
    for query in range(PLACES):
        for key in range(PLACES):
            if key >= LENGTH:
                grid.cross_out(query, key)
            else:
                grid.cell(query, key, 0.7 if may_attend(query, key) else 0.0)
    return grid.finish([(shade(0.7), rule), ("#ffffff", "masked"), ("#eeeeee", "padding: never")])


def softmax(scores):
    """Over the scores that are not None; 0 elsewhere."""
    powers = [0.0 if score is None else math.exp(score) for score in scores]
    return [power / sum(powers) for power in powers]


def scores_of(row):
    """Made-up scores: high near the place that matters, and not quite even."""
    return [-0.5 * (key - FOCUS[row]) ** 2 + 0.3 * math.cos(2.1 * key + row) for key in range(SOURCE)]


def step_grid(title):
    return Grid(title, TARGET, SOURCE, ("target", "source"))


def softmax_picture():
    grid = step_grid("align: softmax")
    for row in range(TARGET):
        for key, weight in enumerate(softmax(scores_of(row))):
            grid.cell(row, key, weight)
    return grid.finish([(shade(0.6), "weight; each row sums to 1")])


def local_m_picture(window=2):
    grid = step_grid(f"align: local_m, window: {window}")
    for row in range(TARGET):
        scores = [score if abs(key - row) <= window else None for key, score in enumerate(scores_of(row))]
        for key, weight in enumerate(softmax(scores)):
            grid.cell(row, key, weight)
        grid.outline(row, row - window, row + window)
    return grid.finish([(shade(0.6), "weight; each row sums to 1"), ("frame", "window: |source - target| <= 2")])


def local_p_weights(row, window):
    """Softmax in the window around floor(p), times the Gaussian around p: src/attention/aligns/local_p.cpp."""
    place = FOCUS[row]
    scores = [score if abs(key - math.floor(place)) <= window else None for key, score in enumerate(scores_of(row))]
    deviation = window / 2
    return [weight * math.exp(-(key - place) ** 2 / (2 * deviation ** 2)) for key, weight in enumerate(softmax(scores))]


def local_p_picture(window=2, shown=5):
    """The grid, and under it the Gaussian of the row `shown`."""
    grid = step_grid(f"align: local_p, window: {window}")
    for row in range(TARGET):
        for key, weight in enumerate(local_p_weights(row, window)):
            grid.cell(row, key, weight)
        centre = math.floor(FOCUS[row])
        grid.outline(row, centre - window, centre + window)
        middle = grid.x(FOCUS[row] + 0.5)
        grid.path([(middle, grid.y(row) + 3), (middle, grid.y(row) + CELL - 3)], stroke=ACCENT, stroke_width=2.4)
    below = draw_gaussian(grid, window, shown)
    return grid.finish([(shade(0.6), "weight; each row sums to 1 or less"),
                        ("frame", "window around floor(p)"), ("place", "p, predicted by the query")], below)


def draw_gaussian(grid, window, row, height=56):
    """The factor exp(-(s - p)^2 / 2 sigma^2) under the columns; returns the room it took."""
    base = grid.y(grid.rows) + height + 22
    points = []
    for step in range(10 * SOURCE + 1):
        key = step / 10 - 0.5
        factor = math.exp(-(key - FOCUS[row]) ** 2 / (2 * (window / 2) ** 2))
        points.append((grid.x(key + 0.5), base - height * factor))
    for key in range(SOURCE):
        factor = math.exp(-(key - FOCUS[row]) ** 2 / (2 * (window / 2) ** 2))
        if abs(key - math.floor(FOCUS[row])) <= window:
            grid.rect(grid.x(key) + 4, base - height * factor, CELL - 8, height * factor, fill=shade(0.35))
    grid.path(points, stroke=ACCENT, stroke_width=1.4, fill="none")
    grid.path([(grid.x(0), base), (grid.x(SOURCE), base)], stroke="#808080", stroke_width=0.8)
    grid.text(grid.x(0), base + 15, f"the Gaussian of row {row}", font_size=11, fill=SOFT)
    return height + 44


def hard_picture():
    grid = step_grid("align: hard")
    for row in range(TARGET):
        weights = softmax(scores_of(row))
        chosen = weights.index(max(weights))
        for key in range(SOURCE):
            grid.cell(row, key, 1.0 if key == chosen else 0.0)
    return grid.finish([(shade(1.0), "the chosen position: weight 1"), ("#ffffff", "weight 0")])


def drawings():
    """Name of the file -> its content."""
    files = {f"mask_{name}.svg": mask_picture(name) for name in MASKS}
    files["align_softmax.svg"] = softmax_picture()
    files["align_local_m.svg"] = local_m_picture()
    files["align_local_p.svg"] = local_p_picture()
    files["align_hard.svg"] = hard_picture()
    return files


def check():
    """What is wrong with the committed page and pictures, a line each."""
    problems = []
    for name, content in drawings().items():
        path = IMAGES / name
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            problems.append(f"{path.relative_to(ROOT)} differs from what this script draws. Fix: run it.")
    linked = re.findall(r"\]\((images/[^)]+)\)", PAGE.read_text(encoding="utf-8"))
    for name in linked:
        if not (PAGE.parent / name).exists():
            problems.append(f"{PAGE.relative_to(ROOT)}: {name} is not there.")
    return problems, len(linked)


# --- what trained models fill in -----------------------------------------------------------------------------------

def replace_slot(page, slot, content):
    """The page with `content` between <!-- slot --> and the next <!-- end -->."""
    pattern = re.compile(rf"(<!-- {re.escape(slot)} -->\n)(.*?)(<!-- end -->)", re.S)
    page, count = pattern.subn(lambda match: match[1] + content + match[3], page)
    if count != 1:
        raise SystemExit(f"{PAGE}: {count} slots <!-- {slot} -->, not 1")
    return page


def draw_map(program, model, pattern, output):
    """The last map of the model that matches, as a picture of the example; returns its name."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = [program, "attend", model]
        language = re.search(r"^  source: (\w+)$", (model / "config.yaml").read_text(encoding="utf-8"), re.M)[1]
        for side, text in EXAMPLES[language].items():
            path = pathlib.Path(folder) / side
            path.write_text(text + "\n", encoding="utf-8")
            arguments += [f"--{side}", path]
        numbers = pathlib.Path(folder) / "maps.json"
        subprocess.run([*arguments, "--output", numbers], check=True, stdout=subprocess.DEVNULL)
        maps = json.loads(numbers.read_text(encoding="utf-8").splitlines()[0])["maps"]
        names = [found["name"] for found in maps if re.fullmatch(pattern, found["name"])]
        if not names:
            raise SystemExit(f"{model}: no map {pattern} among {[found['name'] for found in maps]}")
        subprocess.run([*arguments, "--map", names[-1], "--output", output], check=True, stdout=subprocess.DEVNULL)
    return names[-1]


def fill_maps(runs, program):
    """A picture and its slot for each model that is there; the others keep what they have."""
    page = PAGE.read_text(encoding="utf-8")
    filled = 0
    for name, pattern in SHOWN.items():
        model = next((place for place in (runs / name, runs / name / "seed-1")  # as train or compare leave it
                      if (place / "model.safetensors").exists()), None)
        if model is None:
            print(f"{name}: no model in {runs / name}", file=sys.stderr)
            continue
        shown = draw_map(program, model, pattern, IMAGES / f"map_{name}.svg")
        page = replace_slot(page, f"map {name}", f"![{name}: {shown}](images/attention/map_{name}.svg)\n")
        filled += 1
    PAGE.write_text(page, encoding="utf-8")
    print(f"{filled} of {len(SHOWN)} maps drawn")
    return filled


def number(value, form):
    """A mean of the comparison, or a dash where it was not measured."""
    return "–" if value is None else format(value, form)


def ranked(comparison):
    """The configurations as `regard compare` prints them: best first, those without a number last."""
    sign = 1 if comparison["metric"]["lower_is_better"] else -1
    return sorted(comparison["configs"], key=lambda config: (config["mean"]["quality"] is None,
                                                             sign * (config["mean"]["quality"] or 0)))


def table_of(comparison):
    """The comparison as Markdown: best quality first, bold where chance does not explain it; below it what was equal
    for all."""
    metric = comparison["metric"]["name"]
    has_gold = comparison["test"]["gold"] is not None
    head = ["config", metric, "perplexity", "parameters", "target tokens/s", "minutes", "peak memory"]
    rows = [head + ["AER"] * has_gold, ["---"] + ["---:"] * (len(head) - 1 + has_gold)]
    for config in ranked(comparison):
        mean, spread = config["mean"], config["standard_deviation"]["quality"]
        quality = number(mean["quality"], ".2f") + (f" ± {spread:.2f}" if spread is not None else "")
        if comparison["best_is_clear"] and config["name"] == comparison["best"]:
            quality = f"**{quality}**"
        memory = mean["peak_bytes"] and mean["peak_bytes"] / 2 ** 20
        row = [f"`{config['name']}`", quality, number(mean["perplexity"], ".2f"), number(mean["parameters"], ",.0f"),
               number(mean["tokens_per_second"], ",.0f"), number(mean["minutes"], ".0f"),
               number(memory, ",.0f") + " MiB" * (memory is not None)]
        rows.append(row + [number(mean["alignment_error_rate"], ".3f")] * has_gold)
    budget, test = comparison["budget"], comparison["test"]
    seeds = sorted({run["seed"] for config in comparison["configs"] for run in config["runs"]})
    left_out = [f"{config['name']} (seed {run['seed']}): {run['error'] or run['status']}"
                for config in comparison["configs"] for run in config["runs"] if run["status"] != "done"]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines += ["", f"Each was trained for {budget['amount']:,g} {budget['kind']} with the seed{'s' * (len(seeds) > 1)} "
              f"{', '.join(map(str, seeds))}; tested on {test['sentences']:,} sentences of `{test['source']}`: "
              f"`{comparison['metric']['signature']}`."]
    lines += [f"Not in the means: {'; '.join(left_out)}."] if left_out else []
    return "\n".join(lines) + "\n"


def fill_table(file):
    comparison = json.loads(file.read_text(encoding="utf-8"))
    page = replace_slot(PAGE.read_text(encoding="utf-8"), "table", table_of(comparison))
    PAGE.write_text(page, encoding="utf-8")
    print(f"a table of {len(comparison['configs'])} configs written")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--maps", nargs=2, metavar=("RUNS", "PROGRAM"))
    parser.add_argument("--table", type=pathlib.Path, metavar="comparison.json")
    arguments = parser.parse_args()
    if arguments.check:
        problems, linked = check()
        print("\n".join(problems) or f"{len(drawings())} drawings are as this script makes them, {linked} links lead "
              "to an image")
        return 1 if problems else 0
    if arguments.maps:
        runs, program = (pathlib.Path(path) for path in arguments.maps)
        return 0 if fill_maps(runs, program.resolve()) else 1
    if arguments.table:
        fill_table(arguments.table)
        return 0
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, content in drawings().items():
        (IMAGES / name).write_text(content, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
