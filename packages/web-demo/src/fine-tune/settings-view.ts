import type { SplitSizes } from "@bertie/data";
import { modelWorker } from "../model/client.ts";
import type { Device, Devices } from "../model/devices.ts";
import { readJson, saveJson } from "../page/choices.ts";
import { byId, element } from "../page/dom.ts";
import { formatMegabytes, formatNumber, language, onLanguage, setText, text } from "../page/language.ts";
import { PageError } from "../page/page-error.ts";
import { type NumberField, numberFields, type PresetName, presetNames, presetNumbers } from "./presets.ts";
import { type StartName, startFacts } from "./start-names.ts";
import type { TrainingRequest } from "./training.ts";

const SEED = 42;
/** Storage key of the settings of the last visit. */
const STORED = "training-settings";

/** Settings of the form. */
export interface Settings {
  /** Returns the sizes of the training and the validation set. */
  splitSizes(): SplitSizes;
  request(): Omit<TrainingRequest, "data">;
  start(): StartName;
  /** Returns the name of the chosen device, as the form shows it. */
  deviceName(): string;
  /** Registers a callback for changes of the settings. */
  onChange(listener: () => void): void;
}

/**
 * Reads the settings from the form, and restores those of the last visit. The returned functions throw a PageError for a
 * number that is out of range.
 */
export function createSettings(): Settings {
  const form = byId("train-form", HTMLFormElement);
  const device = byId("device", HTMLSelectElement);
  const radios = (name: "data" | "model" | "preset") => form.elements.namedItem(name) as RadioNodeList;
  const start = () => radios("model").value as StartName;
  const listeners = new Set<() => void>();

  /** Sets the numbers to those of the preset, or only limits them to the base model. */
  function applyPreset(): void {
    const preset = radios("preset").value;
    byId("preset-custom", HTMLElement).hidden = preset !== "custom";
    showSizes(start());
    byId("frozen", HTMLInputElement).max = String(startFacts[start()].layers);
    if (preset !== "custom")
      for (const [id, value] of Object.entries(presetNumbers(preset as PresetName, start())))
        byId(id, HTMLInputElement).value = String(value);
  }

  function changed(): void {
    save();
    for (const listener of listeners) listener();
  }

  function save(): void {
    const numbers = Object.fromEntries(numberFields.map((id) => [id, byId(id, HTMLInputElement).value]));
    const [data, model, preset] = [radios("data").value, start(), radios("preset").value];
    saveJson(STORED, { data, model, preset, device: device.value, numbers } satisfies Stored);
  }

  function restore({ data, model, preset, numbers }: Partial<Stored>): void {
    // A table has to be opened again, so that the page shows what it contains.
    for (const [name, value] of Object.entries({ data, model, preset }))
      if (value !== undefined) setRadio(form, name, value);
    applyPreset();
    if (preset === "custom")
      for (const id of numberFields) byId(id, HTMLInputElement).value = String(numbers?.[id] ?? "");
  }

  form.addEventListener("change", ({ target }) => {
    if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) return;
    // The bundled reviews suggest the base model of their language.
    if (target.name === "data" && start() !== "tiny" && target.value !== "own")
      radios("model").value = target.value === "reviews-en" ? "minilm" : "bge";
    if (["data", "model", "preset"].includes(target.name)) applyPreset();
    changed();
  });
  for (const id of numberFields)
    byId(id, HTMLInputElement).addEventListener("input", () => {
      radios("preset").value = "custom";
      byId("preset-custom", HTMLElement).hidden = false;
      save();
    });

  const stored = readStored();
  const english = { data: "reviews-en", model: "minilm" };
  restore(stored ?? (language() === "en" ? english : {}));
  onLanguage(() => showSizes(start()));
  void showDevices(device, stored?.device);

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
    start,
    deviceName: () => device.selectedOptions[0]?.textContent ?? "",
    onChange: (listener) => listeners.add(listener),
  };
}

/** Settings of the last visit. */
interface Stored {
  readonly data: string;
  readonly model: string;
  readonly preset: string;
  readonly device: string;
  readonly numbers: Readonly<Record<string, string>>;
}

function readStored(): Partial<Stored> | undefined {
  const stored = readJson(STORED);
  return typeof stored === "object" && stored !== null ? stored : undefined;
}

/** Selects a radio button, unless the stored value is unknown. */
function setRadio(form: HTMLFormElement, name: string, value: string): void {
  const radio = [...form.querySelectorAll<HTMLInputElement>(`input[name="${name}"]`)].find(
    (candidate) => candidate.value === value,
  );
  if (radio) radio.checked = true;
}

/** Shows the sizes of the models and of the presets. */
function showSizes(start: StartName): void {
  for (const name of ["bge", "minilm"] as const) {
    const size = formatMegabytes(startFacts[name].bytes);
    setText(byId(`model-size-${name}`, HTMLElement), "train.model.bge.note", { size });
  }
  for (const preset of presetNames) {
    const { rows, "train-max-length": tokens } = presetNumbers(preset, start);
    const note = document.querySelector(`[data-text="train.preset.${preset}.note"]`)!;
    setText(note, `train.preset.${preset}.note`, { rows: formatNumber(rows), tokens });
  }
}

function numberOf(id: NumberField): number {
  const input = byId(id, HTMLInputElement);
  if (input.checkValidity() && Number.isFinite(input.valueAsNumber)) return input.valueAsNumber;
  byId("advanced", HTMLDetailsElement).open = true;
  input.focus();
  const name = input.labels?.[0]?.textContent ?? id;
  const values = {
    name,
    value: input.value,
    min: formatNumber(Number(input.min)),
    max: formatNumber(Number(input.max)),
  };
  throw new PageError("train.fault.number", values);
}

/** Lists the available devices, the preferred device first. A software GPU is slower than the CPU. */
async function showDevices(select: HTMLSelectElement, stored: string | undefined): Promise<void> {
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
  if (options.some(({ value }) => value === stored)) select.value = stored!;
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
