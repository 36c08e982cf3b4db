#!/usr/bin/env python3
"""Trains the fixture model tiny-bert on every kind of problem, and prints the losses as a fixture for tests.

    pip install torch==2.5.1 transformers==4.46.3 safetensors
    python3 scripts/reference/problem-types.py > tests/fixtures/training/problem-types.json

The model is BertForSequenceClassification of transformers, without dropout. The inputs are those of golden.json. The
optimizer is BertAdam of pytorch-pretrained-bert 0.6.2, written out below. Each run has ten updates of eight rows.
"""

import json
import math
import pathlib
import random

import torch
from safetensors.torch import load_file
from torch.nn import BCEWithLogitsLoss, CrossEntropyLoss
from transformers import BertConfig, BertForSequenceClassification

ROOT = pathlib.Path(__file__).parents[2]
LEARNING_RATE, WARMUP, STEPS, BATCH = 2e-3, 0.3, 10, 8
EVALUATED = [80, 87]
CLASS_WEIGHTS = [0.5, 2.0, 1.25]
LAYER_DECAY = 0.7


def golden():
    return json.loads((ROOT / "tests/fixtures/training/golden.json").read_text())


def create_model(config, problem_type, num_labels):
    settings = {**config, "hidden_dropout_prob": 0, "attention_probs_dropout_prob": 0, "layer_norm_eps": 1e-12}
    model = BertForSequenceClassification(
        BertConfig(**settings, num_labels=num_labels, problem_type=problem_type, attn_implementation="eager")
    )
    weights = load_file(ROOT / "packages/model/fixtures/tiny-bert/init.safetensors")
    weights = {name.replace("gamma", "weight").replace("beta", "bias"): value for name, value in weights.items()}
    for name in ["classifier.weight", "classifier.bias"]:
        weights[name] = weights[name][:num_labels]
    missing, _ = model.load_state_dict(weights, strict=False)
    assert all(name.endswith("position_ids") for name in missing), missing
    return model


class BertAdam:
    """BertAdam: clips each gradient by its own norm, has decoupled weight decay, and no bias correction."""

    def __init__(self, named_parameters, rate_of):
        self.items = [
            (p, torch.zeros_like(p), torch.zeros_like(p), 0.0 if "LayerNorm" in name or "bias" in name else 0.01, rate_of(name))
            for name, p in named_parameters
        ]

    @torch.no_grad()
    def step(self, rate):
        for p, m, v, decay, factor in self.items:
            gradient = p.grad * min(1.0, 1.0 / (p.grad.norm().item() + 1e-6))
            m.mul_(0.9).add_(gradient, alpha=0.1)
            v.mul_(0.999).addcmul_(gradient, gradient, value=0.001)
            p.sub_(rate * factor * (m / (v.sqrt() + 1e-6) + decay * p))


def schedule(step):
    progress = step / STEPS
    return progress / WARMUP if progress < WARMUP else max((progress - 1) / (WARMUP - 1), 0)


def factor_of(layers, decay):
    """Returns the layer-wise factor of the learning rate: 1 for the head, and decay more for each layer below."""

    def factor(name):
        if "embeddings" in name:
            return decay ** (layers + 1)
        if "encoder.layer" in name:
            return decay ** (layers - int(name.split("encoder.layer.")[1].split(".")[0]))
        return 1.0

    return factor


def run(name, problem_type, num_labels, targets, loss=None, rate_of=lambda name: 1.0, **options):
    data = golden()
    model = create_model(data["config"], problem_type, num_labels)
    optimizer = BertAdam(model.named_parameters(), rate_of)
    tensors = [torch.tensor(data[key]) for key in ["input_ids", "input_mask", "segment_ids"]]
    dtype = torch.long if problem_type == "single_label_classification" else torch.float
    targets_tensor = torch.tensor(targets, dtype=dtype)

    def forward(rows):
        ids, mask, segments = (tensor[rows] for tensor in tensors)
        output = model(ids, attention_mask=mask, token_type_ids=segments, labels=targets_tensor[rows])
        return output.logits, output.loss if loss is None else loss(output.logits, targets_tensor[rows])

    losses = []
    for step in range(STEPS):
        model.zero_grad()
        _, value = forward(slice(step * BATCH, (step + 1) * BATCH))
        value.backward()
        optimizer.step(LEARNING_RATE * schedule(step))
        losses.append(value.item())
    assert all(math.isfinite(value) for value in losses)
    model.eval()
    with torch.no_grad():
        logits, _ = forward(slice(*EVALUATED))
    return {
        "name": name,
        "problemType": problem_type,
        "numLabels": num_labels,
        **options,
        "targets": targets,
        "losses": losses,
        "logits": logits.tolist(),
    }


def main():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    generator = random.Random(7)
    data = golden()
    rows, labels = len(data["labels"]), data["labels"]
    layers = data["config"]["num_hidden_layers"]
    multi = [[float(generator.random() < share) for share in [0.2, 0.5, 0.7]] for _ in range(rows)]
    values = [round(generator.gauss(0.5, 1.5), 3) for _ in range(rows)]
    weights = torch.tensor(CLASS_WEIGHTS)
    single = "single_label_classification"
    runs = [
        run("multi-label", "multi_label_classification", 3, multi),
        run("regression", "regression", 1, values),
        run("single label", single, 3, labels),
        run(
            *("multi-label with class weights", "multi_label_classification", 3, multi),
            loss=BCEWithLogitsLoss(pos_weight=weights),
            classWeights=CLASS_WEIGHTS,
        ),
        run(
            *("class weights", single, 3, labels),
            loss=CrossEntropyLoss(weight=weights),
            classWeights=CLASS_WEIGHTS,
        ),
        run(
            *("label smoothing", single, 3, labels),
            loss=CrossEntropyLoss(label_smoothing=0.1),
            labelSmoothing=0.1,
        ),
        run(
            *("class weights and label smoothing", single, 3, labels),
            loss=CrossEntropyLoss(weight=weights, label_smoothing=0.2),
            classWeights=CLASS_WEIGHTS,
            labelSmoothing=0.2,
        ),
        run(
            *("layer decay", single, 3, labels),
            rate_of=factor_of(layers, LAYER_DECAY),
            layerDecay=LAYER_DECAY,
        ),
    ]
    settings = {"learningRate": LEARNING_RATE, "warmup": WARMUP, "batchSize": BATCH, "evaluated": EVALUATED}
    lines = ",\n".join(json.dumps(item) for item in runs)
    print(f'{{"settings": {json.dumps(settings)}, "runs": [\n{lines}\n]}}')


if __name__ == "__main__":
    main()
