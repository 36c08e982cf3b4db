import { BertieError } from "@bertie/common";
import type { SplitSizes } from "@bertie/data";
import { modelWorker } from "../model/client.ts";
import type { Device, Devices } from "../model/devices.ts";
import { byId, element } from "../page/dom.ts";
import { onLanguage, setText, text } from "../page/language.ts";
import type { StartName } from "./start-models.ts";
import type { TrainingRequest } from "./training.ts";

const SEED = 42;
/** Suggested settings of each model. A tiny model from scratch needs a higher learning rate and more steps. */
const SUGGESTED = {
  bge: { "learning-rate": 1e-4, epochs: 1, "batch-size": 16, rows: 800 },
  tiny: { "learning-rate": 3e-4, epochs: 3, "batch-size": 16, rows: 2000 },
} as const satisfies Record<StartName, Record<string, number>>;

/** Settings of the form. */
export interface Settings {
  /** Returns the sizes of the training and the validation set. */
  splitSizes(): SplitSizes;
  request(): Omit<TrainingRequest, "data">;
  /** Returns the name of the chosen device, as the form shows it. */
  deviceName(): string;
}

/**
 * Reads the settings from the form. The returned functions throw a BertieError "options/range" for a number that is out of
 * range.
 */
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
    splitSizes: () => ({ rows: numberOf("rows"), heldOut: numberOf("held-out") }),
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

/** Lists the available devices, the preferred device first. A software GPU is slower than the CPU. */
async function showDevices(select: HTMLSelectElement): Promise<void> {
  const devices = await modelWorker().call("devices", undefined);
  const { webgpu } = devices;
  const cpu = option("cpu");
  if (devices.threads > 1) setText(cpu, "train.device.wasm", { threads: devices.threads });
  else setText(cpu, "train.device.wasm.single");
  const options = [cpu];
  if (webgpu !== undefined) {
    const gpu = option("webgpu");
    setText(gpu, webgpu.software ? "train.device.software" : "train.device.webgpu", { name: webgpu.name });
    if (webgpu.software) options.push(gpu);
    else options.unshift(gpu);
  }
  select.replaceChildren(...options);
  explainDevices(devices);
  onLanguage(() => explainDevices(devices));
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
