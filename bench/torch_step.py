"""A training step of PyTorch + transformers, for bench/training.js: prints the median of its times as JSON.

The same model, batch and work as `bertie bench step`: forward, backward and update, dropout 0.1, attention by PyTorch's
scaled_dot_product_attention. The update is AdamW, PyTorch's nearest to BertAdam.
"""
import argparse
import json
import os
import resource
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")
import torch
from transformers import BertConfig, BertForSequenceClassification

parser = argparse.ArgumentParser()
for name, value in dict(layers=4, hidden_size=312, heads=12, intermediate_size=1248, vocab_size=21128,
                        batch_size=32, seq_length=128, threads=2, steps=5).items():
    parser.add_argument("--" + name.replace("_", "-"), type=int, default=value)
args = parser.parse_args()

torch.set_num_threads(args.threads)
torch.manual_seed(42)
config = BertConfig(
    vocab_size=args.vocab_size, hidden_size=args.hidden_size, num_hidden_layers=args.layers,
    num_attention_heads=args.heads, intermediate_size=args.intermediate_size, num_labels=2,
    attn_implementation="sdpa")
model = BertForSequenceClassification(config).train()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
ids = torch.randint(1, args.vocab_size, (args.batch_size, args.seq_length))
mask = torch.ones_like(ids)
labels = torch.arange(args.batch_size) % 2

times = []
for step in range(args.steps + 2):
    start = time.perf_counter()
    loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    loss.item()
    if step >= 2:
        times.append((time.perf_counter() - start) * 1000)
times.sort()
print(json.dumps(dict(
    median_ms=round(times[len(times) // 2], 1), min_ms=round(times[0], 1),
    peak_rss_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, engine="torch " + torch.__version__)))
