import type { Role, SplitSizes } from "@bertie/data";
import { modelWorker } from "../model/client.ts";
import { byId, debounce } from "../page/dom.ts";
import { acceptFiles } from "../page/drop.ts";
import { onLanguage, text } from "../page/language.ts";
import { clearFault, showFault } from "../page/notices.ts";
import { PageError } from "../page/page-error.ts";
import { BUNDLED, BUNDLED_ENGLISH, bundledReviews, bundledSizes } from "./bundled-reviews.ts";
import { clearReport, showLanguageWarning, showReport, showSetSizes } from "./data-report.ts";
import { onGivenTable } from "./given-table.ts";
import { showPreview } from "./preview-table.ts";
import type { Settings } from "./settings-view.ts";
import type { OpenTableData, TablePreview, TableReport } from "./table-data.ts";
import type { TrainingData } from "./training.ts";

/** Choice of the training data. */
export interface DataChoice {
  /**
   * Returns the chosen data, to be split into a training and a validation set.
   *
   * @throws PageError if there is no table, or if it has no text column or no label column
   */
  chosen(sizes: SplitSizes): Promise<TrainingData | OpenTableData>;
}

export function createDataChoice(settings: Settings): DataChoice {
  const worker = modelWorker();
  const drop = byId("data-drop", HTMLElement);
  const columnsPart = byId("data-columns", HTMLElement);
  const header = byId("data-header", HTMLInputElement);
  const fault = byId("train-fault", HTMLElement);
  const form = byId("train-form", HTMLFormElement);
  const sources = form.elements.namedItem("data") as RadioNodeList;
  const source = () => sources.value;
  let table: TablePreview | undefined;
  let report: TableReport | undefined;
  let reports = 0;

  /** Shows the choice, and asks the worker what it would train on. */
  async function show(): Promise<void> {
    const isOwn = source() === "own";
    drop.hidden = !isOwn;
    columnsPart.hidden = !isOwn || table === undefined;
    const number = ++reports;
    const sizes = sizesOf(settings);
    report = undefined;
    if (isOwn && table !== undefined && sizes !== undefined)
      report = await worker.call("tableReport", { columns: table.columns, sizes });
    if (number !== reports) return; // the choice has changed in the meantime
    clearReport();
    if (isOwn && table !== undefined && report !== undefined) showReport(report, table);
    else if (!isOwn && sizes !== undefined) showSetSizes(limited(sizes));
    showLanguageWarning(isOwn ? report?.language : source() === BUNDLED ? "zh" : "en", settings.start());
  }

  async function read(file: File): Promise<void> {
    clearFault(fault);
    table = undefined; // the worker has closed it
    try {
      table = await worker.call("openTable", file);
      header.checked = table.columns.header;
      preview();
    } catch (error) {
      showFault(fault, error);
    }
    await show();
  }

  function preview(): void {
    if (table === undefined) return;
    showPreview(table, (column, role) => {
      // Only one column can have each role, except for "none".
      const { columns } = table!;
      const roles = columns.roles.map((old, i): Role => (i === column ? role : old === role ? "none" : old));
      table = { ...table!, columns: { ...columns, roles }, doubt: undefined };
      preview();
      void show();
    });
  }

  acceptFiles(drop, byId("data-file", HTMLInputElement), ([file]) => void read(file!));
  onGivenTable((file) => {
    sources.value = "own";
    void read(file);
  });
  header.addEventListener("change", () => {
    table = table && { ...table, columns: { ...table.columns, header: header.checked } };
    preview();
    void show();
  });
  settings.onChange(() => void show());
  const soon = debounce(200, () => void show());
  for (const id of ["rows", "held-out"]) byId(id, HTMLInputElement).addEventListener("input", soon);
  onLanguage(() => {
    preview();
    void show();
  });
  void show();

  return {
    async chosen(sizes) {
      const name = source();
      if (name === BUNDLED || name === BUNDLED_ENGLISH) return bundledReviews(name, sizes);
      if (table === undefined) throw new PageError("train.data.missing");
      const { columns } = table;
      if (!["text", "label"].every((role) => columns.roles.some((each) => each === role)))
        throw new PageError("train.fault.no-label");
      return { name: table.name, table: { columns, sizes } };
    },
  };
}

/** Returns the sizes in the form; undefined if they are not valid numbers yet. */
function sizesOf(settings: Settings): SplitSizes | undefined {
  const areValid = ["rows", "held-out"].every((id) => byId(id, HTMLInputElement).checkValidity());
  return areValid ? settings.splitSizes() : undefined;
}

function limited({ rows, heldOut }: SplitSizes): { readonly train: number; readonly heldOut: number } {
  return { train: Math.min(rows, bundledSizes.rows), heldOut: Math.min(heldOut, bundledSizes.heldOut) };
}

/** Returns the name of training data, in the language of the page if the data is bundled. */
export function dataName(name: string): string {
  if (name === BUNDLED) return text("train.data.reviews.name");
  return name === BUNDLED_ENGLISH ? text("train.data.reviews-en.name") : name;
}
