/**
 * Whether the environment declares a GPU (BERTIE_WEBGPU=1) or a software Vulkan driver such as SwiftShader
 * (VK_ICD_FILENAMES).
 */
export const webgpuAvailable = process.env.BERTIE_WEBGPU !== undefined || process.env.VK_ICD_FILENAMES !== undefined;
