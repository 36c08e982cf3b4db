"""Fine-tunes and evaluates like run_classifier.py of pytorch-pretrained-bert 0.6.2: texts padded to --max-seq-length,
BertAdam with warmup, one process. Prints accuracy and loss as JSON.
"""
import argparse
import json
import os
import random
import time

import numpy
import torch
from pytorch_pretrained_bert.modeling import BertConfig, BertForSequenceClassification
from pytorch_pretrained_bert.optimization import BertAdam
from pytorch_pretrained_bert.tokenization import BertTokenizer
from safetensors.torch import load_file
from torch.utils.data import DataLoader, RandomSampler, SequentialSampler, TensorDataset

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
args = parser.parse_args()

start = time.perf_counter()
torch.set_num_threads(args.threads)
random.seed(args.seed)
numpy.random.seed(args.seed)
torch.manual_seed(args.seed)
train_rows, dev_rows, labels = read_task(args.data_dir, args.max_train_samples)
tokenizer = BertTokenizer(os.path.join(args.model, "vocab.txt"), do_lower_case=True)


def features(rows):
    ids, masks, numbers = [], [], []
    for label, text in rows:
        tokens = ["[CLS]"] + tokenizer.tokenize(text)[:args.max_seq_length - 2] + ["[SEP]"]
        row = tokenizer.convert_tokens_to_ids(tokens)
        padding = [0] * (args.max_seq_length - len(row))
        ids.append(row + padding)
        masks.append([1] * len(row) + padding)
        numbers.append(labels[label])
    ids = torch.tensor(ids)
    return TensorDataset(ids, torch.tensor(masks), torch.zeros_like(ids), torch.tensor(numbers))


model = BertForSequenceClassification(BertConfig(os.path.join(args.model, "bert_config.json")), len(labels))
weights = {key if key.startswith("bert.") else "bert." + key: value.float()
           for key, value in load_file(os.path.join(args.model, "model.safetensors")).items()}
model.load_state_dict(weights, strict=False)

train_data = features(train_rows)
steps = -(-len(train_data) // args.train_batch_size)
no_decay = ("bias", "LayerNorm.bias", "LayerNorm.weight")
named = list(model.named_parameters())
optimizer = BertAdam([
    dict(params=[p for n, p in named if not n.endswith(no_decay)], weight_decay=0.01),
    dict(params=[p for n, p in named if n.endswith(no_decay)], weight_decay=0.0),
], lr=args.learning_rate, warmup=args.warmup_proportion, t_total=steps)

model.train()
for ids, mask, types, numbers in DataLoader(train_data, sampler=RandomSampler(train_data),
                                            batch_size=args.train_batch_size):
    loss = model(ids, types, mask, numbers)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()

model.eval()
correct = total = 0
dev_data = features(dev_rows)
for ids, mask, types, numbers in DataLoader(dev_data, sampler=SequentialSampler(dev_data),
                                            batch_size=args.eval_batch_size):
    with torch.no_grad():
        logits = model(ids, types, mask)
    total += torch.nn.functional.cross_entropy(logits, numbers, reduction="sum").item()
    correct += (logits.argmax(-1) == numbers).sum().item()
print(json.dumps(dict(accuracy=correct / len(dev_data), loss=total / len(dev_data),
                      seconds=round(time.perf_counter() - start, 2))))
