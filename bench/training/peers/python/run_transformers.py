"""Fine-tunes and evaluates with transformers and a current PyTorch: each batch padded to its longest row,
scaled_dot_product_attention, AdamW with linear warmup. Prints accuracy and loss as JSON.
"""
import argparse
import contextlib
import json
import os
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
import torch
from transformers import (AutoTokenizer, BertConfig, BertForSequenceClassification, get_linear_schedule_with_warmup,
                          logging, set_seed)

from examples import read_task

parser = argparse.ArgumentParser()
parser.add_argument("--data-dir", required=True)
parser.add_argument("--model", required=True)
parser.add_argument("--max-seq-length", type=int, default=128)
parser.add_argument("--max-train-samples", type=int)
parser.add_argument("--train-batch-size", type=int, default=32)
parser.add_argument("--eval-batch-size", type=int, default=8)
parser.add_argument("--learning-rate", type=float, default=5e-5)
parser.add_argument("--warmup-proportion", type=float, default=0.1)
parser.add_argument("--seed", type=int, default=42)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--precision", choices=["fp32", "bf16", "fp16"], default="fp32")
parser.add_argument("--device", choices=["cpu", "gpu"], default="cpu", help="gpu: an NVIDIA, AMD or Apple GPU")
args = parser.parse_args()

device = "cpu"
if args.device == "gpu":
    device = "cuda" if torch.cuda.is_available() else "mps"
start = time.perf_counter()
logging.set_verbosity_error()
logging.disable_progress_bar()
torch.set_num_threads(args.threads)
set_seed(args.seed)
train_rows, dev_rows, labels = read_task(args.data_dir, args.max_train_samples)
tokenizer = AutoTokenizer.from_pretrained(args.model, do_lower_case=True)
config = BertConfig.from_pretrained(args.model, num_labels=len(labels), attn_implementation="sdpa")
model = BertForSequenceClassification.from_pretrained(args.model, config=config, dtype=torch.float32).to(device)


def features(rows):
    ids = tokenizer([text for _, text in rows], truncation=True, max_length=args.max_seq_length)["input_ids"]
    return list(zip(ids, (labels[label] for label, _ in rows)))


def batches(examples, size):
    for at in range(0, len(examples), size):
        rows, numbers = zip(*examples[at:at + size])
        batch = tokenizer.pad({"input_ids": list(rows)}, return_tensors="pt")
        yield batch["input_ids"].to(device), batch["attention_mask"].to(device), torch.tensor(numbers).to(device)


def autocast():
    if args.precision == "fp32":
        return contextlib.nullcontext()
    return torch.autocast(device, dtype=dict(bf16=torch.bfloat16, fp16=torch.float16)[args.precision])


train = features(train_rows)
steps = -(-len(train) // args.train_batch_size)
no_decay = ("bias", "LayerNorm.weight")
named = list(model.named_parameters())
optimizer = torch.optim.AdamW([
    dict(params=[p for n, p in named if not n.endswith(no_decay)], weight_decay=0.01),
    dict(params=[p for n, p in named if n.endswith(no_decay)], weight_decay=0.0),
], lr=args.learning_rate)
schedule = get_linear_schedule_with_warmup(optimizer, int(args.warmup_proportion * steps), steps)

scaler = torch.amp.GradScaler(device, enabled=args.precision == "fp16")
model.train()
order = torch.randperm(len(train)).tolist()
for ids, mask, numbers in batches([train[i] for i in order], args.train_batch_size):
    with autocast():
        loss = model(input_ids=ids, attention_mask=mask, labels=numbers).loss
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    scaler.step(optimizer)
    scaler.update()
    schedule.step()
    optimizer.zero_grad()

model.eval()
correct = total = 0
dev = features(dev_rows)
for ids, mask, numbers in batches(dev, args.eval_batch_size):
    with torch.no_grad(), autocast():
        logits = model(input_ids=ids, attention_mask=mask).logits.float()
    total += torch.nn.functional.cross_entropy(logits, numbers, reduction="sum").item()
    correct += (logits.argmax(-1) == numbers).sum().item()
print(json.dumps(dict(accuracy=correct / len(dev), loss=total / len(dev), seconds=round(time.perf_counter() - start, 2))))
