import process from "node:process";
import { outputOf } from "./output-of.ts";

/**
 * Returns the devices of Vulkan, through which WebGPU reaches GPUs on Linux, one line per device, and the driver that an
 * environment variable names. Devices are listed only if `vulkaninfo` is installed (Debian's package vulkan-tools).
 */
export function listVulkan(command = "vulkaninfo"): string[] {
  const driver = process.env.VK_ICD_FILENAMES ?? process.env.VK_DRIVER_FILES;
  const devices = readVulkanInfo(outputOf(command, ["--summary"]) ?? "");
  return [...devices, ...(driver === undefined ? [] : [`Vulkan driver ${driver}`])];
}

/** Parses the output of `vulkaninfo --summary`. */
export function readVulkanInfo(text: string): string[] {
  return text
    .split(/^GPU\d+:$/m)
    .slice(1)
    .map((part) => {
      const value = (name: string) => new RegExp(`^\\s*${name}\\s*= (.*\\S)`, "m").exec(part)?.[1];
      const isEmulated = value("deviceType") === "PHYSICAL_DEVICE_TYPE_CPU";
      const driver = [value("driverName"), value("driverInfo")].filter(Boolean).join(" ");
      return [`Vulkan device ${value("deviceName")}`, isEmulated && "emulated on the CPU", driver]
        .filter(Boolean)
        .join(", ");
    });
}
