#!/usr/bin/env python3
"""Writes tiny random classifiers of each supported architecture, and their logits, as fixtures for tests.

    pip install torch transformers safetensors
    python3 scripts/reference/architectures.py packages/model/fixtures/architectures

Each folder contains config.json and model.safetensors as transformers saves them. expected.json contains a batch of token
ids, attention masks and token types, and the logits of each model.

    python3 scripts/reference/architectures.py --check DIR…

loads model directories as transformers does, and fails if a tensor is missing or unexpected. It prints the class.
"""

import json
import pathlib
import sys

import torch
import transformers

SIZES = dict(vocab_size=24, max_position_embeddings=12, initializer_range=0.02)
WIDTHS = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=20)
LABELS = dict(id2label={0: "bad", 1: "good", 2: "so-so"}, label2id={"bad": 0, "good": 1, "so-so": 2})

MODELS = {
    "bert": (transformers.BertConfig, dict(**WIDTHS, hidden_act="gelu", classifier_dropout=0.3)),
    "ernie": (transformers.ErnieConfig, dict(**WIDTHS, hidden_act="relu", task_type_vocab_size=3, use_task_id=True)),
    "ernie-plain": (transformers.ErnieConfig, dict(**WIDTHS, use_task_id=False, type_vocab_size=4, layer_norm_eps=1e-5)),
    "electra": (transformers.ElectraConfig, dict(**WIDTHS, embedding_size=8)),
    "electra-wide": (transformers.ElectraConfig, dict(**WIDTHS, embedding_size=16)),
    "distilbert": (transformers.DistilBertConfig, dict(dim=16, n_layers=2, n_heads=2, hidden_dim=20)),
}

BATCH = {
    "input_ids": [[2, 5, 7, 3, 9, 3], [2, 11, 23, 6, 3, 0], [2, 3, 0, 0, 0, 0]],
    "attention_mask": [[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 0], [1, 1, 0, 0, 0, 0]],
    "token_type_ids": [[0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 1, 0], [0, 0, 0, 0, 0, 0]],
}


def write(folder: pathlib.Path) -> None:
    expected = {"batch": BATCH, "logits": {}}
    for seed, (name, (config_class, settings)) in enumerate(MODELS.items()):
        torch.manual_seed(seed)
        config = config_class(**SIZES, **settings, **LABELS)
        model = transformers.AutoModelForSequenceClassification.from_config(config).eval()
        for parameter in model.parameters():  # large enough that every layer affects the logits
            parameter.data += 0.3 * torch.randn_like(parameter)
        inputs = {key: torch.tensor(rows) for key, rows in BATCH.items()}
        if name == "distilbert":
            del inputs["token_type_ids"]
        with torch.no_grad():
            expected["logits"][name] = model(**inputs).logits.tolist()
        model.save_pretrained(folder / name)
    (folder / "expected.json").write_text(json.dumps(expected) + "\n")


def check(directory: str) -> None:
    model, info = transformers.AutoModelForSequenceClassification.from_pretrained(directory, output_loading_info=True)
    assert not any(info[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys")), info
    print(directory, type(model).__name__, list(model.config.id2label.values()))


if __name__ == "__main__":
    if sys.argv[1] == "--check":
        for directory in sys.argv[2:]:
            check(directory)
    else:
        write(pathlib.Path(sys.argv[1]))
