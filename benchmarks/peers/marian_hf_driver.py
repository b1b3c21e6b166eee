#!/usr/bin/env python3
"""Training MarianMTModel of Hugging Face transformers: fused attention, torch's fused Adam, a plain loop.

Post-norm: it has no other. Its output layer has a bias that is no parameter.
"""
import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
import transformers  # noqa: E402
from transformers import MarianConfig, MarianMTModel  # noqa: E402

import training  # noqa: E402
from training import ADAM, DROPOUT, END, PAD, SMOOTHING, START  # noqa: E402


def build(setup):
    config = MarianConfig(
        vocab_size=setup.vocabulary, d_model=setup.dim, encoder_layers=setup.layers, decoder_layers=setup.layers,
        encoder_attention_heads=setup.heads, decoder_attention_heads=setup.heads,
        encoder_ffn_dim=setup.feed_forward, decoder_ffn_dim=setup.feed_forward, activation_function="relu",
        dropout=DROPOUT, attention_dropout=0.0, activation_dropout=0.0, max_position_embeddings=512,
        pad_token_id=PAD, eos_token_id=END, bos_token_id=START, decoder_start_token_id=START, forced_eos_token_id=None,
        scale_embedding=True, share_encoder_decoder_embeddings=True, use_cache=False, attn_implementation="sdpa")
    model = MarianMTModel(config)
    optimizer = torch.optim.Adam(model.parameters(), fused=True, **ADAM)

    def step(source, target_input, target_output):
        optimizer.zero_grad(set_to_none=True)
        logits = model(input_ids=source, attention_mask=(source != PAD).long(), decoder_input_ids=target_input,
                       use_cache=False).logits
        loss = F.cross_entropy(logits.view(-1, setup.vocabulary), target_output.view(-1), ignore_index=PAD,
                               label_smoothing=SMOOTHING)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return model, step


if __name__ == "__main__":
    training.main(f"transformers {transformers.__version__}", build)
