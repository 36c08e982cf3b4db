"""Runs a model with the inference programs of Python, for inference-peers.js.

Reads lines of JSON from standard input, and writes one line of JSON for each. The first line is the configuration: the
directory of a Hugging Face model, an exported directory, a directory for optimum's files, the number of threads, the compiled programs to include, and
tokenized texts in batches, by name of the case. Each further line names a program and a case, and the answer has the time and
the CPU time of a pass over the case in milliseconds, and the logits.
"""
import json
import os
import sys
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")
import numpy
import onnxruntime
import openvino
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import BertForSequenceClassification, logging

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # What libraries print does not mix with the answers.
logging.set_verbosity_error()
logging.disable_progress_bar()
config = json.loads(sys.stdin.readline())
torch.set_num_threads(config["threads"])
NAMES = ["input_ids", "attention_mask", "token_type_ids"]
exported = os.path.join(config["exported"], "onnx/model.onnx")


def padded(rows):
    """Returns the three inputs of a batch, int64 [rows, longest row]."""
    ids = numpy.zeros((len(rows), max(map(len, rows))), numpy.int64)
    mask = numpy.zeros_like(ids)
    for i, row in enumerate(rows):
        ids[i, :len(row)] = row
        mask[i, :len(row)] = 1
    return dict(zip(NAMES, (ids, mask, numpy.zeros_like(ids))))


cases = {name: [padded(rows) for rows in batches] for name, batches in config["cases"].items()}
tensors = {name: [{key: torch.from_numpy(value) for key, value in batch.items()} for batch in batches]
           for name, batches in cases.items()}


def load(attention):
    model = BertForSequenceClassification.from_pretrained(config["model"], attn_implementation=attention, dtype=torch.float32)
    return model.eval()


def on_openvino(path, precision):
    core = openvino.Core()
    settings = {"INFERENCE_NUM_THREADS": config["threads"], "INFERENCE_PRECISION_HINT": precision,
                "PERFORMANCE_HINT": "LATENCY"}
    request = core.compile_model(path, "CPU", settings).create_infer_request()
    return lambda case: [request.infer(batch)[0].copy() for batch in cases[case]]


def on_onnxruntime(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = config["threads"]
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda case: [session.run(None, batch)[0] for batch in cases[case]]


def write_optimum():
    """Writes the graph of transformers that optimum exports, and its 8-bit version as transformers.js quantizes it."""
    folder = os.path.join(config["optimum"], "onnx")
    os.makedirs(folder)
    path, quantized = (os.path.join(folder, name) for name in ("model.onnx", "model_quantized.onnx"))
    model = load("eager")
    model.config.return_dict = False
    example = tuple(torch.from_numpy(value) for value in padded([[101, 102, 102], [101, 102]]).values())
    axes = {name: {0: "batch_size", 1: "sequence_length"} for name in NAMES}
    torch.onnx.export(model, example, path, input_names=NAMES, output_names=["logits"], dynamic_axes=axes, dynamo=False)
    quantize_dynamic(path, quantized, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True,
                     extra_options={"MatMulConstBOnly": True})
    return path, quantized


def on_torch(model, precision):
    def run(case):
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            return [model(**batch).logits.float().numpy() for batch in tensors[case]]
    return run


graph, quantized_graph = write_optimum()
model = load("sdpa")
programs = {
    "optimum, ONNX Runtime fp32": on_onnxruntime(graph),
    "optimum, ONNX Runtime int8": on_onnxruntime(quantized_graph),
    "OpenVINO fp32": on_openvino(exported, "f32"),
    "OpenVINO bf16": on_openvino(exported, "bf16"),
    "torch fp32": on_torch(model, "fp32"),
    "torch bf16": on_torch(model, "bf16"),
}
if config["compile"]:
    for precision in ["fp32", "bf16"]:
        programs[f"torch.compile {precision}"] = on_torch(torch.compile(load("sdpa"), dynamic=True), precision)
print(json.dumps({"programs": list(programs)}), file=answers, flush=True)

for line in sys.stdin:
    request = json.loads(line)
    wall, cpu = time.perf_counter(), time.process_time()
    logits = programs[request["program"]](request["case"])
    answer = {"time": (time.perf_counter() - wall) * 1000, "cpu": (time.process_time() - cpu) * 1000,
              "logits": numpy.concatenate(logits).tolist()}
    print(json.dumps(answer), file=answers, flush=True)
