"""The models, as the groups of a configuration's `model`."""

DIM = 32


def blocks(*sublayers, repeat=1, norm="pre"):
    return {"blocks": {"repeat": repeat, "norm": norm, "sublayers": list(sublayers)}}


def ffn():
    return {"ffn": {"hidden": 4 * DIM}}


def directional(masks, **head):
    """DiSAN (Shen et al. 2018): a branch for each mask, and source2token as the pool."""
    attention = {"heads": 1, "score": "additive", "granularity": "feature", "clip": 5, "project": "none"}
    branches = [blocks({"self_attention": {**attention, "mask": mask}, "pre_dense": "elu", "combine": "fusion"},
                       norm="none") for mask in masks]
    pool = {"attention": {"score": "additive", "granularity": "feature", "activation": "elu"}}
    return {"dim": DIM, "position": "none", "order_blind": masks == ["diagonal"],
            "encoder": {"levels": [{"branches": branches}]}, "head": {"pool": pool, **head}}


def words_alone(**head):
    """An encoder that sees each word by itself."""
    return {"dim": DIM, "position": "none", "order_blind": True, "encoder": blocks(ffn()), "head": head}


def tagger(*sublayers, repeat=2):
    """DeepAtt (Tan et al. 2018): blocks of a sublayer and self-attention."""
    return {"dim": 2 * DIM, "position": "timing", "encoder": blocks(*sublayers, repeat=repeat), "head": {}}


def self_attention():
    return {"self_attention": {"heads": 4}}
