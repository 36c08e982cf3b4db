import { BertieError } from "@bertie/common";
import { int32, type OpenOnnxModel } from "@bertie/engine";
import type { Run } from "../text-batches.ts";

/**
 * Returns a function that runs batches in an exported model. It throws BertieError "classify/not-a-number" if a logit is not
 * finite.
 *
 * @param name name of the model's file in messages
 */
export function runnerOf(session: OpenOnnxModel, name: string): Run {
  return async ({ size, length, inputIds, inputMask, segmentIds }) => {
    const feeds = { input_ids: inputIds, attention_mask: inputMask, token_type_ids: segmentIds };
    const values = Object.entries(feeds).filter(([input]) => session.inputs.includes(input));
    const outputs = await session.run(
      Object.fromEntries(values.map(([input, ids]) => [input, int32(ids, [size, length])])),
    );
    const logits = Float32Array.from(outputs.logits!.data);
    if (logits.every(Number.isFinite)) return logits;
    const text = `${name}: the logits are not finite, because intermediate values are too large for the data type. Export another data type.`;
    throw new BertieError("classify/not-a-number", text);
  };
}
