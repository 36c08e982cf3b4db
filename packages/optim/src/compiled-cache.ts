import type { BatchShape } from "@bertie/common";
import type { CompiledProgram, Executor, Program } from "@bertie/engine";

/** Creates a cache that compiles one program per batch shape, when the shape is first requested. */
export function createCompiledCache(executor: Executor, build: (shape: BatchShape) => Program) {
  const compiled = new Map<string, Promise<CompiledProgram>>();
  return {
    get({ size, length }: BatchShape): Promise<CompiledProgram> {
      const key = `${size} ${length}`;
      let program = compiled.get(key);
      if (program === undefined) {
        program = executor.compile(build({ size, length }));
        compiled.set(key, program);
      }
      return program;
    },
    async dispose(): Promise<void> {
      for (const program of compiled.values()) await (await program).dispose();
      compiled.clear();
    },
  };
}
