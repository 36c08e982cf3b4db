import { describe, expect, it } from "vitest";
import type { ProbeResult, Target } from "./target.ts";
import { tryWebgpu } from "./try-webgpu.ts";

const onCpu: Target = { engine: "tensorflow", device: "cpu" };
const gpus = () => ["AMD 0x744c, 24576 MiB"];

/** Step times per device, in milliseconds. A device without a time does not work. */
type Times = Readonly<Record<"cpu" | "webgpu", number | readonly [step: number, large: number]>>;

function machine(times: Partial<Times>) {
  const tried: string[] = [];
  const probe = async ({ device }: Target): Promise<ProbeResult> => {
    tried.push(device);
    const time = times[device as keyof Times];
    if (time === undefined) return { works: false, detail: "no driver" };
    if (typeof time === "number") return { works: true, detail: "", step_ms: time };
    return { works: true, detail: "", step_ms: time[0], large_step_ms: time[1] };
  };
  return { tried, probe };
}

describe("tryWebgpu()", () => {
  it("probes no device if the system lists no GPU", async () => {
    const { tried, probe } = machine({ cpu: 100, webgpu: 1 });
    expect(await tryWebgpu(onCpu, { gpus: () => [], probe })).toBeUndefined();
    expect(tried).toEqual([]);
  });

  it.each<[Times, webgpu: number, cpu: number, faster: boolean]>([
    [{ cpu: 100, webgpu: 12.5 }, 12.5, 100, true],
    [{ cpu: 100, webgpu: 300 }, 300, 100, false],
    [{ cpu: [5, 200], webgpu: 300 }, 300, 5, false],
    // The times of the large step are compared if both devices have one.
    [{ cpu: [5, 200], webgpu: [10, 20] }, 20, 200, true],
    [{ cpu: [10, 200], webgpu: [5, 400] }, 400, 200, false],
  ])("chooses the faster device of %j, and reports the times", async (times, webgpu, cpu, faster) => {
    const verdict = await tryWebgpu(onCpu, { gpus, probe: machine(times).probe });
    const text = `auto: a small training step took ${webgpu} ms on webgpu (AMD 0x744c, 24576 MiB), ${cpu} ms with tensorflow on cpu`;
    expect(verdict).toEqual({ faster, text });
  });

  it("chooses the CPU if WebGPU does not work, and reports why", async () => {
    const verdict = await tryWebgpu(onCpu, { gpus, probe: machine({ cpu: 100 }).probe });
    expect(verdict).toEqual({ faster: false, text: expect.stringMatching(/WebGPU does not work: no driver$/) });
  });

  it("chooses the CPU if it has no permission to start processes, and names the remedy", async () => {
    const probe = async () => Promise.reject(new Error("Requires run access"));
    const verdict = await tryWebgpu(onCpu, { gpus, probe });
    expect(verdict).toEqual({
      faster: false,
      text: expect.stringMatching(/Requires run access\)\. .*--device webgpu/),
    });
  });

  it("chooses the GPU if the CPU engine does not work", async () => {
    const verdict = await tryWebgpu(onCpu, { gpus, probe: machine({ webgpu: 300 }).probe });
    expect(verdict).toEqual({
      faster: true,
      text: expect.stringMatching(/tensorflow on cpu does not work: no driver$/),
    });
  });
});
