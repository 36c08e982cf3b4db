import type { Example } from "@bertie/classifier";
import { BertieError } from "@bertie/common";
import {
  type Columns,
  guessColumns,
  holdOut,
  type InputExample,
  type Role,
  readTable,
  type SplitSizes,
  type Table,
  tableExamples,
} from "@bertie/data";
import { byId, element } from "../page/dom.ts";
import { acceptFiles } from "../page/drop.ts";
import { clearText, formatNumber, onLanguage, setText, text } from "../page/language.ts";
import { clearFault, showFault } from "../page/notices.ts";
import { bundledReviews } from "./bundled-reviews.ts";
import { onGivenTable } from "./given-table.ts";
import type { TrainingData } from "./training.ts";

const ROLES: readonly Role[] = ["none", "text", "pair", "label"];
const PREVIEW_ROWS = 5;

/** Choice of the training data. */
export interface DataChoice {
  /**
   * Returns the chosen data, split into a training and a validation set.
   *
   * @throws BertieError "input/…" if the table cannot be used
   */
  texts(sizes: SplitSizes): Promise<TrainingData>;
}

export function createDataChoice(): DataChoice {
  const drop = byId("data-drop", HTMLElement);
  const columnsPart = byId("data-columns", HTMLElement);
  const header = byId("data-header", HTMLInputElement);
  const fault = byId("train-fault", HTMLElement);
  const dataRadios = () => byId("train-form", HTMLFormElement).elements.namedItem("data") as RadioNodeList;
  let table: Table | undefined;
  let columns: Columns | undefined;

  function show(): void {
    const own = dataRadios().value === "own";
    drop.hidden = !own;
    columnsPart.hidden = !own || table === undefined;
    summarize(own ? table : undefined, columns);
  }

  async function read(file: File): Promise<void> {
    clearFault(fault);
    try {
      table = await readTable(file.name, new Uint8Array(await file.arrayBuffer()));
      columns = guessColumns(table);
      header.checked = columns.header;
      preview();
    } catch (error) {
      table = undefined;
      showFault(fault, error);
    }
    show();
  }

  function preview(): void {
    if (table === undefined || columns === undefined) return;
    showPreview(table, columns, (column, role) => {
      // Only one column can have each role, except for "none".
      const roles = columns!.roles.map((old, i) => (i === column ? role : old === role ? "none" : old));
      columns = { ...columns!, roles };
      preview();
      show();
    });
  }

  for (const choice of document.querySelectorAll('input[name="data"]')) choice.addEventListener("change", show);
  acceptFiles(drop, byId("data-file", HTMLInputElement), ([file]) => void read(file!));
  onGivenTable((file) => {
    dataRadios().value = "own";
    void read(file);
  });
  header.addEventListener("change", () => {
    columns = columns && { ...columns, header: header.checked };
    preview();
    show();
  });
  onLanguage(() => {
    preview();
    show();
  });

  return {
    async texts(sizes) {
      if (dataRadios().value !== "own") return bundledReviews(sizes);
      if (table === undefined || columns === undefined)
        throw new BertieError("input/missing-file", text("train.data.missing"));
      const { name, labels, train, heldOut } = holdOut(table.name, tableExamples(table, columns), sizes);
      return { name, labels, train: train.map(exampleOf), evaluation: heldOut.map(exampleOf) };
    },
  };
}

function exampleOf({ textA, textB, label = "" }: InputExample): Example {
  return { text: textA, ...(textB !== undefined && { pair: textB }), label };
}

/** Shows the first rows of the table below the role of each column. */
function showPreview(
  { rows, columns: count }: Table,
  columns: Columns,
  onRole: (column: number, role: Role) => void,
): void {
  const indices = Array.from({ length: count }, (_, column) => column);
  const selects = indices.map((column) => {
    const options = ROLES.map((role) =>
      element("option", { value: role, selected: role === columns.roles[column] }, text(`train.role.${role}`)),
    );
    const label = text("train.data.role", { number: column + 1 });
    const select = element("select", { "aria-label": label }, ...options);
    select.addEventListener("change", () => onRole(column, select.value as Role));
    return element("th", { scope: "col" }, select);
  });
  const names = indices.map((column) =>
    element("th", { scope: "col" }, rows[0]?.cells[column] ?? text("train.data.column", { number: column + 1 })),
  );
  const head = [element("tr", {}, ...selects), ...(columns.header ? [element("tr", {}, ...names)] : [])];
  const shown = rows.slice(columns.header ? 1 : 0).slice(0, PREVIEW_ROWS);
  const body = shown.map(({ cells }) =>
    element("tr", {}, ...indices.map((column) => element("td", {}, cells[column] ?? ""))),
  );
  byId("data-preview", HTMLTableElement).replaceChildren(element("thead", {}, ...head), element("tbody", {}, ...body));
}

function summarize(table: Table | undefined, columns: Columns | undefined): void {
  const summary = byId("data-summary", HTMLElement);
  const column = columns?.roles.indexOf("label") ?? -1;
  if (table === undefined || columns === undefined || column < 0) {
    if (table === undefined) clearText(summary);
    else setText(summary, "train.fault.no-label");
    return;
  }
  const rows = table.rows.slice(columns.header ? 1 : 0);
  const labels = [...new Set(rows.map(({ cells }) => cells[column] ?? ""))];
  const names = `${labels.slice(0, 8).join(", ")}${labels.length > 8 ? " …" : ""}`;
  const values = { name: table.name, rows: formatNumber(rows.length), labels: formatNumber(labels.length), names };
  setText(summary, "train.data.summary", values);
}
