#!/usr/bin/env python3
"""Writes tests/golden/metrics/*.tsv: what sacreBLEU 2.6.0 says about thousands of sentences.

Usage, with sacrebleu[ja,ko] 2.6.0 and Python 3.11: scripts/golden/make_metric_goldens.py [--rows N] [--seed S]
[--output DIR]

Files (UTF-8, one record per line, fields between tabs; "#" starts a comment; other than printable characters and the
backslash are written \\u{HEX}):
  sentences.tsv     number of references, translation, references, one score per setting of the head line
  corpora.tsv       first row, end row, number of references, setting, score, sacreBLEU's text line: rows of sentences.tsv
  tokens.tsv        a line, the same in lower case, its tokens by 13a, intl, char and zh, with one space between
  characters.tsv    a property of every code point, fingerprint (64-bit FNV-1a)
  options.tsv       as corpora.tsv, with the options of chrF and TER that are off by default
  tercom.tsv        a line, and its tokens by the options of TER that the head line names
  mecab.tsv         a line, its tokens by ja-mecab and by ko-mecab
  mecab_scores.tsv  tokenizer, step: score and text line of every step-th line of mecab.tsv against the one after it
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

# chrf/characters/words/beta/case[/space][/eps] and ter/case[/norm][/nopunct][/asian]
OPTION_SETTINGS = [
    "chrf/6/0/3/mixed", "chrf/6/0/1/lc/space", "chrf/4/1/2/mixed", "chrf/6/2/2/mixed/space", "chrf/6/2/2/mixed/eps",
    "chrf/6/0/2/mixed/eps", "chrf/3/3/4/lc/space/eps", "ter/lc/norm", "ter/mixed/norm", "ter/lc/nopunct",
    "ter/lc/norm/asian", "ter/lc/nopunct/asian", "ter/lc/norm/nopunct", "ter/mixed/norm/nopunct/asian",
]

JAPANESE = """\
私は東京都に住んでいます。
今日はとても天気がいいので、公園を散歩しました。
すもももももももものうち
彼女は「明日、また来ます」と言った。
コンピューターを使って、データを解析する。
2023年4月1日に新しい会社を設立しました。
この本の値段は1,500円です。
日本語の形態素解析は難しいと思いますか？
東京特許許可局許可局長
昨日、友だちと一緒に映画を見に行った。
電車が遅れたため、会議に間に合わなかった。
彼は走るのがとても速い！
おいしいラーメンが食べたいな…
注文したＡＢＣ社の製品（型番：X-100）が届いた。
国際連合安全保障理事会は決議を採択した。
猫が屋根の上で寝ている。　犬は庭にいる。
お母さんに電話をかけなければならなかった。
「ありがとうございます」と田中さんは笑いながら答えた。
新型コロナウイルスの感染が拡大している。
詳細はhttp://example.jp/をご覧ください。""".split("\n")

KOREAN = """\
나는 학교에 간다.
아버지가방에들어가신다
한국어 형태소 분석기를 시험합니다.
오늘은 날씨가 아주 좋아서 공원에서 산책했어요.
서울특별시에 살고 있는 김철수 씨는 회사원이다.
이 책의 가격은 15,000원입니다.
"내일 다시 올게요"라고 그녀가 말했다.
2023년 4월 1일에 새로운 회사를 설립했습니다.
어제 친구와 함께 영화를 보러 갔습니다.
기차가 늦어서 회의에 참석하지 못했다.
대한민국 정부는 새로운 정책을 발표하였다.
컴퓨터를 사용하여 데이터를 분석한다!
맛있는 김치찌개를 먹고 싶다…
고양이가 지붕 위에서 자고 있고 개는 마당에 있다.
자세한 내용은 http://example.kr/ 을 참고하세요.
주문한 ABC사의 제품(모델: X-100)이 도착했다.
그는 매우 빨리 달린다.
감사합니다
할아버지께서 돌아가셨다는 소식을 들었습니다.
띄어쓰기가안된문장도분석할수있나요?""".split("\n")

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
    if kind == "chrf" and len(parts) > 3:
        return CHRF(
            char_order=int(parts[0]), word_order=int(parts[1]), beta=int(parts[2]), lowercase=parts[3] == "lc",
            whitespace="space" in parts, eps_smoothing="eps" in parts,
        )
    if kind == "chrf":
        return CHRF(char_order=int(parts[0]), word_order=int(parts[1]), lowercase=parts[2] == "lc")
    return TER(
        case_sensitive=parts[0] == "mixed", normalized="norm" in parts, no_punct="nopunct" in parts,
        asian_support="asian" in parts,
    )


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


def corpus_fields(setting, hypotheses, references):
    metric = make_metric(setting)
    score = metric.corpus_score(hypotheses, references)
    return [setting, f"{score.score:.17g}", escape(score.format(signature=metric.get_signature().format()))]


def write_options(folder, rows, rng):
    lines = []
    after_long = 1 + max(i for i, (hypothesis, _) in enumerate(rows) if len(hypothesis) > 1000)  # they take minutes
    for setting in OPTION_SETTINGS:
        for _ in range(30):
            first = rng.choice([rng.randrange(300), rng.randrange(after_long, len(rows))])
            last = first + 1
            size = rng.choice([1, 1, 1, 2, 5, 10])
            while last < len(rows) and last - first < size and len(rows[last][1]) == len(rows[first][1]):
                last += 1
            hypotheses = [h for h, _ in rows[first:last]]
            references = list(zip(*(r for _, r in rows[first:last])))
            fields = [first, last, len(references)] + corpus_fields(setting, hypotheses, references)
            lines.append("\t".join(str(field) for field in fields))
    write(folder / "options.tsv", lines)


def write_tercom(folder, rng):
    settings = ["lc/norm", "mixed/norm/asian", "lc/nopunct", "lc/nopunct/asian", "lc/norm/nopunct/asian"]
    tokenizers = [make_metric("ter/" + setting).tokenizer for setting in settings]
    texts = EDGE_LINES + JAPANESE + ["Peter's dog's", "it's", "'s", "a 's b", "x's\u3000"]
    texts += [random_line(rng, rng.randint(1, 12)) for _ in range(300)]
    lines = ["# " + "\t".join(settings)]
    for text in texts:
        lines.append("\t".join(escape(field) for field in [text] + [t(text.rstrip()) for t in tokenizers]))
    write(folder / "tercom.tsv", lines)


def write_mecab(folder, rng):
    names = ["ja-mecab", "ko-mecab"]
    tokenizers = [BLEU(tokenize=name).tokenizer for name in names]
    texts = [line for line in EDGE_LINES if "\0" not in line and "\n" not in line] + JAPANESE + KOREAN
    texts += [rng.choice(JAPANESE) + random_line(rng, 3) + rng.choice(KOREAN) for _ in range(60)]
    texts += ["".join(rng.choice(JAPANESE)[:rng.randrange(12)] for _ in range(4)) for _ in range(80)]
    texts += [" ".join(rng.choice(rng.choice(KOREAN).split()) for _ in range(8)) for _ in range(80)]
    texts = [text.replace("\0", "") for text in texts]
    lines = []
    for text in texts:
        fields = [text] + [" ".join(t(text.rstrip()).split()) for t in tokenizers]
        lines.append("\t".join(escape(field) for field in fields))
    write(folder / "mecab.tsv", lines)
    scores = []
    for name in names:
        for step in (1, 7):
            fields = [step] + corpus_fields(f"bleu/{name}/exp/mixed/full", texts[:-1:step], [texts[1::step]])
            scores.append("\t".join(str(field) for field in [name] + fields))
    write(folder / "mecab_scores.tsv", scores)


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
    rng = random.Random(options.seed)  # of their own, so that what is above stays as it was
    write_options(options.output, rows, rng)
    write_tercom(options.output, rng)
    write_mecab(options.output, rng)


if __name__ == "__main__":
    main()
