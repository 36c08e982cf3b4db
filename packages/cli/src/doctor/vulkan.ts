import process from "node:process";
import { outputOf } from "./output-of.ts";

/**
 * What Vulkan, by which WebGPU reaches GPUs on Linux, has as devices, a line each, and which driver is named; nothing
 * where its command `vulkaninfo` is not installed (Debian: vulkan-tools).
 */
export function listVulkan(command = "vulkaninfo"): string[] {
  const driver = process.env.VK_ICD_FILENAMES ?? process.env.VK_DRIVER_FILES;
  const devices = readVulkanInfo(outputOf(command, ["--summary"]) ?? "");
  return [...devices, ...(driver === undefined ? [] : [`Vulkan's driver is ${driver}`])];
}

/** Reads what `vulkaninfo --summary` writes. */
export function readVulkanInfo(text: string): string[] {
  return text
    .split(/^GPU\d+:$/m)
    .slice(1)
    .map((part) => {
      const value = (name: string) => new RegExp(`^\\s*${name}\\s*= (.*\\S)`, "m").exec(part)?.[1];
      const isSimulated = value("deviceType") === "PHYSICAL_DEVICE_TYPE_CPU";
      const driver = [value("driverName"), value("driverInfo")].filter(Boolean).join(" ");
      return [`Vulkan has ${value("deviceName")}`, isSimulated && "simulated on the CPU", driver]
        .filter(Boolean)
        .join(", ");
    });
}
