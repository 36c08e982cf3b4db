// Tokenizers from npm. Each is used as documented, with the fastest call that was found.

const strings = { takes: "strings", rows: (rows) => rows };

/** Hugging Face's tokenizers as a native addon. */
export const tokenizers = {
  ...strings,
  async load({ json }) {
    const { default: library } = await import("tokenizers");
    return library.Tokenizer.fromString(json.toString());
  },
  async encode(tokenizer, texts) {
    const rows = [];
    for (let at = 0; at < texts.length; at += 1024) {
      const batch = await tokenizer.encodeBatch(texts.slice(at, at + 1024), { addSpecialTokens: false });
      for (const encoding of batch) rows.push(encoding.getIds());
    }
    return rows;
  },
};

/** Hugging Face's tokenizers in JavaScript, as in transformers.js. */
export const huggingface = {
  ...strings,
  async load({ json }) {
    const { Tokenizer } = await import("@huggingface/tokenizers");
    return new Tokenizer(JSON.parse(json), {});
  },
  encode: (tokenizer, texts) => texts.map((text) => tokenizer.encode(text, { add_special_tokens: false }).ids),
};

/** kitoken: Rust in WebAssembly. With the argument `true`, special tokens in the text are recognized. */
export const kitoken = {
  ...strings,
  async load({ json }) {
    const { default: library } = await import("kitoken/node");
    return library.Kitoken.from_tokenizers(json);
  },
  encode: (tokenizer, texts) => texts.map((text) => tokenizer.encode(text, true)),
};
