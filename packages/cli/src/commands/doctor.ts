import type { Command } from "commander";
export function addDoctorCommand(program: Command): void {
  void program;
}
