"""Translates with transformers, as a user of a MarianMT directory does."""
import torch
import transformers


class EndAtLimit(transformers.LogitsProcessor):
    """Ends hypotheses at the length limit as Regard does: the end counts with its own log-probability. transformers'
    forced_eos_token_id gives it the log-probability 0 instead."""

    def __init__(self, end, max_length):
        self.end, self.max_length = end, max_length

    def __call__(self, input_ids, scores):
        if input_ids.shape[1] < self.max_length - 1:
            return scores
        ended = torch.full_like(scores, -torch.inf)
        ended[:, self.end] = scores[:, self.end]
        return ended


class Translator:
    """A MarianMT directory, loaded by transformers in float32. `problems` lists the keys that did not fit."""

    def __init__(self, folder):
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        self.model, report = transformers.MarianMTModel.from_pretrained(
            folder, dtype=torch.float32, output_loading_info=True)
        self.model.eval()
        self.problems = [f"{kind}: {keys}" for kind, keys in report.items() if keys]

    @torch.no_grad()
    def tokens(self, lines, batch=25, **options):
        """Lists of token ids, without the start, the end and padding. `options` go to generate()."""
        found = []
        special = {self.model.config.pad_token_id, self.model.config.decoder_start_token_id,
                   self.tokenizer.eos_token_id}
        for first in range(0, len(lines), batch):
            inputs = self.tokenizer(lines[first:first + batch], return_tensors="pt", padding=True)
            for row in self.model.generate(**inputs, **options).tolist():
                found.append([token for token in row[1:] if token not in special])
        return found

    def as_regard(self, **options):
        """Options of generate() under which it searches as Regard does: forbidden tokens are taken out without
        normalising again, and hypotheses at the limit end as EndAtLimit says."""
        settings = self.model.generation_config
        longest = options.get("max_length", settings.max_length)
        return {"forced_eos_token_id": None, "renormalize_logits": False,
                "logits_processor": [EndAtLimit(self.tokenizer.eos_token_id, longest)], **options}

    def text(self, tokens):
        return [self.tokenizer.decode(row, skip_special_tokens=True, clean_up_tokenization_spaces=False)
                for row in tokens]

    def translate(self, lines, **options):
        return self.text(self.tokens(lines, **options))

    @torch.no_grad()
    def smallest_gap(self, line, tokens):
        """The smallest distance of the two largest logits along a greedy translation."""
        inputs = self.tokenizer([line], return_tensors="pt")
        decoder = torch.tensor([[self.model.config.decoder_start_token_id, *tokens]])
        logits = self.model(**inputs, decoder_input_ids=decoder).logits[0]
        logits[:, self.model.config.pad_token_id] = -torch.inf
        best = logits.topk(2).values
        return (best[:, 0] - best[:, 1]).min().item()

    @torch.no_grad()
    def logits(self, source, source_lengths, target):
        """[n, T, V] for padded ids [n, S] and decoder inputs [n, T]."""
        mask = torch.arange(source.shape[1])[None, :] < source_lengths[:, None]
        return self.model(input_ids=source, attention_mask=mask.long(), decoder_input_ids=target).logits
