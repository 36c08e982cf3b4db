import type { Command } from "commander";

export function renderCliReference(program: Command): string;
