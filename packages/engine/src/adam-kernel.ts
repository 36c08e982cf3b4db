import { compileWasm, F32, f32x4, get, I32, load, loop, set, store, V128 } from "./wasm-code.ts";

/** A parameter and its moments. An update overwrites all three arrays. */
export interface AdamArrays {
  readonly parameter: Float32Array;
  readonly m: Float32Array;
  readonly v: Float32Array;
}

/** Settings of an update. */
export interface AdamSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Weight decay; 0 for none. */
  readonly decay: number;
  readonly learningRate: number;
  /** Factor that scales the gradient. */
  readonly clip: number;
}

/**
 * A function that applies a BertAdam update in place. Every operation rounds to float32, as the separate ops would:
 *
 *     g = clip · gradient
 *     m ← beta1 · m + (1 − beta1) · g
 *     v ← beta2 · v + (1 − beta2) · g²
 *     parameter ← parameter − learningRate · (m / (√v + epsilon) + decay · parameter)
 */
export type ApplyAdam = (arrays: AdamArrays, gradient: Float32Array, settings: AdamSettings) => void;

/** Number of elements of each array per call of the kernel: a multiple of 4, small enough for the L1 cache. */
const BLOCK = 2048;

/** Applies an update with the SIMD kernel, or without SIMD if WebAssembly SIMD is not supported. */
export const applyAdam: ApplyAdam = createAdamKernel() ?? applyAdamScalar;

/** Returns the coefficients of an update, rounded to float32 as in the graph. */
function coefficientsOf({ beta1, beta2, epsilon, decay, learningRate, clip }: AdamSettings) {
  const f = Math.fround;
  const weightM = f(f(clip) * f(1 - beta1));
  const weightV = f(f(f(clip) * f(clip)) * f(1 - beta2));
  return [f(beta1), weightM, f(beta2), weightV, f(epsilon), f(decay), f(learningRate)] as const;
}

/** Returns a fused SIMD kernel that makes one pass over memory; undefined if WebAssembly SIMD is not supported. */
export function createAdamKernel(): ApplyAdam | undefined {
  const compiled = compileWasm<(bytes: number, ...coefficients: number[]) => void>(kernel());
  if (compiled === undefined) return undefined;
  const { run, memory } = compiled;
  const blocks = [0, 1, 2, 3].map((i) => new Float32Array(memory.buffer, 4 * BLOCK * i, BLOCK));
  return ({ parameter, m, v }, gradient, settings) => {
    const [arrays, coefficients] = [[parameter, m, v, gradient], coefficientsOf(settings)];
    for (let at = 0; at < parameter.length; at += BLOCK) {
      const count = Math.min(BLOCK, parameter.length - at);
      for (let i = 0; i < 4; i++) blocks[i]!.set(arrays[i]!.subarray(at, at + count));
      run(4 * count, ...coefficients);
      for (let i = 0; i < 3; i++) arrays[i]!.set(count === BLOCK ? blocks[i]! : blocks[i]!.subarray(0, count), at);
    }
  };
}

function kernel() {
  const { add, sub, mul, div, sqrt, splat } = f32x4;
  const [bytes, at, g, nextM, nextV, p] = [0, 8, 9, 10, 11, 12];
  const coefficients = [1, 2, 3, 4, 5, 6, 7];
  const [beta1, weightM, beta2, weightV, epsilon, decay, learningRate] = coefficients.map((_, i) => get(13 + i));
  const [atM, atV, atG] = [1, 2, 3].map((i) => 4 * BLOCK * i);
  const here = get(at);
  const direction = div(get(nextM), add(sqrt(get(nextV)), epsilon!));
  const body = [
    ...coefficients.flatMap((coefficient, i) => set(13 + i, splat(get(coefficient)))),
    ...loop(at, get(bytes), [
      ...set(g, load(here, atG)),
      ...set(nextM, add(mul(load(here, atM), beta1!), mul(get(g), weightM!))),
      ...store(here, get(nextM), atM),
      ...set(nextV, add(mul(load(here, atV), beta2!), mul(mul(get(g), get(g)), weightV!))),
      ...store(here, get(nextV), atV),
      ...set(p, load(here)),
      ...store(here, sub(get(p), mul(add(direction, mul(get(p), decay!)), learningRate!))),
    ]),
  ];
  const locals = [I32, ...Array<number>(11).fill(V128)];
  return { parameters: [I32, ...coefficients.map(() => F32)], locals, body, pages: Math.ceil((16 * BLOCK) / 0x10000) };
}

/** Applies an update without SIMD, with the same results. */
export function applyAdamScalar({ parameter, m, v }: AdamArrays, gradient: Float32Array, settings: AdamSettings): void {
  const { fround, sqrt } = Math;
  const [beta1, weightM, beta2, weightV, epsilon, decay, learningRate] = coefficientsOf(settings);
  for (let i = 0; i < parameter.length; i++) {
    const [p, g] = [parameter[i]!, gradient[i]!];
    const nextM = fround(fround(m[i]! * beta1) + fround(g * weightM));
    const nextV = fround(fround(v[i]! * beta2) + fround(fround(g * g) * weightV));
    const direction = fround(nextM / fround(fround(sqrt(nextV)) + epsilon));
    const decayed = fround(direction + fround(p * decay));
    m[i] = nextM;
    v[i] = nextV;
    parameter[i] = fround(p - fround(decayed * learningRate));
  }
}
