import type { Command } from "commander";
export function addTokenizeCommand(program: Command): void {
  void program;
}
