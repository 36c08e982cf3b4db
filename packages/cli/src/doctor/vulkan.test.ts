import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { listVulkan, readVulkanInfo } from "./vulkan.ts";

afterEach(() => vi.unstubAllEnvs());

const device = (number: number, lines: readonly string[]) =>
  `GPU${number}:\n${lines.map((line) => `\t${line}\n`).join("")}`;
const summary = `Instance Layers:
----------------

Devices:
========
${device(0, [
  "deviceType         = PHYSICAL_DEVICE_TYPE_DISCRETE_GPU",
  "deviceName         = AMD Radeon RX 7900 XTX (RADV NAVI31)",
  "driverName         = radv",
  "driverInfo         = Mesa 24.2.8",
])}${device(1, [
  "deviceType         = PHYSICAL_DEVICE_TYPE_CPU",
  "deviceName         = SwiftShader Device (Subzero)",
  "driverName         = SwiftShader driver",
  "driverInfo         = ",
])}`;
const lines = [
  "Vulkan device AMD Radeon RX 7900 XTX (RADV NAVI31), radv Mesa 24.2.8",
  "Vulkan device SwiftShader Device (Subzero), emulated on the CPU, SwiftShader driver",
];

it("readVulkanInfo() lists devices with their drivers, and marks emulated devices", () => {
  expect(readVulkanInfo(summary)).toEqual(lines);
  expect(readVulkanInfo("ERROR: no driver\n")).toEqual([]);
});

it.skipIf(process.platform === "win32")(
  "listVulkan() lists the devices of vulkaninfo, if it is installed, and the driver set in the environment",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "bertie-"));
    const [works, fails] = [join(folder, "works"), join(folder, "fails")];
    writeFileSync(works, `#!/bin/sh\ncat <<'END'\n${summary}END\n`);
    writeFileSync(fails, "#!/bin/sh\necho 'Cannot create Vulkan instance' >&2\nexit 1\n");
    for (const file of [works, fails]) chmodSync(file, 0o755);
    for (const name of ["VK_ICD_FILENAMES", "VK_DRIVER_FILES"]) vi.stubEnv(name, undefined);
    expect(listVulkan(works)).toEqual(lines);
    expect(listVulkan(fails)).toEqual([]);
    vi.stubEnv("VK_ICD_FILENAMES", "/usr/lib/icd.json");
    expect(listVulkan(join(folder, "missing"))).toEqual(["Vulkan driver /usr/lib/icd.json"]);
    rmSync(folder, { recursive: true });
  },
);
