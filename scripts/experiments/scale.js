// Measures the speed per core, and writes the tables of docs/performance/scale.md:
//   node scripts/experiments/scale.js [--megabytes 400] [--rounds 5] [--models small,base]    measures, which takes about ten minutes
//   node scripts/experiments/scale.js --page [--price 0.05]              writes the tables from the last measurement
//   node scripts/experiments/scale.js --page --check                     fails if the tables are not current
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measure } from "./scale/measure.js";
import { ASSUMPTIONS, scaleTables } from "./scale/tables.js";

const path = (name) => fileURLToPath(new URL(`../../docs/performance/${name}`, import.meta.url));
const { values } = parseArgs({
  options: {
    megabytes: { type: "string", default: "400" },
    models: { type: "string", default: "small,base" },
    rounds: { type: "string", default: "5" },
    price: { type: "string", default: String(ASSUMPTIONS.pricePerCoreHour) },
    page: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
  },
});
if (!values.page) {
  const { megabytes, rounds, models } = values;
  const result = await measure({
    megabytes: Number(megabytes),
    rounds: Number(rounds),
    models: models.split(","),
    log: console.error,
  });
  writeFileSync(path("scale.json"), `${JSON.stringify(result, null, 2)}\n`);
}
const measured = JSON.parse(readFileSync(path("scale.json"), "utf8"));
const tables = scaleTables(measured, { ...ASSUMPTIONS, pricePerCoreHour: Number(values.price) }).split("\n\n");
const { cpu, cores, load, node } = measured.machine;
const machine = `Measured on ${cores} cores of ${cpu} with Node ${node.slice(1)}, load average ${load.toFixed(1)} before the measurement: medians of ${measured.settings.rounds} rounds.`;
const page = readFileSync(path("scale.md"), "utf8");
const parts = [machine, ...tables];
const written = page.replace(
  /(<!-- (\d) -->\n)[\s\S]*?(<!-- end -->)/g,
  (_, start, number, end) => `${start}${parts[Number(number)]}\n${end}`,
);
if (!values.check) writeFileSync(path("scale.md"), written);
else if (written !== page) {
  console.error(
    "docs/performance/scale.md is not current: run node scripts/experiments/scale.js --page and commit the result.",
  );
  process.exitCode = 1;
}
