"""What the parts of interop_test.py have in common: the program, texts, trained models, and comparing lines."""
import collections
import dataclasses

import safetensors.torch
import torch

import marian_models
from regard_program import CORPUS, Regard, read_lines

# Beside plain sentences: characters without a piece, of other scripts, compatibility forms, spaces, one word, length.
ODD_LINES = ["Zoë kauft 漢字 für 20 €.", "😀", "ﬁnden ① Ｗｅｇ", "  zwei   Leerzeichen ", "A", "?!?!",
             "Der Mann und " + "der Mann und " * 25 + "die Frau."]
TEACHER = {  # what small models are trained with
    "model": "{preset: custom, dim: 32, heads: 4, layers: 1, feed_forward: 64}",
    "training.max_updates": 220, "training.batch_tokens": 512, "training.schedule.warmup": 40,
    # Without smoothing, what must not be said has hardly a share of the probability; see ct2_translate's is_tie.
    "training.schedule.peak": 8e-3, "training.label_smoothing": 0, "decoding.max_length": "{factor: 0, plus: 40}"}


@dataclasses.dataclass
class Count:
    lines: int = 0
    same: int = 0
    ties: int = 0


class Bench:
    """`agreement` counts the lines of each kind of comparison over all models."""

    def __init__(self, program, folder, checks):
        self.regard, self.folder, self.checks = Regard(program), folder, checks
        self.lines = read_lines(CORPUS / "valid.de", 33) + ODD_LINES
        self.texts = tuple(read_lines(CORPUS / f"train.{side}", 1500) for side in ("de", "en"))
        self.agreement = collections.defaultdict(Count)
        self.models = {}
        self.runs = {}

    def random_model(self, shape):
        """The random MarianMT model of a shape, and the directory that Regard imported it to. Made once."""
        if shape.name not in self.models:
            made = marian_models.make_model(shape, self.texts, self.folder / f"hf_{shape.name}")
            out = self.folder / f"regard_{shape.name}"
            self.regard.succeed("import", "marian-hf", made.folder, out)
            self.models[shape.name] = made, out
        return self.models[shape.name]

    def trained_model(self, name, **settings):
        """A small model that Regard trained. Made once for each name."""
        if name not in self.runs:
            out = self.folder / f"run_{name}"
            shared = settings.get("vocabulary.shared", "true")
            if "plain" in self.runs and shared == "true":
                settings = {"vocabulary.source": self.runs["plain"] / "shared.spm", **settings}
            elif "vocabulary.source" not in settings:
                settings = {"vocabulary.size": 300, **settings}
            chosen = {**TEACHER, **settings}
            self.regard.train(out, *(f"{key}={value}" for key, value in chosen.items()))
            self.runs[name] = out
        return self.runs[name]

    def compare(self, kind, name, ours, theirs, is_tie=None):
        """Counts equal lines; those that are None in `theirs` are not compared. Where lines differ, is_tie(number of
        the line, our text) says whether the other program finds both as good, within rounding."""
        left = [i for i, text in enumerate(theirs) if text is not None]
        if len(left) < len(theirs):
            print(f"       {name}: {kind}: {len(theirs) - len(left)} of {len(theirs)} lines cut off, not compared")
        unequal = [i for i in left if ours[i] != theirs[i]]
        ties = [i for i in unequal if is_tie and is_tie(i, ours[i])]
        count = self.agreement[kind]
        count.lines += len(left)
        count.same += len(left) - len(unequal)
        count.ties += len(ties)
        distinct = len({theirs[i] for i in left})
        self.checks.that(f"{name}: translations differ from each other ({distinct} of {len(left)} distinct)",
                         distinct >= max(3, len(left) // 8))
        claim = f"{name}: {kind}: same text on {len(left) - len(unequal)} of {len(left)} lines, {len(ties)} ties"
        detail = "\n".join(f"line {i + 1}\nregard {ours[i]!r}\nother  {theirs[i]!r}" for i in unequal[:3])
        # Greedy search has no excuse but ties; a beam may lose a hypothesis to one much earlier.
        allowed = 0 if "greedy" in kind else max(2, len(left) // 20)
        self.checks.that(claim, len(unequal) <= len(ties) + allowed, detail)
        if unequal:
            print("       " + detail.replace("\n", "\n       "))

    def logits(self, model, source, source_lengths, target):
        """Regard's logits [n, T, V] for ids [n, S] and decoder inputs [n, T]."""
        given, found = self.folder / "ids.safetensors", self.folder / "logits.safetensors"
        safetensors.torch.save_file({"source": source.contiguous(), "source_lengths": source_lengths,
                                     "target": target.contiguous()}, given)
        program = Regard(self.regard.path.parent / "tests/model_logits")
        program.succeed(model, given, found)
        return safetensors.torch.load_file(found)["logits"]

    def largest_difference(self, model, reference, lines):
        """The largest difference of a logit between Regard and a hf_translate.Translator, on the reference's own
        translations of the lines, and how many logits were compared. `model` must have the reference's ids."""
        inputs = reference.tokenizer(lines, return_tensors="pt", padding=True)
        lengths = inputs.attention_mask.sum(1)
        rows = reference.tokens(lines, num_beams=1)
        start, pad = reference.model.config.decoder_start_token_id, reference.model.config.pad_token_id
        width = 1 + max(map(len, rows))
        target = torch.tensor([[start, *row] + [pad] * (width - 1 - len(row)) for row in rows])
        real = torch.arange(width)[None, :] < torch.tensor([1 + len(row) for row in rows])[:, None]
        ours = self.logits(model, inputs.input_ids, lengths, target)
        theirs = reference.logits(inputs.input_ids, lengths, target)
        difference = (ours - theirs).abs()[real]
        return difference.max().item(), difference.numel()
