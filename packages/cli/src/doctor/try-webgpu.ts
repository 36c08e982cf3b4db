import type { GpuVerdict } from "@bertie/engine";
import { listGpus } from "./gpus.ts";
import { probeInChild } from "./probe-process.ts";
import type { ProbeResult, Target } from "./target.ts";

/** The functions that tests replace. */
interface Means {
  readonly gpus: () => readonly string[];
  readonly probe: (target: Target) => Promise<ProbeResult>;
}

/**
 * Measures whether training is faster on a GPU through WebGPU than with an engine on the CPU. Both take a training step in
 * child processes, because a driver that crashes takes its process with it.
 *
 * @returns undefined if the system lists no GPU; nothing is measured then
 */
export async function tryWebgpu(
  onCpu: Target,
  { gpus = listGpus, probe = probeInChild }: Partial<Means> = {},
): Promise<GpuVerdict | undefined> {
  const [gpu] = gpus();
  if (gpu === undefined) return undefined;
  const webgpu = await probe({ engine: "onnx", device: "webgpu" }).catch((error: Error): ProbeResult => {
    // Deno's tasks start no processes.
    return { works: false, detail: `it cannot be tried here (${error.message}); --device webgpu takes it untried` };
  });
  if (webgpu.step_ms === undefined || !webgpu.works) {
    return { faster: false, text: `auto: ${gpu} is not used, as WebGPU does not work: ${webgpu.detail}` };
  }
  const cpu = await probe(onCpu);
  const name = `${onCpu.engine} on cpu`;
  if (cpu.step_ms === undefined)
    return { faster: true, text: `auto: webgpu (${gpu}), as ${name} does not work: ${cpu.detail}` };
  const isLarge = webgpu.large_step_ms !== undefined && cpu.large_step_ms !== undefined;
  const [there, here] = isLarge ? [webgpu.large_step_ms, cpu.large_step_ms] : [webgpu.step_ms, cpu.step_ms];
  const text = `auto: a small training step took ${there} ms on webgpu (${gpu}), ${here} ms with ${name}`;
  return { faster: there < here, text };
}
