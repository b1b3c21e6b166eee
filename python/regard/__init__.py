"""Translate with models that Regard trained.

    import regard

    translator = regard.Translator("runs/quickstart")
    print(translator.translate(["Guten Morgen.", "Bis morgen."]))
    print(regard.bleu(hypotheses, [references]))
"""
from __future__ import annotations

import json
import os
from typing import Union

from ._regard import Score, Tokenizer, Translation, Translator, bleu, chrf, ter, version

__version__ = version()
__all__ = ["Score", "Tokenizer", "Translation", "Translator", "bleu", "chrf", "load_metrics", "ter", "version"]


def load_metrics(run: Union[str, "os.PathLike[str]"]) -> list[dict[str, Union[str, float]]]:
    """What a run has measured, an entry for each line of its metrics.jsonl: `kind` ("train" or "valid"), `update`, and values
    by name."""
    with open(os.path.join(run, "metrics.jsonl"), encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]
