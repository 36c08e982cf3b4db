// Prints the logits that Bertie computes for tokenized rows, as JSON.
//   node logits.js DIR < rows.json     rows: [[token ids, attention mask, token type ids], …]
import { text } from "node:stream/consumers";
import { TextClassifier } from "@bertie/classifier";

const rows = JSON.parse(await text(process.stdin)).map((row) => {
  const [inputIds, inputMask, segmentIds] = row.map((values) => Int32Array.from(values));
  return { tokens: inputIds.length, rows: [{ inputIds, inputMask, segmentIds }] };
});
const classifier = await TextClassifier.load(process.argv[2]);
const logits = await classifier.stages.logits(rows);
await classifier.dispose();
console.log(JSON.stringify(logits.map((values) => [...values])));
