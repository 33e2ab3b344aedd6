"""Writes what Hugging Face transformers computes for small random models, as facts for GoldenModelsTest.

    python golden.py ../resources/engram/inference/model

Needs torch and transformers. No weights are written: both sides make them from the tensor's name
(`weights`, and RandomWeights.java), so a model is its config and these numbers. Arithmetic is float64.
"""

import copy
import json
import math
import pathlib
import sys
import warnings

import numpy as np
import torch
import transformers
from transformers import AutoConfig, AutoModel, AutoModelForCausalLM, AutoModelForSequenceClassification

warnings.filterwarnings("ignore")
MASK = (1 << 64) - 1


def fnv1a(name):
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = ((h ^ byte) * 0x100000001B3) & MASK
    return h


def uniform(name, count):
    """SplitMix64 from a seed that is the name's FNV-1a; the top 24 bits give [-1, 1)."""
    with np.errstate(over="ignore"):
        z = np.uint64(fnv1a(name)) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float64) / float(1 << 23) - 1.0


def weights(name, shape, unit_offset):
    u = uniform(name, int(np.prod(shape)))
    if len(shape) == 1 and name.endswith("weight"):
        values = 0.25 * u + (0.0 if unit_offset else 1.0)
    elif len(shape) == 1:
        values = 0.25 * u
    elif "embed" in name:
        values = u
    else:
        values = u * 1.5 / math.sqrt(shape[-1])
    return values.astype(np.float32).reshape(shape)


def build(kind, config):
    auto = {"causal": AutoModelForCausalLM, "encoder": AutoModel, "classifier": AutoModelForSequenceClassification}[kind]
    options = {"add_pooling_layer": False} if kind == "encoder" else {}
    model = auto.from_config(config, attn_implementation="eager", **options)
    unit_offset = config.model_type.startswith("gemma")
    state = {}
    for name, parameter in model.named_parameters():
        state[name] = torch.from_numpy(weights(name, tuple(parameter.shape), unit_offset))
    model.load_state_dict(state, strict=False)
    model.tie_weights()
    # Otherwise float64 would turn its frequencies, computed in float32, into other ones.
    return model.double().eval()


def rounded(values):
    return [float("%.9g" % v) for v in values]


def facts(name, kind, config_json, tokens, rows, types=None):
    config = AutoConfig.for_model(**copy.deepcopy(config_json))
    model = build(kind, config)
    ids = [(7 * i * i + 3 * i + 5) % config.vocab_size for i in range(tokens)]
    if config.model_type in ("roberta", "xlm-roberta"):
        ids = [i if i != config.pad_token_id else 9 for i in ids]
    inputs = {"input_ids": torch.tensor([ids])}
    if types is not None:
        inputs["token_type_ids"] = torch.tensor([types])
    with torch.no_grad():
        out = model(**inputs, output_hidden_states=True)
    hidden = [h[0] for h in out.hidden_states]
    result = {
        "name": name,
        "kind": kind,
        "transformers": transformers.__version__,
        "config": {k: v for k, v in config_json.items()},
        "saved": json.loads(config.to_json_string(use_diff=False)),
        "parameters": {n: list(p.shape) for n, p in model.named_parameters()},
        "ids": ids,
        "types": types,
        "rows": rows,
        "hidden": [[rounded(layer[r].tolist()) for r in rows] for layer in hidden],
    }
    if kind == "causal":
        result["logits"] = [rounded(out.logits[0][r].tolist()) for r in rows]
        greedy = list(ids)
        with torch.no_grad():
            for _ in range(8):
                step = model(input_ids=torch.tensor([greedy])).logits[0, -1]
                greedy.append(int(step.argmax()))
        result["greedy"] = greedy[len(ids):]
    elif kind == "classifier":
        result["logits"] = [rounded(out.logits[0].tolist())]
    return result


BASE = dict(vocab_size=64, hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=4,
            num_key_value_heads=2, max_position_embeddings=64, rms_norm_eps=1e-5, rope_theta=10000.0,
            hidden_act="silu", tie_word_embeddings=False, bos_token_id=1, eos_token_id=2)
ENCODER = dict(vocab_size=64, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
               max_position_embeddings=40, type_vocab_size=2, layer_norm_eps=1e-12, hidden_act="gelu",
               pad_token_id=0, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
ROBERTA = ENCODER | dict(type_vocab_size=1, pad_token_id=1, layer_norm_eps=1e-5, bos_token_id=0, eos_token_id=2)
FACTORS = dict(short_factor=[1.0, 1.1, 1.3, 1.6], long_factor=[1.0, 2.5, 5.0, 9.0])
PHI = BASE | dict(model_type="phi3", pad_token_id=0, max_position_embeddings=64, original_max_position_embeddings=16,
                  rope_scaling=dict(type="longrope", **FACTORS))


def gemma(**more):
    return BASE | dict(head_dim=12, hidden_activation="gelu_pytorch_tanh", hidden_act="gelu_pytorch_tanh",
                       tie_word_embeddings=True, pad_token_id=0) | more


MODELS = [
    ("llama2", "causal", BASE | dict(model_type="llama", num_key_value_heads=4), 20),
    ("llama3", "causal", BASE | dict(model_type="llama", rope_theta=500000.0, rope_scaling=dict(
        rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
        original_max_position_embeddings=32)), 20),
    ("llama-linear", "causal", BASE | dict(model_type="llama", attention_bias=True, mlp_bias=True,
        rope_scaling=dict(type="linear", factor=4.0)), 20),
    ("llama-ntk", "causal", BASE | dict(model_type="llama", max_position_embeddings=16,
        rope_scaling=dict(type="dynamic", factor=2.0)), 20),
    ("smollm", "causal", BASE | dict(model_type="llama", tie_word_embeddings=True, num_attention_heads=6,
        num_key_value_heads=3, hidden_size=48), 20),
    ("mistral", "causal", BASE | dict(model_type="mistral", sliding_window=5, head_dim=12), 20),
    ("qwen2", "causal", BASE | dict(model_type="qwen2", rope_theta=1000000.0, use_sliding_window=True,
        sliding_window=6, max_window_layers=1, tie_word_embeddings=True), 20),
    ("qwen2.5-yarn", "causal", BASE | dict(model_type="qwen2", rope_theta=1000000.0, use_sliding_window=False,
        sliding_window=6, max_window_layers=1, rope_scaling=dict(type="yarn", factor=4.0,
        original_max_position_embeddings=16)), 20),
    ("qwen3", "causal", BASE | dict(model_type="qwen3", rope_theta=1000000.0, head_dim=16, attention_bias=False,
        sliding_window=None, tie_word_embeddings=True), 20),
    ("phi3", "causal", BASE | dict(model_type="phi3", pad_token_id=0, num_key_value_heads=4, sliding_window=6,
        original_max_position_embeddings=64), 20),
    ("phi3-longrope-short", "causal", PHI, 12),
    ("phi3-longrope-long", "causal", PHI, 20),
    ("phi4-mini", "causal", PHI | dict(partial_rotary_factor=0.75, tie_word_embeddings=True, rope_scaling=dict(
        type="longrope", short_factor=[1.0, 1.2, 1.5], long_factor=[1.0, 3.0, 8.0])), 20),
    ("gemma", "causal", gemma(model_type="gemma"), 20),
    ("gemma2", "causal", gemma(model_type="gemma2", sliding_window=6, query_pre_attn_scalar=10,
        attn_logit_softcapping=5.0, final_logit_softcapping=3.0), 20),
    ("gemma3", "causal", gemma(model_type="gemma3_text", num_hidden_layers=4, sliding_window=6,
        sliding_window_pattern=3, query_pre_attn_scalar=10, rope_theta=1000000.0, rope_local_base_freq=10000.0,
        rope_scaling=dict(rope_type="linear", factor=8.0), attn_logit_softcapping=None,
        final_logit_softcapping=None), 20),
    ("bert", "encoder", ENCODER | dict(model_type="bert"), 20),
    ("roberta", "encoder", ROBERTA | dict(model_type="roberta"), 20),
    ("bert-reranker", "classifier", ENCODER | dict(model_type="bert", num_labels=1), 20),
    ("xlm-roberta-reranker", "classifier", ROBERTA | dict(model_type="xlm-roberta", num_labels=1), 20),
]


def main():
    target = pathlib.Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for name, kind, config, tokens in MODELS:
        types = [0] * 9 + [1] * (tokens - 9) if config["model_type"] == "bert" and kind == "classifier" else None
        rows = [0, tokens // 2, tokens - 1]
        print(name, flush=True)
        result = facts(name, kind, dict(config), tokens, rows, types)
        (target / f"{name}.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")


main()
