"""The table of the end tasks: which model must learn which text, and how well.

The bounds keep a margin to what calibration runs measured; the text, the seeds and the number of threads are fixed.
"""
import dataclasses
from typing import Optional, Union

from . import corpora, measures, models


@dataclasses.dataclass(frozen=True)
class Course:
    """How a model is trained; `rows` sentences make a batch on average."""

    updates: int = 500
    peak: float = 3e-3
    warmup: int = 20
    schedule: str = "linear"
    beta2: float = 0.98
    rows: int = 64


RNN = Course()
BLOCKS = Course(updates=600, peak=2e-3, warmup=100)


@dataclasses.dataclass(frozen=True, eq=False)
class Run:
    """A training and all measurements of what came out of it. Rows that name the same run share it."""

    name: str
    corpus: corpora.Corpus
    model: dict
    course: Course = RNN
    has_maps: bool = True
    further: dict = dataclasses.field(default_factory=dict)  # quantity -> measure(records, pairs)


@dataclasses.dataclass(frozen=True)
class Claim:
    """`quantity` of the run is above or below a number, or below that of another run; no bound = it is reported."""

    run: Run
    quantity: str
    relation: str = "reported"  # > | < | <= | reported
    bound: Union[float, Run, None] = None
    factor: float = 1.0  # of the other run's quantity

    def threshold(self):
        if self.relation == "reported":
            return f"{self.quantity} reported"
        if isinstance(self.bound, Run):
            times = "" if self.factor == 1 else f"{self.factor:g} x "
            return f"{self.quantity} {self.relation} {times}{self.bound.name}"
        return f"{self.quantity} {self.relation} {self.bound:g}"


@dataclasses.dataclass(frozen=True)
class Task:
    name: str
    rows: str
    claims: tuple
    is_quick: bool = False

    def runs(self):
        """All runs of the claims, each once, in order."""
        named = [claim.run for claim in self.claims]
        named += [claim.bound for claim in self.claims if isinstance(claim.bound, Run)]
        return list(dict.fromkeys(named))


def luong(score, **attention):
    return models.rnn_model({"score": score, **attention})


def solved(run, token=0.93, aligned: Optional[float] = None, near: Optional[float] = None):
    claims = [Claim(run, "token", ">", token), Claim(run, "exact")]
    if aligned is not None:
        claims.append(Claim(run, "aligned", ">", aligned))
    if near is not None:
        claims.append(Claim(run, "near", ">", near))
    return tuple(claims)


REVERSE_NONE = Run("gru, no attention", corpora.REVERSE, models.rnn_model("none"), has_maps=False)
REVERSE_ADDITIVE = Run("gru, additive, before", corpora.REVERSE,
                       models.rnn_model({"score": "additive", "hidden": 64}, attend="before"))
REVERSE_DOT = Run("gru, dot", corpora.REVERSE,
                  models.rnn_model({"score": "dot"}, encoder=models.equal_width_encoder()))
REVERSE_GENERAL = Run("gru, general", corpora.REVERSE, luong("general"))
REVERSE_CONCAT = Run("gru, concat", corpora.REVERSE, luong("concat", hidden=64))
# Given time, both end at the same perplexity: what input feeding helps is how soon.
EARLY = Course(updates=300)
EARLY_FEED = Run("gru, general, early", corpora.REVERSE, luong("general"), EARLY)
EARLY_NO_FEED = Run("gru, general, early, no feed", corpora.REVERSE,
                    models.rnn_model({"score": "general"}, input_feeding=False), EARLY)
REVERSE_COSINE = Run("gru, cosine", corpora.REVERSE,
                     models.rnn_model({"score": "cosine"}, encoder=models.equal_width_encoder()))
REVERSE_LOCAL_M = Run("gru, local-m D=2", corpora.REVERSE, luong("general", align="local_m", window=2))
COPY_LOCAL_M = Run("gru, local-m D=2, copy", corpora.COPY, luong("general", align="local_m", window=2))
REVERSE_LOCAL_P = Run("gru, local-p D=3", corpora.REVERSE, luong("general", align="local_p", window=3))
REVERSE_SAMPLE = Run("gru, hard sample", corpora.REVERSE,
                     luong("additive", hidden=64, align="hard", hard={"select": "sample"}))
REVERSE_GUMBEL = Run("gru, hard gumbel", corpora.REVERSE,
                     luong("additive", hidden=64, align="hard", hard={"select": "gumbel"}))
COPY_LOCATION = Run("gru, location", corpora.COPY_TEN, luong("location", max_source=16))

REVERSE_TRANSFORMER = Run("transformer, reverse", corpora.REVERSE, models.transformer(), BLOCKS,
                          further={"heads JS": lambda records, _: measures.heads_divergence(records)})
COPY_TRANSFORMER = Run("transformer, copy", corpora.COPY, models.transformer(), BLOCKS)
SORT_TRANSFORMER = Run("transformer, sort", corpora.SORT, models.transformer(), BLOCKS)
REVERSE_BLIND = Run("transformer, order blind", corpora.REVERSE, models.transformer("none", order_blind=True), BLOCKS)


def chain_run(name, corpus, repeat, updates):
    encoder = models.blocks(models.self_attention(), models.ffn(), repeat=repeat)
    return Run(name, corpus, models.block_model(encoder, decoder=models.answer_reader()),
               Course(updates, peak=2e-3, warmup=100, rows=128))


ONE_HOP = chain_run("one layer, one hop", corpora.ONE_HOP, 1, 700)
TWO_HOPS_ONE_LAYER = chain_run("one layer, two hops", corpora.TWO_HOP, 1, 1500)
TWO_HOPS_TWO_LAYERS = chain_run("two layers, two hops", corpora.TWO_HOP, 2, 1500)

FAR_COURSE = Course(updates=1000, peak=4e-3, warmup=100, rows=32)
FAR_ATTENTION = Run("self-attention, 100 words", corpora.FAR,
                    models.block_model(models.blocks(models.self_attention(), models.ffn()),
                                       decoder=models.answer_reader()), FAR_COURSE)
LSTM_READER = models.block_model(models.blocks(models.recurrent("lstm"), norm="none"), decoder=models.answer_reader())
FAR_LSTM = Run("bidirectional lstm, 100 words", corpora.FAR, LSTM_READER, FAR_COURSE)
# That the same model with the same budget learns the task without the distance shows what the distance does.
CLOSE_LSTM = Run("bidirectional lstm, 2 words", corpora.CLOSE, LSTM_READER, FAR_COURSE)

ORDER_COURSE = Course(updates=150, peak=2e-3, warmup=50)
ORDER_BOTH = Run("forward + backward", corpora.ORDER, models.directional(["forward", "backward"]), ORDER_COURSE)
ORDER_DIAGONAL = Run("diagonal", corpora.ORDER, models.directional(["diagonal"], order_blind=True), ORDER_COURSE)

# A recurrent encoder may keep a word in its neighbour's state, and a bridge tell the decoder the first word, which then
# looks anywhere. So that a map is about words, each state is its word and what surrounds it, and there is no bridge.
WORDS_ADDITIVE = Run("gru, additive, EN-ZH", corpora.WORD_ORDER,
                     models.rnn_model({"score": "additive", "hidden": 64}, encoder=models.word_keeping_encoder(),
                                      bridge="zero"), Course(updates=400),
                     further={f"{zh} on {en}": (lambda records, pairs, en=en, zh=zh:
                                                measures.word_alignment(records, pairs, en, zh))
                              for en, zh in (("I", "我"), ("love", "爱"))})


def position_run(kind, course=BLOCKS):
    return Run(f"transformer, {kind}", corpora.REVERSE, models.transformer("none", own={"position": kind}), course)


REVERSE_SHAW, REVERSE_ROPE = position_run("shaw"), position_run("rope")
# The penalty is the same to the left and to the right, so only the end mark tells the encoder which is which.
REVERSE_ALIBI = position_run("alibi", Course(updates=1000, peak=2e-3, warmup=100))
COPY_CONV = Run("conv + self-attention", corpora.COPY, models.block_model(
    models.blocks({"conv": {"kernels": [3]}}, models.self_attention(), models.ffn(), repeat=2)), BLOCKS)
REVERSE_RNN_BLOCKS = Run("rnn + self-attention", corpora.REVERSE, models.block_model(
    models.blocks({"rnn": {"cell": "lstm", "bidirectional": True, "merge": "sum"}}, models.self_attention()),
    "none"), BLOCKS)
DIRECTIONAL = Course(updates=400, peak=3e-3, warmup=100)
REVERSE_DIRECTIONAL = Run("directional, by feature", corpora.REVERSE, models.directional(["forward", "backward"]),
                          DIRECTIONAL)
BLIND_DIRECTIONAL = Run("diagonal, by feature", corpora.REVERSE, models.directional(["diagonal"], order_blind=True),
                        DIRECTIONAL)

TASKS = (
    Task("general", "R04 R31", solved(REVERSE_GENERAL, 0.93, 0.90) + (Claim(REVERSE_GENERAL, "aer", "<", 0.10),),
         is_quick=True),
    Task("local_m", "R05", (Claim(COPY_LOCAL_M, "token", ">", 0.95), Claim(REVERSE_LOCAL_M, "token", "<", 0.80))),
    Task("transformer", "R13", solved(REVERSE_TRANSFORMER, 0.98), is_quick=True),
    Task("order", "R16", (Claim(ORDER_BOTH, "token", ">", 0.97), Claim(ORDER_DIAGONAL, "token", "<", 0.62)),
         is_quick=True),
    Task("no_attention", "R01", (Claim(REVERSE_NONE, "token", "<", 0.75), Claim(REVERSE_NONE, "exact"))),
    Task("additive", "R02 R03", solved(REVERSE_ADDITIVE, 0.93, near=0.97)),
    Task("dot", "R04", solved(REVERSE_DOT, 0.93, 0.90)),
    Task("concat", "R04", solved(REVERSE_CONCAT, 0.93, 0.90)),
    Task("local_p", "R06", solved(REVERSE_LOCAL_P, 0.95, 0.95)),
    Task("recall", "R08", (Claim(ONE_HOP, "token", ">", 0.98),), is_quick=True),
    Task("heads", "R10", (Claim(REVERSE_TRANSFORMER, "heads JS", ">", 0.05),)),
    Task("order_blind", "R12", (Claim(REVERSE_BLIND, "token", "<", 0.40),
                                Claim(REVERSE_TRANSFORMER, "token", ">", 0.98))),
    Task("transformer_copy", "R13", solved(COPY_TRANSFORMER, 0.98)),
    Task("transformer_sort", "R13", solved(SORT_TRANSFORMER, 0.98)),
    Task("hard_sample", "R22", solved(REVERSE_SAMPLE, 0.93, 0.90)),
    Task("hard_gumbel", "R23", solved(REVERSE_GUMBEL, 0.93, 0.90)),
    Task("hops", "R25", (Claim(ONE_HOP, "token", ">", 0.95), Claim(TWO_HOPS_ONE_LAYER, "token", "<", 0.60),
                         Claim(TWO_HOPS_TWO_LAYERS, "token", ">", 0.95))),
    Task("lexicon", "R31", (Claim(WORDS_ADDITIVE, "我 on I", ">", 0.95),
                            Claim(WORDS_ADDITIVE, "爱 on love", ">", 0.95), Claim(WORDS_ADDITIVE, "aer", "<", 0.10))),
    Task("far", "R33", (Claim(FAR_ATTENTION, "token", ">", 0.95), Claim(FAR_LSTM, "token", "<", FAR_ATTENTION),
                        Claim(CLOSE_LSTM, "token", ">", 0.95),
                        Claim(FAR_ATTENTION, "pairs per processor s"), Claim(FAR_LSTM, "pairs per processor s"))),
    Task("input_feeding", "A1", (Claim(EARLY_FEED, "perplexity", "<=", EARLY_NO_FEED),
                                 Claim(EARLY_FEED, "token"), Claim(EARLY_NO_FEED, "token"))),
    Task("location", "A2", solved(COPY_LOCATION, 0.95)),
    Task("cosine", "A3", solved(REVERSE_COSINE, 0.93, 0.90)),
    Task("shaw", "Shaw", solved(REVERSE_SHAW, 0.93)),
    Task("rope", "RoPE", solved(REVERSE_ROPE, 0.93)),
    Task("alibi", "ALiBi", solved(REVERSE_ALIBI, 0.93)),
    Task("conv_self_attention", "conv", solved(COPY_CONV, 0.98)),
    Task("rnn_self_attention", "rnn", solved(REVERSE_RNN_BLOCKS, 0.93)),
    Task("directional", "R15 R17", (Claim(REVERSE_DIRECTIONAL, "token", ">", 0.80),
                                    Claim(BLIND_DIRECTIONAL, "token", "<", 0.40))),
)
