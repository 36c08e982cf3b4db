import process from "node:process";
import { main } from "@bertie/cli";

process.exitCode = await main(process.argv.slice(2));
