// Checks of the packages themselves: type checkers, how types and files are resolved, and a dry run for JSR.
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { root, run, tools } from "./cells.js";

const versions = ["5.0", "5.1", "5.2", "5.3", "5.4", "5.5", "5.6", "5.7", "5.8", "5.9", "6"];
/** Compiler options of each kind of module resolution. TypeScript 7 has no `node10`. */
const resolutions = {
  node10: ["--module", "commonjs", "--moduleResolution", "node10"],
  node16: ["--module", "node16", "--moduleResolution", "node16"],
  nodenext: ["--module", "nodenext", "--moduleResolution", "nodenext"],
  bundler: ["--module", "esnext", "--moduleResolution", "bundler"],
};
const libraries = {
  DOM: ["--lib", "es2020,dom", "--typeRoots", "types-none"],
  Node: ["--lib", "es2020", "--types", "node"],
};
/** Types that need a newer compiler are older than the compiler in real projects, too. */
const nodeTypes = (version) => (Number(version) < 5.7 ? "types-node-20.2" : "types-node-20.19");

/**
 * Returns one cell per version of TypeScript. It checks all declarations that a program uses (`skipLibCheck` is off).
 *
 * @param all whether to check all combinations of module resolution and libraries with each version, or two of them, which
 *   change from version to version
 */
export function typeCells({ user }, all) {
  const native = [process.execPath, [join(root, "node_modules/typescript/bin/tsc")]];
  const compilers = versions.map((version) => ({
    version,
    command: [process.execPath, [join(tools, `typescript-${version}/bin/tsc`)]],
  }));
  return [...compilers, { version: "7", command: native }].map(({ version, command: [program, first] }, index) => ({
    name: `TypeScript ${version}`,
    async run() {
      const folder = join(user, `types-${version}`);
      mkdirSync(folder);
      symlinkSync(join(tools, nodeTypes(version)), join(folder, "node"));
      const modules = Object.entries(resolutions).filter(([name]) => name !== "node10" || version !== "7");
      const combinations = modules.flatMap(([resolution, options], i) =>
        Object.entries(libraries)
          .filter((_library, j) => all || (i + 2 * j) % 4 === index % 4)
          .map(([library, more]) => ({
            name: `${resolution}, ${library}`,
            options: [...options, ...more, ...(library === "Node" ? ["--typeRoots", folder] : [])],
          })),
      );
      for (const { name, options } of combinations) {
        const ignored = version === "6" ? ["--ignoreDeprecations", "6.0"] : [];
        const common = ["--noEmit", "--strict", "--target", "es2020", "--skipLibCheck", "false"];
        await run(program, [...first, ...common, ...options, ...ignored, "matrix-types/user.ts"], { cwd: user }).catch(
          (error) => {
            throw new Error(`${name}: ${error.message}`);
          },
        );
      }
      return `${combinations.map(({ name }) => name).join("; ")}`;
    },
  }));
}

/** Returns a cell that checks how types and files of all packed packages are found, by attw. */
export function resolutionCell(tarballs) {
  return {
    name: "attw",
    async run() {
      const problems = [];
      for (const path of tarballs) {
        const data = createPackageFromTarballData(new Uint8Array(readFileSync(path)));
        const { problems: found = [] } = await checkPackage(data);
        problems.push(
          ...found.map(
            ({ kind, entrypoint, resolutionKind }) => `${basename(path)} ${entrypoint}: ${kind} (${resolutionKind})`,
          ),
        );
      }
      if (problems.length > 0) throw new Error(problems.join("\n"));
      return `${tarballs.length} packages`;
    },
  };
}

/** Returns a cell that publishes HEAD to JSR without sending it. */
export function jsrCell() {
  return {
    name: "JSR, dry run",
    async run() {
      await run("sh", ["-c", "exec node scripts/publish-jsr.js --dry-run 2>&1"], { cwd: root });
      return "no slow types";
    },
  };
}
