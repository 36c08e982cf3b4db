import { expect, it } from "vitest";
import { readPlacement } from "./placement.ts";

const line = (text: string) =>
  `2026-01-01 [V:onnxruntime:, session_state.cc:1380 VerifyEachNodeIsAssignedToAnEp] ${text}\n`;

it("readPlacement() counts the nodes of the largest program by provider", () => {
  const small = line("Node placements") + line(" All nodes placed on [WebGpuExecutionProvider]. Number of nodes: 2");
  const large =
    line("Node placements") +
    line(" Node(s) placed on [CPUExecutionProvider]. Number of nodes: 15") +
    line("   OneHot (one_hot)") +
    line(" Node(s) placed on [WebGpuExecutionProvider]. Number of nodes: 702");
  expect(readPlacement(small + large + small)).toEqual({ CPUExecutionProvider: 15, WebGpuExecutionProvider: 702 });
});

it("readPlacement() returns undefined for a log without placements", () => {
  expect(readPlacement("a warning\n")).toBeUndefined();
});
