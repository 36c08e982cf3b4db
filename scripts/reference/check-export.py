# Checks a directory that "bertie export" wrote: with onnx.checker, and by comparing ONNX Runtime and optimum with
# transformers on the original directory. The first column after a tab, or the whole line, of each line is a text.
#
#   python scripts/reference/check-export.py ORIGINAL_DIR EXPORTED_DIR TEXTS
#
# Packages: transformers, optimum[onnxruntime], onnx, torch.
import glob
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
import numpy as np
import onnx
import onnxruntime
import torch
from optimum.onnxruntime import ORTModelForSequenceClassification
from transformers import AutoModelForSequenceClassification, AutoTokenizer

original, exported, path = sys.argv[1:]
with open(path, encoding="utf-8") as lines:
    texts = [line.rstrip("\n").split("\t")[-1] for line in lines][:200]
tokenizer = AutoTokenizer.from_pretrained(exported)
model = AutoModelForSequenceClassification.from_pretrained(original).eval()


def batches():
    for start in range(0, len(texts), 8):
        yield tokenizer(texts[start : start + 8], padding=True, truncation=True, return_tensors="np")


def probabilities(logits):
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def compare(name, run):
    actual = np.concatenate([probabilities(run(batch)) for batch in batches()])
    changed = int((actual.argmax(axis=1) != expected.argmax(axis=1)).sum())
    print(f"{name}: largest difference {np.abs(actual - expected).max():.2g}, {changed} of {len(texts)} labels changed")


def in_torch(batch):
    known = {name: torch.tensor(value) for name, value in batch.items()}
    if model.config.model_type == "distilbert":
        known.pop("token_type_ids", None)
    with torch.no_grad():
        return model(**known).logits.numpy()


expected = np.concatenate([probabilities(in_torch(batch)) for batch in batches()])
for file in sorted(glob.glob(f"{exported}/onnx/*.onnx")):
    onnx.checker.check_model(onnx.load(file), full_check=True)
    name = os.path.basename(file)
    print(f"{name}: valid, op set {onnx.load(file, load_external_data=False).opset_import[0].version}")
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    inputs = {value.name for value in session.get_inputs()}
    compare(
        f"{name} in onnxruntime {onnxruntime.__version__}",
        lambda batch: session.run(["logits"], {key: value for key, value in batch.items() if key in inputs})[0],
    )
    loaded = ORTModelForSequenceClassification.from_pretrained(exported, subfolder="onnx", file_name=name)
    compare(
        f"{name} in optimum",
        lambda batch: np.asarray(loaded(**{key: value for key, value in batch.items() if key in inputs}).logits),
    )
