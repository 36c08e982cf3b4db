import { createReadStream } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { BertTokenizer } from "@bertie/tokenizer-wasm";
import type { Command } from "commander";
import { checkReadable, createInputReader, readInput } from "../files.ts";
import { interruptible } from "../interrupt.ts";
import { readDoLowerCase } from "../load/model.ts";
import { createTokenizer, tokenizerWarnings } from "../load/tokenizer.ts";
import { addOptions, type Resolved, resolveOptions } from "../options/command-line.ts";
import type { OptionTable, OptionValues } from "../options/table.ts";
import { byteLines } from "./tokenize/byte-lines.ts";
import { createLineDecoder } from "./tokenize/line-decoder.ts";
import { openTextOutput } from "./tokenize/text-output.ts";

const tokenizeOptions = {
  vocabFile: { from: "script", kind: "path", help: "the vocabulary, vocab.txt" },
  doLowerCase: { from: "script", kind: "flag", help: "lower-case the text, for an uncased vocabulary" },
  maxSeqLength: { from: "script", kind: "integer", min: 1, help: "cut lines to so many tokens; default: as they are" },
  model: { from: "bertie", kind: "path", help: "Hugging Face model directory, for its vocabulary" },
  noSpecialTokens: { from: "bertie", kind: "flag", help: "leave [CLS] and [SEP] away" },
  tokens: { from: "bertie", kind: "flag", help: "write the tokens, too" },
  offsets: { from: "bertie", kind: "flag", help: "write where each token stands in the line, in UTF-16 units" },
  output: { from: "bertie", kind: "path", help: "file to make; default stdout" },
  onInvalidUtf8: {
    from: "bertie",
    kind: "choice",
    choices: ["replace", "skip", "fail"],
    default: "replace",
    help: "lines that are not UTF-8: put U+FFFD in place, leave the line out, or stop",
  },
} as const satisfies OptionTable;

type TokenizeOptions = OptionValues<typeof tokenizeOptions>;

/** `bertie tokenize [FILE…]`: a line of text in, a line of JSON out, in order, however long the files are. */
export function addTokenizeCommand(program: Command): void {
  addOptions(program.command("tokenize"), tokenizeOptions)
    .description("tokenize the lines of files, or of stdin, to JSON lines")
    .argument("[files...]", "UTF-8, a text a line")
    .action(async (files: string[], _, command: Command) => {
      const resolved = await resolveOptions(command, tokenizeOptions);
      await interruptible((check) => tokenizeFiles(files.length > 0 ? files : ["-"], resolved, check));
    });
}

async function tokenizeFiles(
  files: readonly string[],
  resolved: Resolved<typeof tokenizeOptions>,
  check: () => Promise<void>,
): Promise<void> {
  const { options } = resolved;
  const tokenizer = await loadTokenizer(resolved);
  // Opening each once tells of missing files before anything is written.
  for (const file of files) if (file !== "-") await checkReadable(file);
  const output = await openTextOutput(options.output);
  let faults = 0;
  try {
    for (const warning of tokenizerWarnings(tokenizer)) process.stderr.write(`warning: ${warning}\n`);
    for (const file of files) {
      const decoder = createLineDecoder(file === "-" ? "stdin" : file, options.onInvalidUtf8);
      const chunks: AsyncIterable<Uint8Array> = file === "-" ? process.stdin : createReadStream(file);
      for await (const lines of byteLines(chunks)) {
        const records = decoder.decode(lines).map((text) => recordOf(tokenizer, text, options));
        await output.write(records.join(""));
        await check();
      }
      faults += decoder.faults();
    }
    await output.finish();
  } finally {
    await output.discard();
  }
  if (faults > 0) {
    const done = options.onInvalidUtf8 === "skip" ? "left out" : "mended with U+FFFD";
    process.stderr.write(`warning: ${faults} line${faults === 1 ? " is" : "s are"} not valid UTF-8, and ${done}\n`);
  }
}

async function loadTokenizer({ options, given }: Resolved<typeof tokenizeOptions>): Promise<BertTokenizer> {
  const { model } = options;
  const vocabFile = options.vocabFile ?? (model === undefined ? undefined : join(model, "vocab.txt"));
  const vocab = vocabFile === undefined ? undefined : await readInput(vocabFile);
  const ofModel = model === undefined ? undefined : await readDoLowerCase(model, createInputReader());
  return createTokenizer(vocab, vocabFile, given.has("doLowerCase") ? options.doLowerCase : (ofModel ?? false));
}

/** A line's record, as a line of JSON. */
function recordOf(tokenizer: BertTokenizer, text: string, options: TokenizeOptions): string {
  const { ids, tokens, offsets } = tokenizer.encode(text, {
    maxLength: options.maxSeqLength,
    addSpecialTokens: !options.noSpecialTokens,
    offsets: options.offsets,
  });
  const record = { ids, ...(options.tokens && { tokens }), ...(options.offsets && { offsets }) };
  return `${JSON.stringify(record)}\n`;
}
