"""Prints the tokens of a text with their positions: python example.py VOCAB TEXT"""

import sys

from bertie_tokenizer import Tokenizer

vocab, text = sys.argv[1:]
tokenizer = Tokenizer.from_vocab(vocab)
encodings = tokenizer.encode_batch([text], offsets=True)
for token_id, (start, end) in zip(encodings.ids.tolist(), encodings.offsets.tolist()):
    print(f"{token_id:6} {start:4} {end:4} {text[start:end]}")
