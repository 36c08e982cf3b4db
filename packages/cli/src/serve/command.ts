import type { Command } from "commander";
import { addOptions, resolveOptions } from "../options/command-line.ts";
import { serveOptions } from "./options.ts";

const EXAMPLES = `
Examples:
  # Serve a classifier, and classify a text
  bertie serve runs/mine --port 8080
  curl 127.0.0.1:8080/predict -H 'Content-Type: application/json' \\
    -d '{"inputs": "房间很干净"}'

  # Serve two models under names of their own
  bertie serve reviews=runs/mine news=runs/news

SIGTERM and Ctrl-C stop the server after the requests that it has accepted, and a
second signal ends it at once. SIGHUP loads the models again. GET /docs describes
all requests.`;

/** Adds `bertie serve`, which answers HTTP requests with trained models. */
export function addServeCommand(program: Command): void {
  addOptions(program.command("serve"), serveOptions)
    .description("Serve trained models over HTTP, with the API of text-embeddings-inference")
    .addHelpText("after", EXAMPLES)
    .argument("<model...>", "Model directories, as DIR or NAME=DIR; the default name is the last part of the path")
    .action(async (models: readonly string[], _, command: Command) => {
      const { options } = await resolveOptions(command, serveOptions);
      const { serve } = await import("./serve.ts");
      await serve(models, options);
    });
}
