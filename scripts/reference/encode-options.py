"""Writes what Hugging Face's tokenizers returns for random texts, options and templates.

    python scripts/reference/encode-options.py packages/tokenizer-wasm/fixtures/encode-options.json.gz

Left out are calls that tokenizers rejects, or rejects for longer texts because of the stride, and pairs for which its "longest_first" keeps another token than BERT's own code:
if both texts are truncated, the budget is odd and the first text is shorter, tokenizers gives the last token to the second text.
Token type ids of overflowing rows are those of the template, which tokenizers applies to the first row only.
"""

import gzip
import json
import os
import random
import sys

import tokenizers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

WORDS = ["hello", "world", "un", "able", "cafe", "new", "york", "it", "s", "a", "b", "c", "中", "文", ",", ".", "!", "'"]
SUFFIXES = ["##able", "##s", "##ing", "##a", "##b", "##c", "##文"]
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, *SUFFIXES]
TEXTS = ["hello", "Hello world!", "unable", "Café", "New York,", "it's", "中文", "abc", "qqq", "a b c", "", "worlds", "a中b", ". ."]

# Each piece is a special token or "A" or "B", and its token type id.
TEMPLATES = {
    "none": (["A:0"], ["A:0", "B:1"]),
    "bert": (["[CLS]:0", "A:0", "[SEP]:0"], ["[CLS]:0", "A:0", "[SEP]:0", "B:1", "[SEP]:1"]),
    "roberta": (["[CLS]:0", "A:0", "[SEP]:0"], ["[CLS]:0", "A:0", "[SEP]:0", "[SEP]:0", "B:0", "[SEP]:0"]),
    "zero": (["A:0"], ["A:0", "B:0"]),
    "prefix": (["[CLS]:0", "[MASK]:0", "A:0"], ["[CLS]:0", "A:0", "[MASK]:1", "B:1"]),
    "suffix": (["A:0", "[SEP]:0", "[CLS]:2"], ["A:0", "[SEP]:0", "B:1", "[SEP]:1", "[CLS]:2"]),
    "swapped": (["[CLS]:1", "A:1", "[SEP]:1"], ["[CLS]:0", "B:0", "[SEP]:0", "A:1", "[SEP]:1"]),
}


def tokenizer_for(template):
    vocabulary = {token: index for index, token in enumerate(VOCABULARY)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    single, pair = TEMPLATES[template]
    special = [(token, vocabulary[token]) for token in ["[CLS]", "[SEP]", "[MASK]"]]
    dollar = lambda pieces: [f"${piece}" if piece[0] in "AB" else piece for piece in pieces]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=dollar(single), pair=dollar(pair), special_tokens=special
    )
    return tokenizer


def random_text(rng, is_split):
    pieces = [rng.choice(TEXTS) for _ in range(rng.randrange(6))]
    return pieces if is_split else " ".join(pieces)


def random_options(rng):
    options = {"addSpecialTokens": rng.random() < 0.8}
    if rng.random() < 0.75:
        options["maxLength"] = rng.randrange(6, 14)
        options["stride"] = rng.choice([0, 0, 1, 2])
        options["truncation"] = rng.choice(["longest_first", "longest_first", "only_first", "only_second"])
        options["truncationSide"] = rng.choice(["right", "right", "left"])
    if rng.random() < 0.5:
        options["padding"] = rng.choice(["longest", rng.randrange(8, 20)])
        options["paddingSide"] = rng.choice(["right", "left"])
        options["padToMultipleOf"] = rng.choice([1, 4])
    return options


def apply(tokenizer, options):
    tokenizer.no_truncation()
    tokenizer.no_padding()
    if "maxLength" in options:
        tokenizer.enable_truncation(
            options["maxLength"], stride=options["stride"], strategy=options["truncation"], direction=options["truncationSide"]
        )
    if "padding" in options:
        length = options["padding"] if options["padding"] != "longest" else None
        tokenizer.enable_padding(
            direction=options["paddingSide"], pad_to_multiple_of=options["padToMultipleOf"], length=length
        )


def text_types(template, has_pair):
    """Returns the token type id of each text."""
    pieces = dict(piece.rsplit(":", 1) for piece in TEMPLATES[template][has_pair])
    return [int(pieces[text]) for text in "AB"[: 1 + has_pair]]


def describe(encoding, types):
    texts = zip(encoding.sequence_ids, encoding.type_ids)
    return {
        "ids": encoding.ids,
        "typeIds": [given if text is None else types[text] for text, given in texts],
        "attentionMask": encoding.attention_mask,
        "specialTokensMask": encoding.special_tokens_mask,
        "offsets": encoding.offsets,
        "wordIds": encoding.word_ids,
        "sequenceIds": encoding.sequence_ids,
    }


def look_ups(encoding, has_pair):
    texts = [0, 1] if has_pair else [0]
    tokens = range(len(encoding.ids))
    return {
        "charToToken": [[encoding.char_to_token(char, text) for char in range(12)] for text in texts],
        "charToWord": [[encoding.char_to_word(char, text) for char in range(12)] for text in texts],
        "wordToTokens": [[encoding.word_to_tokens(word, text) for word in range(5)] for text in texts],
        "wordToChars": [[encoding.word_to_chars(word, text) for word in range(5)] for text in texts],
        "tokenToChars": [encoding.token_to_chars(token) for token in tokens],
        "tokenToWord": [encoding.token_to_word(token) for token in tokens],
    }


def kept_by_bert(first, second, limit):
    while first + second > limit:
        if first > second:
            first -= 1
        else:
            second -= 1
    return [first, second]


def differs_from_bert(tokenizer, inputs, options, encoding):
    """Returns whether longest_first keeps other numbers of tokens than the original code."""
    if len(inputs) == 1 or options.get("truncation") != "longest_first":
        return False
    is_split = isinstance(inputs[0], list)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    counts = [len(tokenizer.encode(text, is_pretokenized=is_split, add_special_tokens=False).ids) for text in inputs]
    special = tokenizer.num_special_tokens_to_add(True) if options["addSpecialTokens"] else 0
    kept = [encoding.sequence_ids.count(text) for text in (0, 1)]
    return kept != kept_by_bert(*counts, options["maxLength"] - special)


def is_stride_too_large(tokenizer, options, has_pair):
    special = tokenizer.num_special_tokens_to_add(has_pair) if options["addSpecialTokens"] else 0
    return 0 < options.get("stride", 0) >= options.get("maxLength", 0) - special


def single_case(rng, template):
    tokenizer = tokenizer_for(template)
    options = random_options(rng)
    is_split = rng.random() < 0.3
    inputs = [random_text(rng, is_split) for _ in range(rng.choice([1, 2]))]
    if len(inputs) == 1 and options.get("truncation") == "only_second":
        return None
    if is_stride_too_large(tokenizer, options, len(inputs) == 2):
        return None
    try:
        apply(tokenizer, options)
        encoding = tokenizer.encode(*inputs, is_pretokenized=is_split, add_special_tokens=options["addSpecialTokens"])
    except BaseException:  # the Rust library panics if the stride does not fit
        return None
    if differs_from_bert(tokenizer, inputs, options, encoding):
        return None
    return {
        "template": template,
        "texts": inputs,
        "options": {**options, **({"isSplitIntoWords": True} if is_split else {})},
        "rows": [describe(row, text_types(template, len(inputs) == 2)) for row in [encoding, *encoding.overflowing]],
        "lookUps": look_ups(encoding, len(inputs) == 2),
    }


def batch_case(rng, template):
    tokenizer = tokenizer_for(template)
    options = random_options(rng)
    if options.get("truncation") == "only_second":
        options["truncation"] = "only_first"
    options.setdefault("padding", "longest")
    options.setdefault("paddingSide", "right")
    options.setdefault("padToMultipleOf", 1)
    is_split = rng.random() < 0.3
    items = [[random_text(rng, is_split) for _ in range(rng.choice([1, 1, 2]))] for _ in range(5)]
    inputs = [tuple(item) if len(item) == 2 else item[0] for item in items]
    if any(is_stride_too_large(tokenizer, options, len(item) == 2) for item in items):
        return None
    try:
        apply(tokenizer, options)
        encodings = tokenizer.encode_batch(
            inputs, is_pretokenized=is_split, add_special_tokens=options["addSpecialTokens"]
        )
    except BaseException:
        return None
    if any(differs_from_bert(tokenizer, item, options, encoding) for item, encoding in zip(items, encodings)):
        return None
    rows = [(index, row) for index, encoding in enumerate(encodings) for row in [encoding, *encoding.overflowing]]
    if len({len(row.ids) for _, row in rows}) > 1:
        return None  # a row is longer than the fixed length
    return {
        "template": template,
        "items": items,
        "options": {**options, **({"isSplitIntoWords": True} if is_split else {})},
        "rowItems": [index for index, _ in rows],
        "rows": [describe(row, text_types(template, len(items[index]) == 2)) for index, row in rows],
    }


def collect(make, count):
    rng = random.Random(count)
    cases = []
    while len(cases) < count:
        case = make(rng, rng.choice(list(TEMPLATES)))
        if case is not None:
            cases.append(case)
    return cases


if __name__ == "__main__":
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # panics print to stderr
    contents = {
        "tokenizers": tokenizers.__version__,
        "vocabulary": VOCABULARY,
        "templates": {name: {"single": single, "pair": pair} for name, (single, pair) in TEMPLATES.items()},
        "single": collect(single_case, 300),
        "batches": collect(batch_case, 60),
    }
    text = json.dumps(contents, ensure_ascii=False, separators=(",", ":"))
    with open(sys.argv[1], "wb") as file:
        file.write(gzip.compress(text.encode(), 9, mtime=0))
    print(f"tokenizers {tokenizers.__version__}: {len(text)} characters")
