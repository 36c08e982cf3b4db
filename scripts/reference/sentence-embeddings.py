#!/usr/bin/env python3
"""Writes tiny random sentence encoders and their embeddings as fixtures for tests, computed by sentence-transformers.

    pip install torch transformers sentence-transformers
    python3 scripts/reference/sentence-embeddings.py packages/classifier/fixtures/sentence-encoders

Each folder contains a model as sentence-transformers saves it. expected.json contains the embeddings of each model and of
the models in examples/models.

    python3 scripts/reference/sentence-embeddings.py --time MODEL FILE

prints the number of texts per second for the lines of a file, on 2 threads.
"""

import json
import pathlib
import shutil
import sys
import time

import torch
import transformers
from sentence_transformers import SentenceTransformer, models

TOKENS = "[PAD] [UNK] [CLS] [SEP] [MASK] the room was clean noisy very not good bad Good un ##clean ##ly : query é e 很 好 差 房 间 ， . , ?"
SIZES = dict(vocab_size=len(TOKENS.split()), max_position_embeddings=24)
WIDTHS = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=20)
ENCODERS = {
    "bert": (transformers.BertConfig, WIDTHS),
    "ernie": (transformers.ErnieConfig, dict(**WIDTHS, task_type_vocab_size=3, use_task_id=True)),
    "electra": (transformers.ElectraConfig, dict(**WIDTHS, embedding_size=8)),
    "distilbert": (transformers.DistilBertConfig, dict(dim=16, n_layers=2, n_heads=2, hidden_dim=20)),
}
TEXTS = ["the room was clean.", "房间很好，很好", "", "Good", "not very " * 20 + "good", "uncleanly é ?"]
MODES = ["cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"]
REAL_TEXTS = ["The room was clean.", "房间很干净，早餐也不错。", "", "very noisy " * 300, "Ünïcode café ﬁne 100%"]
PROMPTS = {"query": "query: ", "passage": "the "}


def transformer(folder, encoder="bert", lowercase=True, **settings):
    """Returns a random encoder whose layers all affect the result."""
    config_class, widths = ENCODERS[encoder]
    torch.manual_seed(len(str(folder)))
    model = transformers.AutoModel.from_config(config_class(**SIZES, **widths)).eval()
    for parameter in model.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    source = folder.with_name(folder.name + ".source")
    model.save_pretrained(source)
    (source / "vocab.txt").write_text("\n".join(TOKENS.split()) + "\n")
    distilled = encoder == "distilbert"
    tokenizer_class = transformers.DistilBertTokenizerFast if distilled else transformers.BertTokenizerFast
    tokenizer_class(str(source / "vocab.txt"), do_lower_case=lowercase).save_pretrained(source)
    return models.Transformer(str(source), max_seq_length=16, **settings)


def pooling(modes, **settings):
    return models.Pooling(16, pooling_mode=modes, **settings)


def dense(inputs, outputs, **settings):
    torch.manual_seed(outputs)
    return models.Dense(inputs, outputs, **settings)


def write_models(folder):
    """Yields the name of each saved model."""

    def save(name, build, *others, change=lambda path: None, encoder=None, **settings):
        path = folder / name
        modules = [transformer(path, **(encoder or {})), build, *others]
        model = SentenceTransformer(modules=modules, device="cpu", **settings)
        model.save(str(path), create_model_card=False)
        shutil.rmtree(path.with_name(path.name + ".source"))
        for file in ["tokenizer.json", "special_tokens_map.json"]:  # vocab.txt and tokenizer_config.json are enough
            (path / file).unlink()
        change(path)
        return name

    def legacy(path):
        config = {"word_embedding_dimension": 16, "pooling_mode_cls_token": True, "pooling_mode_max_tokens": True}
        (path / "1_Pooling/config.json").write_text(json.dumps({**config, "pooling_mode_mean_tokens": False}))

    def only_transformer(path):
        for name in ["modules.json", "sentence_bert_config.json", "config_sentence_transformers.json"]:
            (path / name).unlink()
        shutil.rmtree(path / "1_Pooling")

    def in_subfolder(path):
        modules = json.loads((path / "modules.json").read_text())
        modules[0]["path"] = "0_Transformer"
        (path / "modules.json").write_text(json.dumps(modules))
        (path / "0_Transformer").mkdir()
        for file in list(path.iterdir()):
            if file.is_file() and file.name not in ["modules.json", "config_sentence_transformers.json"]:
                file.rename(path / "0_Transformer" / file.name)

    for mode in MODES:
        yield save(mode, pooling(mode))
    yield save("concatenated", pooling(["mean", "cls", "lasttoken", "weightedmean"]))
    yield save("legacy", pooling("mean"), change=legacy)
    yield save("plain", pooling("mean"), change=only_transformer)
    yield save("subfolder", pooling("mean"), models.Normalize(), change=in_subfolder)
    yield save("dense", pooling("mean"), dense(16, 10), models.Normalize(), dense(10, 6, bias=False, activation_function=torch.nn.GELU()))
    yield save("truncated", pooling("max"), dense(16, 12, activation_function=torch.nn.Identity()), models.Normalize(), truncate_dim=7, similarity_fn_name="euclidean")
    yield save("prompt", pooling("mean"), prompts=PROMPTS, default_prompt_name="passage")
    yield save("prompt-excluded", pooling(MODES, include_prompt=False), prompts=PROMPTS)
    yield save("ernie", pooling("mean"), encoder=dict(encoder="ernie"))
    yield save("electra", pooling("cls"), models.Normalize(), encoder=dict(encoder="electra"))
    yield save("distilbert", pooling(["cls", "mean"]), encoder=dict(encoder="distilbert"))
    yield save("lowercase", pooling("mean"), encoder=dict(lowercase=False, do_lower_case=True))
    yield save("cased", pooling("mean"), encoder=dict(lowercase=False))


def rounded(embeddings):
    return [[float(f"{value:.8g}") for value in row] for row in embeddings.tolist()]


def write(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    expected = {"texts": TEXTS, "realTexts": REAL_TEXTS, "tiny": {}, "real": {}}
    for name in list(write_models(folder)):
        model = SentenceTransformer(str(folder / name), device="cpu")
        results = expected["tiny"][name] = {"default": rounded(model.encode(TEXTS))}
        results["similarity"] = float(model.similarity(*model.encode(TEXTS[:2])[:, None])[0, 0])
        results["normalized"] = rounded(model.encode(TEXTS, normalize_embeddings=True, truncate_dim=5))
        if model.prompts.get("query"):
            results["query"] = rounded(model.encode(TEXTS, prompt_name="query"))
            results["prompt"] = rounded(model.encode(TEXTS, prompt="very good "))
    for name in ["bge-small-zh-v1.5", "all-MiniLM-L6-v2"]:
        model = SentenceTransformer(f"examples/models/{name}", device="cpu")
        expected["real"][name] = rounded(model.encode(REAL_TEXTS))
    (folder / "expected.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n")


def measure(directory, file):
    torch.set_num_threads(2)
    model = SentenceTransformer(directory, device="cpu")
    texts = pathlib.Path(file).read_text().splitlines()
    model.encode(texts[:64])
    start = time.perf_counter()
    model.encode(texts, batch_size=32)
    print(f"{len(texts) / (time.perf_counter() - start):.1f}")


if sys.argv[1] == "--time":
    measure(*sys.argv[2:])
else:
    write(pathlib.Path(sys.argv[1]))
