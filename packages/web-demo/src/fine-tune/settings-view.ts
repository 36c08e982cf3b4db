import { BertieError } from "@bertie/common";
import type { SplitSizes } from "@bertie/data";
import { modelWorker } from "../model/client.ts";
import type { Device, Devices } from "../model/devices.ts";
import { byId, element } from "../page/dom.ts";
import { onLanguage, setText, text } from "../page/language.ts";
import type { StartName } from "./start-models.ts";
import type { TrainingRequest } from "./training.ts";

const SEED = 42;
/** What goes well with each model. A tiny one that begins with nothing needs larger steps, and more of them. */
const SUGGESTED = {
  bge: { "learning-rate": 1e-4, epochs: 1, "batch-size": 16, rows: 800 },
  tiny: { "learning-rate": 3e-4, epochs: 3, "batch-size": 16, rows: 2000 },
} as const satisfies Record<StartName, Record<string, number>>;

/** The settings as the form has them. */
export interface Settings {
  share(): SplitSizes;
  request(): Omit<TrainingRequest, "data">;
  /** As people call it. */
  deviceName(): string;
}

/** @throws BertieError "options/range" from what it returns, for numbers that make no sense */
export function createSettings(): Settings {
  const device = byId("device", HTMLSelectElement);
  const start = () =>
    (byId("train-form", HTMLFormElement).elements.namedItem("model") as RadioNodeList).value as StartName;

  for (const choice of document.querySelectorAll('input[name="model"]'))
    choice.addEventListener("change", () => {
      for (const [id, value] of Object.entries(SUGGESTED[start()])) byId(id, HTMLInputElement).value = String(value);
      const frozen = byId("frozen", HTMLInputElement);
      frozen.max = start() === "tiny" ? "2" : "4";
      frozen.value = "0";
    });
  void showDevices(device);

  return {
    share: () => ({ rows: numberOf("rows"), heldOut: numberOf("held-out") }),
    request: () => ({
      start: start(),
      device: device.value === "webgpu" ? "webgpu" : "cpu",
      settings: {
        maxLength: numberOf("train-max-length"),
        epochs: numberOf("epochs"),
        batchSize: numberOf("batch-size"),
        learningRate: numberOf("learning-rate"),
        ...(numberOf("frozen") > 0 && { freezeLayers: numberOf("frozen") }),
        seed: SEED,
      },
    }),
    deviceName: () => device.selectedOptions[0]?.textContent ?? "",
  };
}

function numberOf(id: string): number {
  const input = byId(id, HTMLInputElement);
  if (input.checkValidity() && Number.isFinite(input.valueAsNumber)) return input.valueAsNumber;
  const name = input.labels?.[0]?.querySelector("span")?.textContent ?? id;
  throw new BertieError("options/range", text("train.fault.number", { name, value: input.value }));
}

/** Offers the devices that were found. A GPU that is but software is slower than the processor. */
async function showDevices(select: HTMLSelectElement): Promise<void> {
  const found = await modelWorker().call("devices", undefined);
  const { webgpu } = found;
  const processor = option("cpu");
  if (found.threads > 1) setText(processor, "train.device.wasm", { threads: found.threads });
  else setText(processor, "train.device.wasm.single");
  const options = [processor];
  if (webgpu !== undefined) {
    const gpu = option("webgpu");
    setText(gpu, webgpu.software ? "train.device.software" : "train.device.webgpu", { name: webgpu.name });
    if (webgpu.software) options.push(gpu);
    else options.unshift(gpu);
  }
  select.replaceChildren(...options);
  explainDevices(found);
  onLanguage(() => explainDevices(found));
}

function option(device: Device): HTMLOptionElement {
  return element("option", { value: device });
}

function explainDevices({ webgpu, threads }: Devices): void {
  const parts = [
    ...(webgpu === undefined ? [text("train.device.no-webgpu")] : []),
    ...(threads === 1 && !crossOriginIsolated ? [text("train.device.no-threads")] : []),
  ];
  const note = byId("device-note", HTMLElement);
  note.hidden = parts.length === 0;
  note.textContent = parts.join(" ");
}
