"""Measures a training step or a forward pass in PyTorch, and prints the median time as JSON.

The model, the batch and the computation are the same as in `bertie bench step` and `bertie bench inference`: dropout 0.1 in training, two
labels, no padding. On a GPU, fp32 matrix multiplications run in fp32 (PyTorch's default), not in TF32. The optimizer is AdamW
for transformers and BertAdam for pytorch-pretrained-bert. With --compile, torch.compile compiles the model, and the optimizer is
fused; the time of the warmup runs, which compile it, is reported as warmup_s.
"""
import argparse
import contextlib
import json
import os
import resource
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")
import torch

parser = argparse.ArgumentParser()
parser.add_argument("what", choices=["step", "inference"])
parser.add_argument("--implementation", choices=["transformers", "pretrained_bert"], default="transformers")
parser.add_argument("--precision", choices=["fp32", "bf16", "fp16"], default="fp32")
parser.add_argument("--device", choices=["cpu", "gpu"], default="cpu", help="gpu: an NVIDIA, AMD or Apple GPU")
parser.add_argument("--compile", action="store_true", help="compile the model with torch.compile")
for name, value in dict(layers=4, hidden_size=312, heads=12, intermediate_size=1248, vocab_size=21128,
                        batch_size=32, seq_length=128, threads=2, steps=5, warmup_steps=2).items():
    parser.add_argument("--" + name.replace("_", "-"), type=int, default=value)
args = parser.parse_args()

device = "cpu"
if args.device == "gpu":
    device = "cuda" if torch.cuda.is_available() else "mps"
if args.precision == "fp16" and device == "cpu":
    parser.error("--precision fp16 needs a GPU; add --device gpu")
torch.set_num_threads(args.threads)
torch.manual_seed(42)
sizes = dict(hidden_size=args.hidden_size, num_hidden_layers=args.layers, num_attention_heads=args.heads,
             intermediate_size=args.intermediate_size)
ids = torch.randint(1, args.vocab_size, (args.batch_size, args.seq_length)).to(device)
mask = torch.ones_like(ids)
types = torch.zeros_like(ids)
labels = (torch.arange(args.batch_size) % 2).to(device)

if args.implementation == "transformers":
    from transformers import BertConfig, BertForSequenceClassification
    config = BertConfig(vocab_size=args.vocab_size, num_labels=2, attn_implementation="sdpa", **sizes)
    model = BertForSequenceClassification(config).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True if args.compile else None)
    loss_of = lambda: model(input_ids=ids, token_type_ids=types, attention_mask=mask, labels=labels).loss
    logits_of = lambda: model(input_ids=ids, token_type_ids=types, attention_mask=mask).logits
else:
    from pytorch_pretrained_bert.modeling import BertConfig, BertForSequenceClassification
    from pytorch_pretrained_bert.optimization import BertAdam
    model = BertForSequenceClassification(BertConfig(args.vocab_size, **sizes), 2).to(device)
    optimizer = BertAdam(model.parameters(), lr=1e-4)
    loss_of = lambda: model(ids, types, mask, labels)
    logits_of = lambda: model(ids, types, mask)

if args.compile:
    model.compile()


def autocast():
    if args.precision == "fp32":
        return contextlib.nullcontext()
    return torch.autocast(device, dtype=dict(bf16=torch.bfloat16, fp16=torch.float16)[args.precision])


scaler = torch.amp.GradScaler(device, enabled=args.precision == "fp16")


def step():
    with autocast():
        loss = loss_of()
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
    optimizer.zero_grad()
    loss.item()
    if device == "cuda":
        torch.cuda.synchronize()


def inference():
    with torch.no_grad(), autocast():
        logits_of().sum().item()


model.train(args.what == "step")
run = step if args.what == "step" else inference
times = []
warmup = time.perf_counter()
for i in range(args.warmup_steps + args.steps):
    if i == args.warmup_steps:
        warmup = time.perf_counter() - warmup
    start = time.perf_counter()
    run()
    if i >= args.warmup_steps:
        times.append((time.perf_counter() - start) * 1000)
times.sort()
print(json.dumps(dict(
    warmup_s=round(warmup, 1), median_ms=round(times[len(times) // 2], 1), min_ms=round(times[0], 1),
    peak_rss_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, engine="torch " + torch.__version__)))
