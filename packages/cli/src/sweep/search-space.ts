import { BertieError, Random } from "@bertie/common";

/** Values of the options of one run, under the names of the command line in kebab-case. */
export type Assignment = Readonly<Record<string, unknown>>;

/** Range of numbers to draw from. */
export interface Range {
  readonly min: number;
  readonly max: number;
  /** "log" draws the logarithm uniformly, for options such as the learning rate. */
  readonly scale: "linear" | "log";
  /** Whether to draw whole numbers. */
  readonly integer: boolean;
}

/** Values of an option: a list, or a range. */
export type Choices = readonly unknown[] | Range;

/** Options to vary, in the order of the file. */
export type SearchSpace = ReadonlyMap<string, Choices>;

/** Maximum number of runs of a grid. */
const MAX_RUNS = 100_000;

/**
 * Returns all combinations of a grid. The last option varies fastest.
 *
 * @throws BertieError "options/sweep" if there are more than 100,000 combinations
 */
export function gridOf(space: ReadonlyMap<string, readonly unknown[]>): Assignment[] {
  const count = [...space.values()].reduce((product, values) => product * values.length, 1);
  if (count > MAX_RUNS) {
    const text = `[grid] has ${count} combinations. Remove values, or draw combinations at random with [random].`;
    throw new BertieError("options/sweep", text);
  }
  return [...space].reduce<Assignment[]>(
    (all, [name, values]) => all.flatMap((before) => values.map((value) => ({ ...before, [name]: value }))),
    [{}],
  );
}

/**
 * Draws combinations at random (Bergstra and Bengio, 2012). Combination k is the same for any number of combinations.
 * Combinations of lists are not repeated, so that fewer are returned if the lists have fewer.
 */
export function drawFrom(space: SearchSpace, count: number, seed: number): Assignment[] {
  const drawn = new Map<string, Assignment>();
  const random = new Random(seed, "sweep");
  const hasOnlyLists = [...space.values()].every(isList);
  const attempts = hasOnlyLists ? 100 * count : 2 * count;
  for (let i = 0; i < attempts && drawn.size < count; i++) {
    const assignment = Object.fromEntries([...space].map(([name, choices]) => [name, draw(choices, random)]));
    drawn.set(JSON.stringify(assignment), assignment);
  }
  return [...drawn.values()];
}

export function isList(choices: Choices): choices is readonly unknown[] {
  return Array.isArray(choices);
}

function draw(choices: Choices, random: Random): unknown {
  if (isList(choices)) return choices[random.nextInt(choices.length)];
  const { min, max, scale, integer } = choices;
  const fraction = random.nextFloat();
  const value = scale === "log" ? min * (max / min) ** fraction : min + (max - min) * fraction;
  return integer ? Math.round(value) : Number(value.toPrecision(6));
}
