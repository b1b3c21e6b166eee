#!/usr/bin/env python3
"""Writes tests/golden/metrics/*.tsv: what sacreBLEU 2.6.0 says about thousands of sentences.

Usage, with sacrebleu 2.6.0 and Python 3.11: scripts/golden/make_metric_goldens.py [--rows N] [--seed S] [--output DIR]

Files (UTF-8, one record per line, fields between tabs; "#" starts a comment; other than printable characters and the
backslash are written \\u{HEX}):
  sentences.tsv     number of references, translation, references, one score per setting of the head line
  corpora.tsv       first row, end row, number of references, setting, score, sacreBLEU's text line: rows of sentences.tsv
  tokens.tsv        a line, the same in lower case, its tokens by 13a, intl, char and zh, with one space between
  characters.tsv    a property of every code point, fingerprint (64-bit FNV-1a)
  systems.tsv       a reference and three translations of it
  significance.tsv  setting, test, two systems, p-value, mean and half width of the second system's interval
"""

import argparse
import logging
import pathlib
import random

import regex
import sacrebleu
from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu.significance import PairedTest

SETTINGS = [
    "bleu/13a/exp/mixed/eff",
    "bleu/13a/exp/mixed/full",
    "bleu/13a/floor/mixed/eff",
    "bleu/13a/floor/mixed/full",
    "bleu/13a/add-k/mixed/full",
    "bleu/13a/none/mixed/full",
    "bleu/13a/exp/lc/eff",
    "bleu/intl/exp/mixed/eff",
    "bleu/intl/add-k/lc/eff",
    "bleu/char/exp/mixed/eff",
    "bleu/zh/exp/mixed/eff",
    "bleu/none/exp/mixed/eff",
    "chrf/6/0/mixed",
    "chrf/6/2/mixed",
    "chrf/6/2/lc",
    "ter/lc",
    "ter/mixed",
]

WORDS = (
    "the a of and to in is was he for it with as his on be at by had not but from have are which she or you one we all "
    "were her would there been if more when will so no said an what up its about into than them can only other new "
    "Der die das und nicht für über größer Straße ÄRGER Öl Übung façade naïve Ångström El niño años ¿Qué? ¡Hola! "
    "U.S. e.g. Mr. don't it's it’s dogs' state-of-the-art x- -x re-use C++ C# AT&T R&D 'quoted' \"quoted\" (see) [1] "
    "http://a.b/c?d=1&e=2#f user@example.org #tag @name 100% $5 €5 £1,000.50 5€ 50% 3-4 2024-01-31 10:45 1,2 ,5 5, .5 5. "
    "1.000,5 -3 --- -- ... .. . , ; : ! !! ?! ?? / // \\ | ~ ` ^ _ __ {} <b> </b> <skipped> a<skipped>b = + * & && % "
    "&quot; &amp; &lt; &gt; &amp;lt; &apos; &quot;x&quot; AT&amp;T — – ‐ ‑ « » „ “ ” ‘ ’ … ‰ § ¶ · • → ≠ ∑ √ ∞ × ÷ ° № ™ "
    "ΟΔΥΣΣΕΥΣ ΣΑΣ Σ Σ. ΑΣ' 1Σ ΑΣΑ ΑΣ\u0301 ὈΔΥΣΣΕΎΣ λόγος İstanbul IĞDIR ıssız DŽ Dž ﬁnance ẞ Ⅳ ⅳ Ⓐ Привет мир ЖУК Ђ "
    "你好 世界 我们今天去学校。 他说：“好！” １２３ ＡＢＣ ３．１４ 中,文 、 。 ， ！ ？ 《书》 「日本語」 テスト ひらがな ｶﾀｶﾅ 日本 "
    "한국어 안녕하세요 ㈜ ㎏ 〇 々 ㄅㄆ ⺀ 𠀀 𪛖 豈 مرحبا العالم؟ ١٢٣ ٣٫٥ שלום, हिन्दी है। १२३ ภาษาไทย ქართული Ა հայերեն։ "
    "😀 👍🏽 👩‍👩‍👧 🇩🇪 ❤️ ☃ ✓ ✂ ① ½ ² ₁ e\u0301 a\u0308\u0323 \u00ad x\u200dy x\ufeffy x\u200by 𝐀 𝟙 Ꭰ ꭰ 𐐀 𞤀 \u20c1 \ufffd"
).split(" ")

SEPARATORS = [" "] * 60 + ["", "  ", "\t", "\u00a0", "\u3000", "\u2028", "\r", "\u200b", "\x0b", "\x0c", "\x1c"]
SEPARATORS += ["\x1f", "\x85", "\u2009", "\u202f", "\u2029", "\u1680", "\u180e", " \t ", "\u205f", "-", ",", "."]

EDGE_LINES = [
    "", " ", "\t", "\u3000", "\r", "\u2028", "\u200b", "\ufeff", ".", "..", "...", ",", "-", "'", "&", "&quot", "&quot;",
    "&amp;amp;quot;", "<skipped>", "<skip<skipped>ped>", "a-\nb", "a\nb", "a\n-b", "-\n", "\n", "a\r\nb", "1,000.5",
    "1.", ".1", "1.a", "a.1", "1-2", "a-1", "1-a", "-1", "1--2", "a,b", "1,b", "a,1", "1 , 2", "a...b", "1...2", "a.,b",
    "..a", "a..", ",,", ".,.,", "!?", "(hi)", "((hi))", "hi)", "(hi", "a", "ab", "«a»", "a“b”", "3€", "€3", "½.", ".½",
    "²,", "中.文", "中,1", "1,中", "٣,٤", "１,２", "１．２", "٣٫٥", "a\u0301.", "Σ", "ΑΣ", "ΑΣ ", "ΑΣ.", "ΑΣ.Α", "ΑΣ'Α", "Σ'Σ",
    "İ", "İi", "ẞß", "ǅǆ", "😀.", ".😀", "a😀b", "👩‍👩‍👧!", "it's", "it’s", "l'eau", "rock'n'roll", "a_b", "a^b`c", "{a}[b]",
    "a/b", "a\\b", "a|b~c", "#1", "@1:2;3<4=5>6", "“你好”", "€", "–", "…", "\u2001a", "\u2a6d\u2a6e", "\u2f80\u2f81",
    "\u4db5\u4db6", "\u9fa5\u9fbb\u9fbc", "\ufa2d\ufa2e\ufa2f\ufa30", "\ufa6a\ufa6b\ufa70\ufad9\ufada", "\U00020000",
    "\U0002a6d6", "\ufeff\uff00\uffef\ufff0", "\ue000", "\U0010ffff", "\x00", "a\x00b", "\x1ca\x1db\x1ec\x1fd", "\x85",
]


def escape(text):
    return "".join(c if c.isprintable() and c != "\\" else f"\\u{{{ord(c):X}}}" for c in text)


def make_metric(setting):
    kind, *parts = setting.split("/")
    if kind == "bleu":
        return BLEU(
            tokenize=parts[0], smooth_method=parts[1], lowercase=parts[2] == "lc", effective_order=parts[3] == "eff",
            force=True,
        )
    if kind == "chrf":
        return CHRF(char_order=int(parts[0]), word_order=int(parts[1]), lowercase=parts[2] == "lc")
    return TER(case_sensitive=parts[0] == "mixed")


def random_line(rng, num_words):
    return "".join(rng.choice(WORDS) + rng.choice(SEPARATORS) for _ in range(num_words))


def change_case(rng, word):
    return rng.choice([word.lower(), word.upper(), word.title()])


def perturb(rng, text, rate):
    """A translation of `text`: words dropped, doubled, replaced, recased, and blocks moved."""
    words = text.split(" ")
    result = []
    for word in words:
        if rng.random() >= rate:
            result.append(word)
            continue
        choice = rng.randrange(5)
        if choice == 1:
            result += [word, word]
        elif choice == 2:
            result.append(rng.choice(WORDS))
        elif choice == 3:
            result.append(change_case(rng, word))
        elif choice == 4:
            result.append(word[: rng.randrange(len(word) + 1)])
    for _ in range(rng.choice([0, 0, 1, 2])):
        if len(result) > 2:
            start = rng.randrange(len(result))
            block = result[start : start + rng.randint(1, 6)]
            del result[start : start + len(block)]
            target = rng.randrange(len(result) + 1)
            result[target:target] = block
    return " ".join(result)


def random_pair(rng, num_references):
    kind = rng.randrange(10)
    length = rng.choice([1, 2, 3, 4, 5, 8, 12, 16, 20, 30])
    if kind == 0:  # few words that occur often: clipped counts, and many places to shift to
        few = rng.sample(WORDS, 4)
        lines = [" ".join(rng.choice(few) for _ in range(length + rng.randrange(4))) for _ in range(num_references + 1)]
        return lines[0], lines[1:]
    if kind == 1:  # nothing in common, or one side empty
        lines = [random_line(rng, rng.choice([0, 0, 1, length])) for _ in range(num_references + 1)]
        return lines[0], lines[1:]
    reference = random_line(rng, length)
    rate = rng.choice([0.0, 0.1, 0.3, 0.6])
    references = [reference] + [perturb(rng, reference, 0.3) for _ in range(num_references - 1)]
    rng.shuffle(references)
    return perturb(rng, reference, rate), references


def edge_pairs():
    pairs = [(line, [line]) for line in EDGE_LINES]
    pairs += [(line, [EDGE_LINES[(i + 7) % len(EDGE_LINES)]]) for i, line in enumerate(EDGE_LINES)]
    pairs += [(f"{line} {line}", [f"a {line} b"]) for line in EDGE_LINES]
    return pairs


def long_pairs(rng):
    words = [f"w{i}" for i in range(12)]
    line = " ".join(rng.choice(words) for _ in range(700))
    distinct = " ".join(f"v{i}" for i in range(260))
    moved = " ".join(distinct.split()[130:] + distinct.split()[:130])
    return [
        (perturb(rng, line, 0.2), [line]),
        (line, ["w1 w2 w3"]),
        ("w1 w2 w3", [line]),
        (moved, [distinct]),
        (perturb(rng, distinct, 0.3), [distinct]),
        ("x" * 3000, ["x" * 2900 + "y" * 100]),
    ]


def write(path, lines):
    head = f"# Made by scripts/golden/make_metric_goldens.py with sacreBLEU {sacrebleu.__version__}; do not edit.\n"
    path.write_text(head + "".join(line + "\n" for line in lines), encoding="utf-8")


def write_sentences(folder, rows):
    metrics = [make_metric(setting) for setting in SETTINGS]
    lines = ["# " + "\t".join(SETTINGS)]
    for hypothesis, references in rows:
        fields = [str(len(references)), escape(hypothesis)] + [escape(r) for r in references]
        scores = [metric.sentence_score(hypothesis, references).score for metric in metrics]
        fields += [f"{score:.11f}".rstrip("0").rstrip(".") for score in scores]
        lines.append("\t".join(fields))
    write(folder / "sentences.tsv", lines)


def write_corpora(folder, rows, rng):
    ends = [i for i in range(1, len(rows)) if len(rows[i][1]) != len(rows[i - 1][1])] + [len(rows)]
    lines = []
    for start, end in zip([0] + ends[:-1], ends):
        spans = [(start, end)]
        for _ in range(12):
            first = rng.randrange(start, end)
            spans.append((first, min(end, first + rng.choice([1, 2, 5, 20, 80]))))
        for first, last in spans:
            for setting in SETTINGS:
                hypotheses = [h for h, _ in rows[first:last]]
                references = list(zip(*(r for _, r in rows[first:last])))
                metric = make_metric(setting)
                score = metric.corpus_score(hypotheses, references)
                text = score.format(signature=metric.get_signature().format())
                fields = [first, last, len(references), setting, f"{score.score:.17g}", escape(text)]
                lines.append("\t".join(str(field) for field in fields))
    write(folder / "corpora.tsv", lines)


def write_tokens(folder, rng):
    tokenizers = [BLEU(tokenize=name).tokenizer for name in ("13a", "intl", "char", "zh")]
    texts = EDGE_LINES + [random_line(rng, rng.randint(1, 12)) for _ in range(300)]
    lines = []
    for text in texts:
        fields = [text, text.lower()] + [" ".join(t(text.rstrip()).split()) for t in tokenizers]
        lines.append("\t".join(escape(field) for field in fields))
    write(folder / "tokens.tsv", lines)


def fingerprint(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


def write_characters(folder):
    characters = [chr(c) for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
    lines = []
    for name, pattern in (("punctuation", r"\p{P}"), ("symbol", r"\p{S}"), ("number", r"\p{N}")):
        compiled = regex.compile(pattern)
        lines.append(f"{name}\t{fingerprint(bytes(1 if compiled.match(c) else 0 for c in characters))}")
    lines.append(f"white space\t{fingerprint(bytes(c.isspace() for c in characters))}")
    # A sigma after the character, and one before it: shows the characters that the rule of the final sigma looks at.
    for name, before, after in (("lower", "", ""), ("sigma after", "A", "\u03a3"), ("sigma before", "A\u03a3", "b")):
        text = "".join((before + c + after).lower() for c in characters)
        lines.append(f"{name}\t{fingerprint(text.encode())}")
    write(folder / "characters.tsv", lines)


def write_significance(folder, rng):
    plain = [word for word in WORDS if word.isalpha() and word.isascii()]
    references = [" ".join(rng.choice(plain) for _ in range(rng.randint(5, 15))) for _ in range(200)]
    systems = [[perturb(rng, line, rate) for line in references] for rate in (0.40, 0.42, 0.46)]
    write(folder / "systems.tsv", ["\t".join(map(escape, fields)) for fields in zip(references, *systems)])
    lines = []
    for setting in ("bleu/13a/exp/mixed/full", "chrf/6/0/mixed", "chrf/6/2/mixed", "ter/lc"):
        for test in ("bs", "ar"):
            for first, second in ((0, 1), (0, 2), (1, 2)):
                named = [("a", systems[first]), ("b", systems[second])]
                paired = PairedTest(named, {"m": make_metric(setting)}, [references], test, n_ar_confidence=0)
                signatures, scores = paired()
                (name,) = signatures
                result = scores[name][1]
                fields = [setting, test, first, second, result.p_value, result.mean, result.ci]
                lines.append("\t".join(str(field) for field in fields))
    write(folder / "significance.tsv", lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = pathlib.Path(__file__).resolve().parents[2]
    parser.add_argument("--output", type=pathlib.Path, default=root / "tests/golden/metrics")
    parser.add_argument("--rows", type=int, default=2000, help="random sentences")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    assert sacrebleu.__version__ == "2.6.0", sacrebleu.__version__
    logging.getLogger("sacrebleu").setLevel(logging.ERROR)  # hints about settings that are asked for on purpose
    options.output.mkdir(parents=True, exist_ok=True)
    rng = random.Random(options.seed)
    several = options.rows // 5
    rows = edge_pairs() + long_pairs(rng) + [random_pair(rng, 1) for _ in range(options.rows - 2 * several)]
    rows += [random_pair(rng, 2) for _ in range(several)] + [random_pair(rng, 3) for _ in range(several)]
    write_sentences(options.output, rows)
    write_corpora(options.output, rows, rng)
    write_tokens(options.output, rng)
    write_characters(options.output)
    write_significance(options.output, rng)


if __name__ == "__main__":
    main()
