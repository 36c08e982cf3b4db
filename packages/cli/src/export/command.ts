import type { Command } from "commander";
import { addOptions, resolveOptions } from "../options/command-line.ts";
import { exportOptions } from "./options.ts";

const EXAMPLES = `
Examples:
  # ONNX files in fp32, fp16 and int8, compared with the original
  bertie export runs/mine --output-dir exported --check dev.csv \\
    --calibrate train.csv

  # Only the file for web pages
  bertie export runs/mine --output-dir exported --dtype int8

  # Weights in half precision for Python
  bertie export runs/mine --output-dir half --format safetensors --dtype fp16`;

/** Adds `bertie export`, which writes a trained model for other programs. */
export function addExportCommand(program: Command): void {
  addOptions(program.command("export"), exportOptions)
    .description("Write a trained model as ONNX for transformers.js, optimum and ONNX Runtime, or in half precision")
    .addHelpText("after", EXAMPLES)
    .argument("<model>", "Directory of a trained model, or its name on the Hugging Face Hub")
    .action(async (model: string, _, command: Command) => {
      const { options } = await resolveOptions(command, exportOptions);
      const { exportModel } = await import("./export.ts");
      await exportModel(model, options);
    });
}
