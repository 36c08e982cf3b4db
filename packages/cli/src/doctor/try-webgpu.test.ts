import { describe, expect, it } from "vitest";
import type { ProbeResult, Target } from "./target.ts";
import { tryWebgpu } from "./try-webgpu.ts";

const onCpu: Target = { engine: "tensorflow", device: "cpu" };
const gpus = () => ["AMD 0x744c, 24576 MiB"];

/** A machine whose devices take so many milliseconds; undefined where one does not work. */
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
  it("tries nothing where the system lists no GPU", async () => {
    const { tried, probe } = machine({ cpu: 100, webgpu: 1 });
    expect(await tryWebgpu(onCpu, { gpus: () => [], probe })).toBeUndefined();
    expect(tried).toEqual([]);
  });

  it.each<[Times, webgpu: number, cpu: number, faster: boolean]>([
    [{ cpu: 100, webgpu: 12.5 }, 12.5, 100, true],
    [{ cpu: 100, webgpu: 300 }, 300, 100, false],
    [{ cpu: [5, 200], webgpu: 300 }, 300, 5, false],
    // What counts is the step that keeps a GPU busy.
    [{ cpu: [5, 200], webgpu: [10, 20] }, 20, 200, true],
    [{ cpu: [10, 200], webgpu: [5, 400] }, 400, 200, false],
  ])("takes the faster of %j, and says what it measured", async (times, webgpu, cpu, faster) => {
    const verdict = await tryWebgpu(onCpu, { gpus, probe: machine(times).probe });
    const text = `auto: a small training step took ${webgpu} ms on webgpu (AMD 0x744c, 24576 MiB), ${cpu} ms with tensorflow on cpu`;
    expect(verdict).toEqual({ faster, text });
  });

  it("stays on the CPU where WebGPU does not work, and says why", async () => {
    const verdict = await tryWebgpu(onCpu, { gpus, probe: machine({ cpu: 100 }).probe });
    expect(verdict).toEqual({ faster: false, text: expect.stringMatching(/WebGPU does not work: no driver$/) });
  });

  it("stays on the CPU where no process may be started, and says what can be done", async () => {
    const probe = async () => Promise.reject(new Error("Requires run access"));
    const verdict = await tryWebgpu(onCpu, { gpus, probe });
    expect(verdict).toEqual({ faster: false, text: expect.stringMatching(/Requires run access\); --device webgpu/) });
  });

  it("takes the GPU where nothing else works", async () => {
    const verdict = await tryWebgpu(onCpu, { gpus, probe: machine({ webgpu: 300 }).probe });
    expect(verdict).toEqual({
      faster: true,
      text: expect.stringMatching(/tensorflow on cpu does not work: no driver$/),
    });
  });
});
