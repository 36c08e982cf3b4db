#!/usr/bin/env python3
"""Writes tiny random classifiers as transformers saves them, in many variants, and their logits on a few texts.

    pip install torch transformers safetensors
    python3 scripts/reference/saved-directories.py OUT [--seed N] [--random N] [--only NAME…]

Each folder of OUT contains a model directory and expected.json: texts and logits, or a regular expression that the error
message must match if Bertie rejects the directory. Run the script with transformers 4 and with transformers 5, because their
directories differ. scripts/check/saved-directories.js loads the directories with Bertie and compares.
"""

import argparse
import json
import pathlib
import random
import shutil

import torch
import transformers
from safetensors.torch import load_file, save_file
from tokenizers import AddedToken

MAJOR = int(transformers.__version__.split(".")[0])
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = [chr(code) for code in range(97, 123)] + [chr(code) for code in range(65, 91)]
WORDS = ["hello", "Hello", "world", "good", "café", "cafe", "naïve", "naive", "bad", "ÀB", "room", "酒", "店", "很", "好", "中", "文"]
MARKS = list("0123456789.,!?-'[]<>@#é") + ["##" + mark for mark in "0123456789é酒店很好中文"]
VOCAB = SPECIAL + LETTERS + ["##" + letter for letter in LETTERS] + WORDS + ["##llo", "##ood", "##ello"] + MARKS

TEXTS = [
    "hello world",
    "Hello, WORLD! Café naïve ÀB é",
    "酒店很好hello中文",
    "good [SEP] bad a[SEP]b [MASK] [UNK]x [CLS].",
    "newtoken NewToken anewtokenb <ent> <ENT> x<ent>y  <ent>  z",
    "@user #tag élan NEWTOKEN café cafe\u0301 CAFÉ",
    "a\tb\nc  d\u00a0e \u200bf",
    "don't 123 room-bad?",
    ("good room", "bad hello"),
    ("酒店 Café", "[SEP] newtoken"),
    "",
]


def tokenizer(folder, settings=(), added=(), special=(), case=None):
    """Saves a tokenizer. `case` selects the files: "vocab" is vocab.txt with a configuration, "json" as saved."""
    source = folder / "source"
    source.mkdir(parents=True)
    (source / "vocab.txt").write_text("\n".join(VOCAB) + "\n", encoding="utf-8")
    if MAJOR == 4 and case == "slow":
        made = transformers.BertTokenizer(str(source / "vocab.txt"), **dict(settings))
    elif MAJOR == 4:
        made = transformers.BertTokenizerFast(str(source / "vocab.txt"), **dict(settings))
    else:
        made = transformers.BertTokenizer.from_pretrained(str(source), **dict(settings))
    if added:
        made.add_tokens(list(added))
    if special:
        key = "additional_special_tokens" if MAJOR == 4 else "extra_special_tokens"
        made.add_special_tokens({key: list(special)})
    made.save_pretrained(folder)
    shutil.rmtree(source)
    return len(made)


CLASSES = {
    "bert": ("Bert", dict(hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12)),
    "electra": ("Electra", dict(hidden_size=8, embedding_size=6, num_hidden_layers=1, num_attention_heads=2, intermediate_size=12)),
    "ernie": ("Ernie", dict(hidden_size=8, num_hidden_layers=1, num_attention_heads=4, intermediate_size=12, use_task_id=True)),
    "distilbert": ("DistilBert", dict(dim=8, n_layers=2, n_heads=2, hidden_dim=12)),
}


def model_of(kind, size, changes):
    name, sizes = CLASSES[kind]
    head = changes.pop("head", "ForSequenceClassification")
    shared = dict(vocab_size=size, max_position_embeddings=64, initializer_range=0.4)
    config = getattr(transformers, name + "Config")(**{**sizes, **shared, **changes})
    model = getattr(transformers, name + head)(config)
    with torch.no_grad():
        for parameter_name, parameter in model.named_parameters():
            if parameter.dim() == 1:
                parameter.add_(torch.randn(parameter.shape) * 0.2)
    return model.eval()


def logits_of(folder, texts, model=None):
    """Returns the logits of a directory as transformers loads it, or of a model with the tokenizer of the directory."""
    tokens = transformers.AutoTokenizer.from_pretrained(folder)
    if model is None:
        model = transformers.AutoModelForSequenceClassification.from_pretrained(folder)
    model = model.float().eval()
    rows = []
    for text in texts:
        pair = (text,) if isinstance(text, str) else text
        inputs = tokens(*pair, return_tensors="pt", truncation=True, max_length=64)
        if model.config.model_type == "distilbert":
            inputs.pop("token_type_ids", None)
        with torch.no_grad():
            rows.append(model(**inputs).logits[0].tolist())
    return rows


def edit(path, changes):
    values = json.loads(path.read_text(encoding="utf-8"))
    for key, value in changes.items():
        if value is None:
            values.pop(key, None)
        else:
            values[key] = value
    path.write_text(json.dumps(values, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def rename(folder, change):
    path = folder / "model.safetensors"
    tensors = {change(name): tensor.contiguous().clone() for name, tensor in load_file(path).items()}
    save_file(tensors, path, metadata={"format": "pt"})


def write(out, name, *, kind="bert", config=(), tokens=(), dtype=None, save=(), after=None, before=False, pairs=True, rejected=None):
    folder = out / f"v{MAJOR}-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    size = tokenizer(folder, **dict(tokens))
    model = model_of(kind, size, dict(config))
    if dtype is not None:
        model = model.to(dtype)
    model.save_pretrained(folder, **dict(save))
    texts = [text for text in TEXTS if pairs or isinstance(text, str)]
    expected = {"transformers": transformers.__version__, "texts": texts}
    if before and rejected is None:
        expected["logits"] = logits_of(folder, texts, model)
    if after is not None:
        after(folder)
    if rejected is not None:
        expected["rejected"] = rejected
    elif not before:
        expected["logits"] = logits_of(folder, texts)
    expected["problem_type"] = getattr(model.config, "problem_type", None) or (
        "regression" if model.config.num_labels == 1 else "single_label_classification"
    )
    (folder / "expected.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n", encoding="utf-8")
    print(folder.name, flush=True)


LABELS3 = dict(num_labels=3)
ENTITY = [AddedToken("<ent>", normalized=False), AddedToken("newtoken")]
FLAGS = [
    AddedToken("<ent>", lstrip=True, rstrip=True, normalized=False),
    AddedToken("newtoken", single_word=True),
    AddedToken("Café", normalized=True),
]


def file_settings(name, **changes):
    return lambda folder: edit(folder / name, changes)


def tokenizer_settings(**changes):
    return file_settings("tokenizer_config.json", **changes)


def config_settings(**changes):
    return file_settings("config.json", **changes)


def remove(*names):
    return lambda folder: [(folder / name).unlink(missing_ok=True) for name in names]


def vocab_only(folder):
    """Leaves vocab.txt as the only file of the tokenizer."""
    (folder / "vocab.txt").write_text("\n".join(VOCAB) + "\n", encoding="utf-8")
    remove("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")(folder)


def old_files(folder):
    """Replaces the tokenizer by the files of transformers before 4.34: vocab.txt and added_tokens.json."""
    vocab_only(folder)
    tokens = {"<ent>": len(VOCAB), "newtoken": len(VOCAB) + 1}
    (folder / "added_tokens.json").write_text(json.dumps(tokens), encoding="utf-8")
    special = {"additional_special_tokens": ["<ent>"], "cls_token": "[CLS]", "mask_token": "[MASK]", "pad_token": "[PAD]", "sep_token": "[SEP]", "unk_token": "[UNK]"}
    (folder / "special_tokens_map.json").write_text(json.dumps(special), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": False, "tokenizer_class": "BertTokenizer"}), encoding="utf-8")


def normalizer(**changes):
    def apply(folder):
        path = folder / "tokenizer.json"
        values = json.loads(path.read_text(encoding="utf-8"))
        values["normalizer"].update(changes)
        path.write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")

    return apply


def several(*steps):
    return lambda folder: [step(folder) for step in steps]


def bin_file(wrap=lambda state: state):
    def apply(folder):
        torch.save(wrap(load_file(folder / "model.safetensors")), folder / "pytorch_model.bin")
        (folder / "model.safetensors").unlink()

    return apply


def without_tensors(prefix):
    def apply(folder):
        path = folder / "model.safetensors"
        save_file({k: v for k, v in load_file(path).items() if not k.startswith(prefix)}, path, metadata={"format": "pt"})

    return apply


def write_json(name, value):
    return lambda folder: (folder / name).write_text(json.dumps(value), encoding="utf-8")


CASES = {
    "plain": dict(config=LABELS3),
    "two-labels": dict(),
    "electra": dict(kind="electra", config=LABELS3),
    "ernie": dict(kind="ernie", config=LABELS3),
    "distilbert": dict(kind="distilbert", config=LABELS3),
    "distilbert-sinusoidal": dict(kind="distilbert", config=dict(sinusoidal_pos_embds=True, **LABELS3)),
    "cased": dict(tokens=dict(settings=dict(do_lower_case=False))),
    "keep-accents": dict(tokens=dict(settings=dict(strip_accents=False))),
    "strip-accents-cased": dict(tokens=dict(settings=dict(do_lower_case=False, strip_accents=True))),
    "no-chinese-words": dict(tokens=dict(settings=dict(tokenize_chinese_chars=False))),
    "added-tokens": dict(tokens=dict(added=ENTITY), config=LABELS3),
    "added-flags": dict(tokens=dict(added=FLAGS), config=LABELS3),
    "added-cased": dict(tokens=dict(added=ENTITY, settings=dict(do_lower_case=False))),
    "added-special": dict(tokens=dict(special=["<ent>", "@user"]), config=LABELS3),
    "added-in-vocabulary": dict(tokens=dict(added=[AddedToken("hello", single_word=True), AddedToken("good", special=True)])),
    "multi-label": dict(config=dict(problem_type="multi_label_classification", num_labels=4)),
    "regression": dict(config=dict(num_labels=1)),
    "regression-named": dict(config=dict(num_labels=1, problem_type="regression")),
    "sharded": dict(config=LABELS3, save=dict(max_shard_size="8KB")),
    "fp16": dict(config=LABELS3, dtype=torch.float16),
    "bf16": dict(config=LABELS3, dtype=torch.bfloat16),
    "fp64": dict(config=LABELS3, dtype=torch.float64),
    "compiled": dict(config=LABELS3, before=True, after=lambda folder: rename(folder, lambda name: "_orig_mod." + name)),
    "compiled-parallel": dict(config=LABELS3, before=True, after=lambda folder: rename(folder, lambda name: "module._orig_mod." + name)),
    "compiled-layers": dict(config=LABELS3, before=True, after=lambda folder: rename(folder, lambda name: name.replace(".encoder.", ".encoder._orig_mod."))),
    "bin": dict(config=LABELS3, before=True, after=bin_file()),
    "bin-nested": dict(config=LABELS3, before=True, after=bin_file(lambda state: {"state_dict": state, "epoch": 3})),
    "gamma-beta": dict(config=LABELS3, before=True, after=lambda folder: rename(folder, lambda name: name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"))),
    "eps": dict(config=dict(layer_norm_eps=1e-3, type_vocab_size=3, **LABELS3)),
    "no-tokenizer-config": dict(after=remove("tokenizer_config.json", "special_tokens_map.json")),
    "no-tokenizer-config-cased-json": dict(tokens=dict(settings=dict(do_lower_case=False)), after=remove("tokenizer_config.json", "special_tokens_map.json")),
    "vocab-only": dict(after=vocab_only),
    "old-files": dict(tokens=dict(added=ENTITY, settings=dict(do_lower_case=False)), after=old_files),
    "json-contradicts": dict(after=normalizer(lowercase=False, strip_accents=False)),
    "config-contradicts": dict(after=tokenizer_settings(do_lower_case=False)),
    # The generic class of transformers 5 gives both texts of a pair the token type 0, unlike version 4.
    "generic-class": dict(pairs=False, tokens=dict(settings=dict(do_lower_case=False, strip_accents=True)), after=tokenizer_settings(tokenizer_class="PreTrainedTokenizerFast", do_lower_case=None, strip_accents=None)),
    "generic-class-added": dict(pairs=False, tokens=dict(added=FLAGS), after=tokenizer_settings(tokenizer_class="PreTrainedTokenizerFast")),
    "split-special": dict(tokens=dict(settings=dict(split_special_tokens=True), special=["<ent>"])),
    "japanese": dict(after=tokenizer_settings(tokenizer_class="BertJapaneseTokenizer"), rejected="BertJapaneseTokenizer"),
    "roberta-tokenizer": dict(after=tokenizer_settings(tokenizer_class="RobertaTokenizer"), rejected="RobertaTokenizer"),
    "never-split": dict(after=tokenizer_settings(never_split=["newtoken"]), rejected="never_split"),
    "no-basic": dict(after=tokenizer_settings(do_basic_tokenize=False), rejected="do_basic_tokenize"),
    "other-cls": dict(after=tokenizer_settings(cls_token="[MASK]"), rejected="cls_token"),
    "adapter": dict(after=write_json("adapter_config.json", {"peft_type": "LORA"}), rejected="adapter"),
    "decoder": dict(after=config_settings(is_decoder=True), rejected="is_decoder"),
    "cross-attention": dict(after=config_settings(add_cross_attention=True), rejected="add_cross_attention"),
    "relative": dict(after=config_settings(position_embedding_type="relative_key"), rejected="position_embedding_type"),
    "quantized": dict(after=config_settings(quantization_config={"load_in_8bit": True}), rejected="quantization_config"),
    "no-head": dict(config=LABELS3, after=without_tensors("classifier."), rejected="classifier.weight is missing"),
    "no-pooler": dict(config=LABELS3, after=without_tensors("bert.pooler."), rejected="pooler.* is missing"),
    "token-head": dict(config=dict(head="ForTokenClassification", **LABELS3), rejected="ForTokenClassification|pooler.* is missing"),
    "choice-head": dict(config=dict(head="ForMultipleChoice", num_labels=1), rejected="ForMultipleChoice"),
    "masked-head": dict(config=dict(head="ForMaskedLM"), rejected="is missing|no labels"),
    "mish": dict(config=dict(hidden_act="mish"), rejected="mish"),
    "relu6": dict(config=dict(hidden_act="relu6"), rejected="relu6"),
    **{
        f"act-{act}": dict(config=dict(hidden_act=act, **LABELS3))
        for act in ["relu", "silu", "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_python", "quick_gelu", "relu2", "tanh", "sigmoid", "linear"]
    },
    "act-electra": dict(kind="electra", config=dict(hidden_act="gelu_new", **LABELS3)),
    "act-distilbert": dict(kind="distilbert", config=dict(activation="quick_gelu", **LABELS3)),
}
if MAJOR == 4:
    CASES.update(
        {
            "slow": dict(tokens=dict(case="slow", added=ENTITY), config=LABELS3),
            "slow-cased": dict(tokens=dict(case="slow", settings=dict(do_lower_case=False, strip_accents=True), special=["<ent>"])),
            "bin-saved": dict(config=LABELS3, before=True, save=dict(safe_serialization=False)),
            "pruned": dict(config=dict(pruned_heads={0: [1]}), rejected="pruned_heads"),
            "bin-sharded": dict(config=LABELS3, before=True, save=dict(safe_serialization=False, max_shard_size="8KB")),
        }
    )


def random_case(generator):
    """Returns a directory with random settings, all of which Bertie supports."""
    kind = generator.choice(list(CLASSES))
    settings = {}
    for key in ["do_lower_case", "strip_accents", "tokenize_chinese_chars"]:
        if generator.random() < 0.6:
            settings[key] = generator.random() < 0.5
    contents = ["<ent>", "newtoken", "Café", "@user", "élan", "ood", "中文", "hello", "#tag", "[ENT]"]
    added = []
    for content in generator.sample(contents, generator.randint(0, 4)):
        flags = {key: generator.random() < 0.3 for key in ["lstrip", "rstrip", "single_word"]}
        added.append(AddedToken(content, normalized=generator.random() < 0.5, **flags))
    problem = generator.choice([None, None, "multi_label_classification"])
    labels = generator.choice([1, 2, 3, 5]) if problem is None else generator.choice([2, 4])
    act = generator.choice(["gelu", "relu", "silu", "gelu_new", "gelu_fast", "quick_gelu", "gelu_pytorch_tanh"])
    config = {"num_labels": labels, "problem_type": problem, ("activation" if kind == "distilbert" else "hidden_act"): act}
    if kind != "distilbert":
        config["layer_norm_eps"] = generator.choice([1e-12, 1e-5])
        config["type_vocab_size"] = generator.choice([2, 3])
    files = generator.choice([None, None, None, remove("tokenizer_config.json"), remove("special_tokens_map.json")])
    return dict(
        kind=kind,
        config=config,
        tokens=dict(settings=settings, added=added, special=generator.sample(["<s>", "[NEW]"], generator.randint(0, 1))),
        dtype=generator.choice([None, None, torch.float16, torch.bfloat16]),
        save=generator.choice([{}, {"max_shard_size": "8KB"}]),
        after=files,
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--only", nargs="*")
    given = parser.parse_args()
    transformers.logging.set_verbosity_error()
    for name, case in CASES.items():
        torch.manual_seed(given.seed)
        if given.only is None or name in given.only:
            write(given.out, name, **case)
    for number in range(given.random):
        seed = given.seed * 1000 + number
        torch.manual_seed(seed)
        write(given.out, f"random-{seed}", **random_case(random.Random(seed)))


if __name__ == "__main__":
    main()
