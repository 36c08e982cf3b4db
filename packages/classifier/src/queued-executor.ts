import type { CompiledProgram, Executor } from "@bertie/engine";

/**
 * Returns an executor whose operations run one after another.
 *
 * @param run runs a job after all previous jobs
 * @param programs receives the compiled programs
 */
export function queuedExecutor(
  executor: Executor,
  run: <T>(job: () => Promise<T>) => Promise<T>,
  programs: CompiledProgram[],
): Pick<Executor, "compile"> {
  return {
    compile: async (program) => {
      const compiled = await run(async () => {
        const created = await executor.compile(program);
        programs.push(created);
        return created;
      });
      return {
        run: (feeds, options) => run(() => compiled.run(feeds, options)),
        dispose: () => run(() => compiled.dispose()),
      };
    },
  };
}
