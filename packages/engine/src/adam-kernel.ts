import { compileWasm, F32, f32x4, get, I32, load, loop, set, store, V128 } from "./wasm-code.ts";

/** A parameter with its moments, which an update changes. */
export interface AdamArrays {
  readonly parameter: Float32Array;
  readonly m: Float32Array;
  readonly v: Float32Array;
}

export interface AdamSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** 0 where there is none. */
  readonly decay: number;
  readonly learningRate: number;
  /** What the gradient is multiplied by. */
  readonly clip: number;
}

/**
 * Makes an update of BertAdam's in place, with the rounding of one op after the other in float32:
 *
 * With g the gradient times the clip factor: m' = beta1 · m + (1 − beta1) · g; v' = beta2 · v + (1 − beta2) · g²;
 * parameter' = parameter − (m' / (√v' + epsilon) + decay · parameter) · learningRate.
 */
export type UpdateByAdam = (arrays: AdamArrays, gradient: Float32Array, settings: AdamSettings) => void;

/** Numbers of each array that one call takes, a multiple of 4: so few that all stay in a core's nearest cache. */
const BLOCK = 2048;

export const updateByAdam: UpdateByAdam = createAdamKernel() ?? updateOneByOne;

/** What all elements are multiplied by, as the graph computes it. */
function factorsOf({ beta1, beta2, epsilon, decay, learningRate, clip }: AdamSettings) {
  const f = Math.fround;
  const shareM = f(f(clip) * f(1 - beta1));
  const shareV = f(f(f(clip) * f(clip)) * f(1 - beta2));
  return [f(beta1), shareM, f(beta2), shareV, f(epsilon), f(decay), f(learningRate)] as const;
}

/** All of it in one pass over memory; undefined where the engine has no SIMD in WebAssembly. */
export function createAdamKernel(): UpdateByAdam | undefined {
  const compiled = compileWasm<(bytes: number, ...factors: number[]) => void>(kernel());
  if (compiled === undefined) return undefined;
  const { run, memory } = compiled;
  const blocks = [0, 1, 2, 3].map((i) => new Float32Array(memory.buffer, 4 * BLOCK * i, BLOCK));
  return ({ parameter, m, v }, gradient, settings) => {
    const [arrays, factors] = [[parameter, m, v, gradient], factorsOf(settings)];
    for (let at = 0; at < parameter.length; at += BLOCK) {
      const count = Math.min(BLOCK, parameter.length - at);
      for (let i = 0; i < 4; i++) blocks[i]!.set(arrays[i]!.subarray(at, at + count));
      run(4 * count, ...factors);
      for (let i = 0; i < 3; i++) arrays[i]!.set(count === BLOCK ? blocks[i]! : blocks[i]!.subarray(0, count), at);
    }
  };
}

function kernel() {
  const { add, sub, mul, div, sqrt, splat } = f32x4;
  const [bytes, at, g, nextM, nextV, p] = [0, 8, 9, 10, 11, 12];
  const factors = [1, 2, 3, 4, 5, 6, 7];
  const [beta1, shareM, beta2, shareV, epsilon, decay, learningRate] = factors.map((_, i) => get(13 + i));
  const [atM, atV, atG] = [1, 2, 3].map((i) => 4 * BLOCK * i);
  const here = get(at);
  const direction = div(get(nextM), add(sqrt(get(nextV)), epsilon!));
  const body = [
    ...factors.flatMap((factor, i) => set(13 + i, splat(get(factor)))),
    ...loop(at, get(bytes), [
      ...set(g, load(here, atG)),
      ...set(nextM, add(mul(load(here, atM), beta1!), mul(get(g), shareM!))),
      ...store(here, get(nextM), atM),
      ...set(nextV, add(mul(load(here, atV), beta2!), mul(mul(get(g), get(g)), shareV!))),
      ...store(here, get(nextV), atV),
      ...set(p, load(here)),
      ...store(here, sub(get(p), mul(add(direction, mul(get(p), decay!)), learningRate!))),
    ]),
  ];
  const locals = [I32, ...Array<number>(11).fill(V128)];
  return { parameters: [I32, ...factors.map(() => F32)], locals, body, pages: Math.ceil((16 * BLOCK) / 0x10000) };
}

/** For engines without SIMD. */
export function updateOneByOne({ parameter, m, v }: AdamArrays, gradient: Float32Array, settings: AdamSettings): void {
  const { fround, sqrt } = Math;
  const [beta1, shareM, beta2, shareV, epsilon, decay, learningRate] = factorsOf(settings);
  for (let i = 0; i < parameter.length; i++) {
    const [p, g] = [parameter[i]!, gradient[i]!];
    const nextM = fround(fround(m[i]! * beta1) + fround(g * shareM));
    const nextV = fround(fround(v[i]! * beta2) + fround(fround(g * g) * shareV));
    const direction = fround(nextM / fround(fround(sqrt(nextV)) + epsilon));
    const decayed = fround(direction + fround(p * decay));
    m[i] = nextM;
    v[i] = nextV;
    parameter[i] = fround(p - fround(decayed * learningRate));
  }
}
