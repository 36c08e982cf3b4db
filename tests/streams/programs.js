// Programs for tests of streams with workers, each of which must end by itself: node tests/streams/programs.js NAME
import { BertTokenizer } from "@bertie/tokenizer-wasm";

const text = "hello world\n".repeat(1000);
const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello\nworld");

/** Starts a stream whose workers have work to do. */
function start(options = {}) {
  const { readable, writable } = tokenizer.stream({ workers: 2, blockBytes: 2000, ...options });
  const [reader, writer] = [readable.getReader(), writable.getWriter()];
  const write = async () => {
    for (;;) await writer.write(text);
  };
  write().catch(() => {});
  writer.closed.catch(() => {});
  return { reader, writer };
}

const programs = {
  /** Leaves a stream whose workers are idle or busy. */
  async abandoned() {
    const { reader } = start();
    return (await reader.read()).value?.firstLine;
  },
  async canceled() {
    const { reader } = start();
    await reader.read();
    const before = threads();
    await reader.cancel();
    return [before > 0, threads()];
  },
  async aborted() {
    const controller = new AbortController();
    const { reader } = start({ signal: controller.signal });
    await reader.read();
    controller.abort(new Error("stop"));
    const { message } = await reader.read().catch((error) => error);
    return message;
  },
  async "aborted by the writer"() {
    const { reader, writer } = start();
    await reader.read();
    await writer.abort(new Error("stop"));
    const { message } = await reader.read().catch((error) => error);
    return [message, threads()];
  },
  /** Waits for a worker, while nothing else keeps the process alive. */
  async complete() {
    const expected = tokenizer.encodeLines(new TextEncoder().encode(text));
    const ids = [];
    let lines = 0;
    const { readable, writable } = tokenizer.stream({ workers: 2, blockBytes: 2000 });
    const writer = writable.getWriter();
    writer.write(text);
    writer.close();
    for await (const batch of readable) {
      if (batch.firstLine !== lines) throw new Error(`line ${batch.firstLine} instead of ${lines}`);
      lines += batch.rowOffsets.length - 1;
      ids.push(...batch.ids);
    }
    return [lines, String(ids) === String(expected.ids), threads()];
  },
  async fails() {
    const { reader, writer } = start();
    const error = await reader.read().catch((error) => error);
    const same = await writer.closed.catch((other) => other === error);
    return [error.code, same && error.message, threads()];
  },
  async "invalid UTF-8"() {
    const { readable, writable } = tokenizer.stream({ workers: 2, blockBytes: 8, invalidUtf8: "fail" });
    const writer = writable.getWriter();
    writer.write(Uint8Array.of(...new TextEncoder().encode("hello\nhello\nhello\n"), 0xff)).catch(() => {});
    writer.close().catch(() => {});
    try {
      for await (const _ of readable);
      return "no error";
    } catch (error) {
      return [error.code, error.message.split(":")[0], threads()];
    }
  },
};

/** Returns the number of threads and ports that this process still has. */
function threads() {
  return process.getActiveResourcesInfo().filter((name) => /Worker|MessagePort/.test(name)).length;
}

console.log(JSON.stringify(await programs[process.argv[2]]()));
