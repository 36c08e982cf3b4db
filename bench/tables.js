#!/usr/bin/env node
import { once } from "node:events";
// Measures how fast, and with how much memory, a CSV table of a million rows is read: node bench/tables.js [ROWS]
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTable } from "@bertie/data";

const rowCount = Number(process.argv[2] ?? 1_000_000);
const folder = mkdtempSync(join(tmpdir(), "bertie-tables-"));
const path = join(folder, "reviews.csv");
try {
  await writeTable(path);
  globalThis.gc?.();
  const baseline = process.memoryUsage().rss;
  let peak = baseline;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 20);
  const start = performance.now();
  const table = await openTable({ name: path, size: statSync(path).size, stream: () => createReadStream(path) });
  const opened = performance.now();
  let rows = 0;
  for await (const _ of table.rows()) rows++;
  const seconds = (performance.now() - start) / 1000;
  clearInterval(timer);
  const megabytes = (bytes) => (bytes / 2 ** 20).toFixed(0);
  console.log(table.guesses.join("\n"));
  console.log(
    `${rows} rows, ${megabytes(statSync(path).size)} MB: opened in ${((opened - start) / 1000).toFixed(2)} s, read in ${seconds.toFixed(2)} s`,
  );
  console.log(`memory: ${megabytes(peak - baseline)} MB above ${megabytes(baseline)} MB`);
} finally {
  rmSync(folder, { recursive: true });
}

/** Writes rows with quotes, delimiters and line ends within cells. */
async function writeTable(file) {
  const out = createWriteStream(file);
  out.write("id,review,stars\r\n");
  for (let i = 1; i <= rowCount; i++) {
    const text =
      i % 3 === 0
        ? `"The room was clean, the staff said ""welcome"", and number ${i} was quiet.\nWould stay again"`
        : `Arrived late and the box was damaged but support number ${i} helped me at once 很好`;
    if (!out.write(`${i},${text},${1 + (i % 5)}\r\n`)) await once(out, "drain");
  }
  out.end();
  await once(out, "finish");
}
