// The library cannot be bundled for browsers with esbuild, so that only uploads use it.
export { commitIter, createBranch, createRepo, modelInfo } from "@huggingface/hub";
