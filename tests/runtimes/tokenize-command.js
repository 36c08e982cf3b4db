import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Tokenizes a file of several blocks with one thread and with two, and checks the hashes in the manifest.
 *
 * @param root path of the repository
 * @param command program and first arguments that start bertie in this runtime
 * @throws if the outputs or the hashes differ
 */
export function tokenizeCommand(root, [program, ...first]) {
  const folder = mkdtempSync(join(tmpdir(), "bertie-"));
  try {
    const corpus = join(folder, "corpus.txt");
    writeFileSync(corpus, Array.from({ length: 150_000 }, (_, i) => `房间很干净，${i % 100} ok\n`).join(""));
    const options = ["tokenize", "--vocab-file", join(root, "tests/cli/fixtures/vocab.txt"), "--do-lower-case"];
    const outputs = [1, 2].map((threads) => {
      const output = join(folder, `${threads}.bin`);
      const args = [...options, corpus, "--threads", String(threads), "--hash-inputs", "--output", output];
      execFileSync(program, [...first, ...args], { stdio: "pipe" });
      const manifest = JSON.parse(readFileSync(`${output}.manifest.json`, "utf8"));
      assertEqual("the input's hash", manifest.inputs[0].sha256, sha256(corpus));
      assertEqual("the output's hash", manifest.outputs[0].sha256, sha256(output));
      assertEqual("records", manifest.records, 150_000);
      return sha256(output);
    });
    assertEqual("the ids of two threads", outputs[1], outputs[0]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function sha256(path) {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function assertEqual(name, actual, expected) {
  if (actual !== expected) throw new Error(`${name}: ${actual}, expected ${expected}`);
}
