import type { GpuVerdict } from "@bertie/engine";
import { listGpus } from "./gpus.ts";
import { probeInChild } from "./probe-process.ts";
import type { ProbeResult, Target } from "./target.ts";

/** Functions that tests can replace. */
interface Dependencies {
  readonly gpus: () => readonly string[];
  readonly probe: (target: Target) => Promise<ProbeResult>;
}

/**
 * Measures whether training is faster on a GPU through WebGPU than with an engine on the CPU. Each one runs a training step in
 * a child process, so that a crash of a GPU driver does not end this process.
 *
 * @returns undefined if the system lists no GPU, in which case nothing is measured
 */
export async function tryWebgpu(
  onCpu: Target,
  { gpus = listGpus, probe = probeInChild }: Partial<Dependencies> = {},
): Promise<GpuVerdict | undefined> {
  const [gpu] = gpus();
  if (gpu === undefined) return undefined;
  const webgpu = await probe({ engine: "onnx", device: "webgpu" }).catch((error: Error): ProbeResult => {
    // Deno's tasks have no permission to start processes.
    const detail = `the test process could not be started (${error.message}). To use WebGPU without a test, add --device webgpu.`;
    return { works: false, detail };
  });
  if (webgpu.step_ms === undefined || !webgpu.works) {
    return { faster: false, text: `auto: not using webgpu (${gpu}) because WebGPU does not work: ${webgpu.detail}` };
  }
  const cpu = await probe(onCpu);
  const name = `${onCpu.engine} on cpu`;
  if (cpu.step_ms === undefined)
    return { faster: true, text: `auto: using webgpu (${gpu}) because ${name} does not work: ${cpu.detail}` };
  const isLarge = webgpu.large_step_ms !== undefined && cpu.large_step_ms !== undefined;
  const [gpuMs, cpuMs] = isLarge ? [webgpu.large_step_ms, cpu.large_step_ms] : [webgpu.step_ms, cpu.step_ms];
  const text = `auto: a small training step took ${gpuMs} ms on webgpu (${gpu}), ${cpuMs} ms with ${name}`;
  return { faster: gpuMs < cpuMs, text };
}
