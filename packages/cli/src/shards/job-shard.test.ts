import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jobShard } from "./job-shard.ts";

const slurm = (id: number, count: number, min: number, max: number, step = 1) => ({
  SLURM_ARRAY_TASK_ID: String(id),
  SLURM_ARRAY_TASK_COUNT: String(count),
  SLURM_ARRAY_TASK_MIN: String(min),
  SLURM_ARRAY_TASK_MAX: String(max),
  SLURM_ARRAY_TASK_STEP: String(step),
});
const shardIn = (text: string, variables: Record<string, string>) => {
  const { index, count } = jobShard(text, variables).shard;
  return `${index}/${count}`;
};

describe("jobShard()", () => {
  it("gives each task of a whole array its own shard, for any start and step", () => {
    const arrays = fc.record({
      min: fc.constantFrom(0, 1),
      count: fc.integer({ min: 2, max: 40 }),
      step: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(arrays, ({ min, count, step }) => {
        const max = min + step * (count - 1);
        const shards = Array.from({ length: count }, (_, i) =>
          shardIn("slurm", slurm(min + i * step, count, min, max, step)),
        );
        expect(shards).toEqual(Array.from({ length: count }, (_, i) => `${i + 1}/${count}`));
      }),
    );
  });

  it.each([
    ["3/8", {}, "3/8"],
    ["slurm/64", slurm(17, 1, 17, 17), "17/64"],
    ["k8s/8", { JOB_COMPLETION_INDEX: "0" }, "1/8"],
    ["k8s", { JOB_COMPLETION_INDEX: "7", JOB_COMPLETIONS: "8" }, "8/8"],
    ["auto/8", { JOB_COMPLETION_INDEX: "2" }, "3/8"],
    ["auto", slurm(2, 4, 1, 4), "2/4"],
  ])("reads %s in %j as %s", (text, variables, expected) => {
    expect(shardIn(text, variables)).toBe(expected);
  });

  it("describes where the numbers are from", () => {
    expect(jobShard("slurm/64", slurm(17, 1, 17, 17)).note).toBe("shard 17 of 64 (SLURM_ARRAY_TASK_ID=17)");
    expect(jobShard("1/2", {}).note).toBeUndefined();
  });

  it.each([
    ["slurm", {}, /SLURM_ARRAY_TASK_ID is not set\. Run the command in sbatch --array=1-N/],
    ["slurm", { SLURM_ARRAY_TASK_ID: "1" }, /SLURM_ARRAY_TASK_COUNT is not set.*--shard slurm\/N/],
    ["slurm", slurm(17, 1, 17, 17), /the array 17-17 has one task, and may be part of a larger one.*slurm\/N/],
    ["slurm", slurm(1, 1, 1, 1), /the array 1-1 has one task/],
    ["slurm", slurm(5, 3, 5, 7), /the array 5-7 has 3 tasks, and may be part/],
    ["slurm", slurm(7, 3, 1, 7), /3 tasks from 1 to 7, with gaps.*--array=1-N/],
    ["slurm/4", slurm(0, 4, 0, 3), /SLURM_ARRAY_TASK_ID is 0, but must be from 1 to 4.*--array=1-4/],
    ["slurm/4", slurm(5, 5, 1, 5), /is 5, but must be from 1 to 4/],
    ["slurm/0", slurm(1, 4, 1, 4), /expected at least 1 shard/],
    ["k8s", { JOB_COMPLETION_INDEX: "1" }, /the number of shards is unknown.*--shard k8s\/N/],
    [
      "k8s/4",
      { JOB_COMPLETION_INDEX: "4" },
      /JOB_COMPLETION_INDEX is 4, but must be less than the number of shards, 4/,
    ],
    ["k8s/4", { JOB_COMPLETION_INDEX: "x" }, /JOB_COMPLETION_INDEX is "x": expected a whole number/],
    ["k8s/4", {}, /JOB_COMPLETION_INDEX is not set.*Indexed/],
    ["auto", {}, /neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is set/],
    ["auto", { ...slurm(1, 2, 1, 2), JOB_COMPLETION_INDEX: "0" }, /are both set/],
    ["slrum/4", {}, /expected I\/N .*or slurm, k8s or auto/],
  ])("throws for %s in %j", (text, variables, message) => {
    expect(() => jobShard(text, variables)).toThrow(message);
  });
});
