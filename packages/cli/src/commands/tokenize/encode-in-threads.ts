import type { Block, EncodedBlock } from "./block.ts";
import type { BufferPool } from "./buffer-pool.ts";
import type { Answer, Crew, CrewMember, WorkerSetup } from "./crew.ts";
import { buffersOf } from "./encode-here.ts";

/** A worker that has its next blocks when it is done with one never waits for us, who hash and write at times. */
const TASKS_A_WORKER = 4;

/** Encodes blocks in other threads, and gives them in the order in which they came. */
export async function* encodeInThreads(
  blocks: AsyncIterable<Block>,
  { members }: Crew,
  setup: WorkerSetup,
  pool: BufferPool,
): AsyncGenerator<[Block, EncodedBlock]> {
  for (const member of members) member.prepare(setup);
  /** What is under way, the oldest first. */
  const underWay: { readonly block: Block; readonly member: CrewMember; readonly answer: Promise<Answer> }[] = [];
  /** The oldest, when it is done. */
  async function* oldest(): AsyncGenerator<[Block, EncodedBlock]> {
    const { block, member, answer } = underWay.shift()!;
    const { encoded, buffers } = await answer;
    for (const buffer of buffers) pool.give(buffer);
    yield [block, encoded];
    member.spare.push(...buffersOf(encoded));
  }
  try {
    for await (const block of blocks) {
      const member = members.reduce((least, other) => (other.tasks() < least.tasks() ? other : least));
      underWay.push({ block, member, answer: member.encode(block) });
      if (underWay.length > members.length * TASKS_A_WORKER) yield* oldest();
    }
    while (underWay.length > 0) yield* oldest();
  } finally {
    // Answers that nobody waits for any more may be errors.
    for (const { answer } of underWay) answer.catch(() => {});
  }
}
