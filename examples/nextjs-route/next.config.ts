import type { NextConfig } from "next";

const config: NextConfig = {
  // ONNX Runtime is a native module, which the bundler must leave to Node.
  serverExternalPackages: ["bertie"],
};

export default config;
