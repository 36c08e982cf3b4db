#!/usr/bin/env python3
"""Writes tokenizer.json files of many shapes, and the encodings of Hugging Face's tokenizers, as JSON lines to stdout.

    python3 scripts/reference/tokenizer-json.py [--seed N] [--texts N] [--shapes TEXT] | node scripts/check/tokenizer-json.js

Requires tokenizers 0.23 and unicodedata2 18. Each line has a file, texts or pairs of texts, their encodings, and decodings. Texts
contain only characters that both programs treat alike; `--characters` prints the others by cause, and
docs/reference/tokenizer-json.md describes them. Each file is trained on its own random corpus, so a new seed gives new files.
"""

import argparse
import collections
import json
import random
import sys

import tokenizers
import unicodedata2 as unicode
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

BERT = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
IDEOGRAPHS = [
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
]  # fmt: skip
WHITE_SPACE = {*range(9, 14), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000}


def is_ideograph(char):
    return any(first <= ord(char) <= last for first, last in IDEOGRAPHS)


def is_punctuation(char):
    category = unicode.category(char)
    return category[0] == "P" or (ord(char) < 128 and category[0] == "S")


def normalize(char, clean, ideographs, marks, lower):
    """Normalizes a character by the rules of the original BERT code, with the tables of Bertie's Unicode version."""
    category = unicode.category(char)
    if clean:
        if char in "\t\n\r" or ord(char) in WHITE_SPACE and category != "Cc":
            return " "
        if char in "\0\ufffd" or category[0] == "C":
            return ""
    text = f" {char} " if ideographs and is_ideograph(char) else char
    if marks:
        text = "".join(c for c in unicode.normalize("NFD", text) if unicode.category(c) not in marks)
    return text.lower() if lower else text


def same_characters():
    """Returns the characters that tokenizers treats by the same rules, and the others by cause."""
    bert = normalizers.BertNormalizer
    ways = [
        (bert(True, True, True, True), (True, True, {"Mn"}, True)),
        (bert(False, True, True, True), (False, True, {"Mn"}, True)),
        (bert(False, False, False, True), (False, False, set(), True)),
        (bert(True, False, False, False), (True, False, set(), False)),
        (normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents()]), (False, False, {"Mn", "Mc", "Me"}, False)),
    ]
    splitters = [pre_tokenizers.BertPreTokenizer(), pre_tokenizers.Whitespace()]
    same, causes = [], collections.defaultdict(list)
    for point in range(0x110000):
        if 0xD800 <= point < 0xE000:
            continue
        char = chr(point)
        category = unicode.category(char)
        cause = None
        for normalizer, settings in ways:
            if normalizer.normalize_str(f"a{char}b") != f"a{normalize(char, *settings)}b":
                cause = "normalization"
        pieces = [piece for piece, _ in splitters[0].pre_tokenize_str(f"a{char}b")]
        expected = ["a", "b"] if point in WHITE_SPACE else ["a", char, "b"] if is_punctuation(char) else [f"a{char}b"]
        if pieces != expected:
            cause = "punctuation"
        pieces = [piece for piece, _ in splitters[1].pre_tokenize_str(f"a{char}€")]
        is_word = WORD.get(char)
        if is_word is not None and point not in WHITE_SPACE and pieces != ([f"a{char}", "€"] if is_word else ["a", f"{char}€"]):
            cause = "word characters"
        if point == 0x3A3:
            cause = "final sigma"
        if cause is None:
            same.append(char)
            continue
        if category in ("Cn", "Co"):
            cause = {"Cn": "unassigned", "Co": "private use"}[category]
        elif is_ideograph(char):
            cause = "ideographs"
        causes[cause].append(point)
    return same, causes


def word_characters():
    """Whether the expression \\w matches each character, where its category decides: Alphabetic is not in unicodedata2."""
    known = {}
    for point in range(0x110000):
        category = unicode.category(chr(point))
        if category[0] in "LM" or category in ("Nl", "Nd", "Pc"):
            known[chr(point)] = True
        elif category in ("No", "Sm", "Sc", "Sk", "Ps", "Pe", "Pi", "Pf", "Po", "Pd", "Cc"):
            known[chr(point)] = False
    return known


WORD = word_characters()


# Shapes of files. Each function returns a tokenizer without a vocabulary, and the trainer's settings.


def bert_normalizer(**settings):
    return normalizers.BertNormalizer(**{"clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True, **settings})


def template(single, pair, names):
    def build(tokenizer):
        ids = [(name, tokenizer.token_to_id(name)) for name in names]
        return processors.TemplateProcessing(single=single, pair=pair, special_tokens=ids)

    return build


def bert_template(cls="[CLS]", sep="[SEP]"):
    return template(f"{cls} $A {sep}", f"{cls} $A {sep} $B:1 {sep}:1", [cls, sep])


def fixed(kind, cls="[CLS]", sep="[SEP]", **settings):
    return lambda tokenizer: kind((sep, tokenizer.token_to_id(sep)), (cls, tokenizer.token_to_id(cls)), **settings)


SEQUENCE = normalizers.Sequence
WORDPIECE = decoders.WordPiece(prefix="##", cleanup=True)


def shape(**changes):
    return {
        "special": BERT, "unk": "[UNK]", "prefix": "##", "limit": 100, "normalizer": bert_normalizer(),
        "splitter": pre_tokenizers.BertPreTokenizer(), "post": bert_template(), "decoder": WORDPIECE, "added": [], "size": 400,
        "edit": lambda file: file, **changes,
    }  # fmt: skip


def without_type(file):
    del file["model"]["type"]
    return file


def old_file(file):
    for key in ("version", "truncation", "padding"):
        file.pop(key, None)
    return without_type(file)


def with_sections(**sections):
    return lambda file: {**file, **sections}


MPNET = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "[UNK]"]
ROBERTA = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
NFD_LOWER_STRIP = SEQUENCE([normalizers.NFD(), normalizers.Lowercase(), normalizers.StripAccents()])
SPACE_REPLACE = normalizers.Replace(Regex(" {2,}"), " ")

SHAPES = {
    "bert-base-uncased": shape(edit=without_type),
    "distilbert-base-uncased": shape(edit=old_file),
    "bert-base-cased": shape(normalizer=bert_normalizer(lowercase=False)),
    "bert-base-chinese": shape(special=["[PAD]", *(f"[unused{i}]" for i in range(1, 20)), *BERT[1:]], normalizer=bert_normalizer(lowercase=False, strip_accents=None)),
    "bert-base-multilingual-cased": shape(normalizer=bert_normalizer(lowercase=False, strip_accents=False), size=900),
    "electra-small": shape(normalizer=bert_normalizer(strip_accents=True), post=fixed(processors.BertProcessing)),
    "mpnet": shape(special=MPNET, post=fixed(processors.RobertaProcessing, "<s>", "</s>", trim_offsets=True, add_prefix_space=False),
                   added=[AddedToken("<mask>", lstrip=True, special=True, normalized=False)]),
    "multi-qa-mpnet": shape(special=MPNET, post=template("<s> $A </s>", "<s> $A </s> </s> $B:1 </s>:1", ["<s>", "</s>"]),
                            edit=with_sections(truncation={"direction": "Right", "max_length": 512, "strategy": "LongestFirst", "stride": 0},
                                               padding={"strategy": {"Fixed": 250}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 1, "pad_type_id": 0, "pad_token": "<pad>"})),
    "mobilebert": shape(decoder=decoders.WordPiece(prefix="##", cleanup=False)),
    "bge-small": shape(edit=with_sections(truncation={"direction": "Right", "max_length": 64, "strategy": "LongestFirst", "stride": 0})),
    "e5-small": shape(edit=with_sections(padding={"strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": 8, "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"})),
    "gte-small": shape(limit=100, post=fixed(processors.BertProcessing)),
    "all-MiniLM": shape(edit=with_sections(truncation={"direction": "Right", "max_length": 128, "strategy": "LongestFirst", "stride": 0},
                                           padding={"strategy": {"Fixed": 128}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"})),
    "ernie": shape(special=["[PAD]", "[CLS]", "[SEP]", "[MASK]", "[UNK]"]),
    "LaBSE": shape(normalizer=bert_normalizer(lowercase=False), special=["[PAD]", *(f"[unused{i}]" for i in range(20)), *BERT[1:]]),
    "nomic-bert": shape(normalizer=SEQUENCE([bert_normalizer()]), splitter=pre_tokenizers.Sequence([pre_tokenizers.BertPreTokenizer()])),
    "jina": shape(post=lambda t: processors.Sequence([bert_template()(t)])),
    "splade": shape(added=[AddedToken("newWord", normalized=True), AddedToken("Über", normalized=True, single_word=True)]),
    "static-potion": shape(post=None, special=["[PAD]", "[UNK]"]),
    "static-template": shape(post=template("$A", "$A $B:1", [])),
    "roberta-specials": shape(special=ROBERTA, unk="<unk>", post=fixed(processors.RobertaProcessing, "<s>", "</s>", trim_offsets=False, add_prefix_space=False)),
    "funnel": shape(special=["<pad>", "<unk>", "<cls>", "<sep>", "<mask>", "<s>", "</s>"], unk="<unk>",
                    post=template("<cls>:2 $A:0 <sep>:0", "<cls>:2 $A:0 <sep>:0 $B:1 <sep>:1", ["<cls>", "<sep>"])),
    "quicktour": shape(normalizer=NFD_LOWER_STRIP, splitter=pre_tokenizers.Whitespace(), size=700),
    "course": shape(normalizer=NFD_LOWER_STRIP, splitter=pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation()])),
    "whitespace-split": shape(splitter=pre_tokenizers.WhitespaceSplit(), size=900),
    "whitespace-cased": shape(normalizer=None, splitter=pre_tokenizers.Whitespace(), size=900, post=None, decoder=None),
    "whitespace-punctuation": shape(splitter=pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.Punctuation("isolated")])),
    "no-normalizer": shape(normalizer=None, size=800),
    "lowercase-only": shape(normalizer=normalizers.Lowercase(), size=700),
    "nfc-bert": shape(normalizer=SEQUENCE([normalizers.NFC(), bert_normalizer()])),
    "nfd-strip-lower": shape(normalizer=SEQUENCE([normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase()])),
    "strip-spaces": shape(normalizer=SEQUENCE([normalizers.Strip(), bert_normalizer(), SPACE_REPLACE])),
    "no-cleaning": shape(normalizer=bert_normalizer(clean_text=False), size=700),
    "no-ideographs": shape(normalizer=bert_normalizer(handle_chinese_chars=False), size=700),
    "prefix-at": shape(prefix="@@", decoder=decoders.WordPiece(prefix="@@", cleanup=True)),
    "prefix-letter": shape(prefix="▁", decoder=decoders.WordPiece(prefix="▁", cleanup=True)),
    "prefix-x": shape(prefix="x", decoder=decoders.WordPiece(prefix="x", cleanup=False)),
    "prefix-none": shape(prefix="", decoder=None),
    "google-limit": shape(limit=200),
    "short-words": shape(limit=8),
    "added-flags": shape(added=[
        AddedToken("<tag>", lstrip=True, rstrip=True, normalized=False), AddedToken("<tag>x", normalized=False),
        AddedToken("word", single_word=True, normalized=True), AddedToken("中文", normalized=True),
        AddedToken("new york", normalized=True, rstrip=True), AddedToken("É", normalized=True, lstrip=True),
        AddedToken(" lead", normalized=False), AddedToken("[NEW]", special=True, normalized=False)]),
    "added-overlap": shape(added=[
        AddedToken("ab", normalized=False), AddedToken("abc", normalized=False), AddedToken("bcd", normalized=True),
        AddedToken("AB", normalized=True), AddedToken("cd", single_word=True, normalized=False), AddedToken("##ab", normalized=False)]),
    "added-whitespace-split": shape(splitter=pre_tokenizers.Whitespace(), added=[AddedToken("c++", normalized=True), AddedToken("<br>", normalized=False, rstrip=True)]),
    "left-padding": shape(edit=with_sections(truncation={"direction": "Left", "max_length": 32, "strategy": "OnlyFirst", "stride": 4},
                                             padding={"strategy": "BatchLongest", "direction": "Left", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 1, "pad_token": "[PAD]"})),
    "suffix-template": shape(special=[*BERT, "[EOS]"], post=template("[CLS] [CLS] $A [SEP] [EOS]:3", "$B:1 [SEP] $A:2 [EOS]", ["[CLS]", "[SEP]", "[EOS]"])),
    # Files that are rejected by name.
    "rejected-bpe": None, "rejected-unigram": None, "rejected-nfkc": None, "rejected-metaspace": None, "rejected-replace": None,
    "rejected-nfc": None, "rejected-digits": None, "rejected-byte-level": None, "rejected-decoder": None, "rejected-no-splitter": None,
}  # fmt: skip


def rejected(name):
    wordpiece = shape()
    changes = {
        "rejected-nfkc": {"normalizer": SEQUENCE([normalizers.NFKC(), normalizers.Lowercase()])},
        "rejected-metaspace": {"splitter": pre_tokenizers.Metaspace()},
        "rejected-replace": {"normalizer": SEQUENCE([normalizers.Replace("``", '"'), bert_normalizer()])},
        "rejected-nfc": {"normalizer": SEQUENCE([normalizers.NFC(), normalizers.Lowercase()])},
        "rejected-digits": {"splitter": pre_tokenizers.Sequence([pre_tokenizers.BertPreTokenizer(), pre_tokenizers.Digits(True)])},
        "rejected-byte-level": {"post": lambda t: processors.Sequence([processors.ByteLevel(), bert_template()(t)])},
        "rejected-decoder": {"decoder": decoders.Sequence([WORDPIECE, decoders.Strip(" ", 1, 0)])},
        "rejected-no-splitter": {"splitter": None},
    }
    return {**wordpiece, **changes[name]}


PIECES = ["the", "hello", "un", "able", "world", "can't", "do not", "naïve", "Übermut", "résumé", "NEW", "Word", "a", "b", "ab", "abc", "abcd", "cd", "x", "x1", "c++", "10", "3.14", "#tag", "##ing", "@user", "@@x", "▁a", "__init__",
          "北京", "大学", "中文", "日本", "한국어", "가", "привет", "Ёлка", "école", "żółć", "עִברית", "हिन्दी", "ไทย", "کتاب", "é́", "e\u0301", "I\u0307", "İ", "ß", "ﬁ", "Å", "𝒳", "😀", "👩‍🚀", "🇩🇪", "—", "…", "’s", "'", "n't", "'m", " ' ", ".", ",", "!", "?", "...", "?!", "$", "€", "+", "==", "²", "½", "Ⅷ", "Ⓐ", "㎏", "①",
          "豈", "丽", "㐀", "𠀀", "\u20dd", "\u0903", "\u302e"]  # fmt: skip
SPACES = [" ", " ", " ", " ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u2009", "\u2028", "", "", ""]
CONTROLS = ["\0", "\x01", "\x0b", "\x0c", "\x1c", "\x1f", "\x7f", "\x85", "\u200b", "\u200d", "\u00ad", "\ufeff", "\ufffd", "\u202e"]


def random_text(rng, same, words, specials, added):
    parts = []
    for _ in range(rng.choice([0, 1, 2, 3, 5, 8, 13, 30])):
        kind = rng.random()
        if kind < 0.45:
            part = rng.choice(PIECES)
        elif kind < 0.65:
            part = rng.choice(words)
        elif kind < 0.75:
            part = rng.choice(same)
        elif kind < 0.80:
            part = rng.choice(CONTROLS)
        elif kind < 0.87:
            part = rng.choice(specials)
        elif kind < 0.95 and added:
            part = rng.choice(added)
        elif kind < 0.97:
            part = rng.choice(["a", "b", "é", "한", "中"]) * rng.choice([7, 8, 9, 99, 100, 101, 199, 201])
        else:
            part = "".join(rng.choice(same) for _ in range(rng.randrange(1, 6)))
        if rng.random() < 0.15:
            part = rng.choice([str.upper, str.lower, str.title, str.swapcase])(part)
        parts += [part, rng.choice(SPACES)]
    return "".join(parts)


def build(spec, rng, same):
    tokenizer = Tokenizer(models.WordPiece(unk_token=spec["unk"], continuing_subword_prefix=spec["prefix"], max_input_chars_per_word=spec["limit"]))
    if spec["normalizer"] is not None:
        tokenizer.normalizer = spec["normalizer"]
    if spec["splitter"] is not None:
        tokenizer.pre_tokenizer = spec["splitter"]
    corpus = [random_text(rng, same, ["word"], ["the"], []) for _ in range(400)]
    trainer = trainers.WordPieceTrainer(
        vocab_size=spec["size"], special_tokens=list(dict.fromkeys([*spec["special"], spec["unk"]])), continuing_subword_prefix=spec["prefix"],
        show_progress=False, limit_alphabet=spec["size"] // 2)  # fmt: skip
    tokenizer.train_from_iterator(corpus, trainer)
    if spec["post"] is not None:
        tokenizer.post_processor = spec["post"](tokenizer)
    if spec["decoder"] is not None:
        tokenizer.decoder = spec["decoder"]
    for token in spec["added"]:
        tokenizer.add_special_tokens([token]) if token.special else tokenizer.add_tokens([token])
    return spec["edit"](json.loads(tokenizer.to_str()))


def other_model(name):
    model = models.BPE(unk_token="[UNK]") if name == "rejected-bpe" else models.Unigram([("a", 0.0), ("b", -1.0)])
    tokenizer = Tokenizer(model)
    return json.loads(tokenizer.to_str())


def utf16(text):
    """Returns the UTF-16 position of each code point, and the end."""
    positions = [0]
    for char in text:
        positions.append(positions[-1] + 1 + (ord(char) > 0xFFFF))
    return positions


def encode(tokenizer, texts, special):
    encoding = tokenizer.encode(*texts, add_special_tokens=special)
    positions = [utf16(text) for text in texts]
    offsets = [
        [0, 0] if sequence is None else [positions[sequence][at] for at in span]
        for span, sequence in zip(encoding.offsets, encoding.sequence_ids)
    ]
    return {
        "ids": encoding.ids, "offsets": [at for span in offsets for at in span], "types": encoding.type_ids,
        "words": encoding.word_ids, "mask": encoding.special_tokens_mask,
    }  # fmt: skip


def records(file, rng, same, count):
    tokenizer = Tokenizer.from_str(json.dumps(file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    words = [token.removeprefix("##") for token in tokenizer.get_vocab() if token]
    specials = [token["content"] for token in file["added_tokens"] if token["special"]] or ["[SEP]"]
    added = [token["content"] for token in file["added_tokens"] if not token["special"]]
    allowed = set(same)
    for index in range(count):
        texts = [random_text(rng, same, words, specials, added) for _ in range(1 + (index % 4 == 3))]
        # Characters that are treated differently may come from changing the case.
        texts = ["".join(char for char in text if char in allowed) for text in texts]
        special = index % 8 != 1
        expected = encode(tokenizer, texts, special)
        size = tokenizer.get_vocab_size()
        ids = rng.choice([expected["ids"], [rng.randrange(size + 2) for _ in range(rng.randrange(12))]])
        decoded = [tokenizer.decode(ids, skip_special_tokens=skip) for skip in (False, True)]
        yield {"texts": texts, "special": special, **expected, "decode": ids, "decoded": decoded}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1, help="random seed (default: 1)")
    parser.add_argument("--texts", type=int, default=300, help="texts per file (default: 300)")
    parser.add_argument("--shapes", default="", help="only shapes whose name contains this text")
    parser.add_argument("--characters", action="store_true", help="print the characters that are treated differently, and exit")
    options = parser.parse_args()
    same, causes = same_characters()
    if options.characters:
        for cause, points in sorted(causes.items()):
            print(f"{cause}: {len(points)}, for example {' '.join(f'U+{point:04X}' for point in points[:: max(1, len(points) // 12)])}")
        return
    print(json.dumps({"tokenizers": tokenizers.__version__, "unicode": unicode.unidata_version, "seed": options.seed}))
    for name, spec in SHAPES.items():
        if options.shapes not in name:
            continue
        rng = random.Random(f"{options.seed} {name}")
        if name in ("rejected-bpe", "rejected-unigram"):
            file = other_model(name)
        else:
            file = build(spec or rejected(name), rng, same)
        is_rejected = name.startswith("rejected")
        found = [] if is_rejected else list(records(file, rng, same, options.texts))
        print(json.dumps({"name": name, "rejected": is_rejected, "file": file, "records": found}))


if __name__ == "__main__":
    sys.exit(main())
