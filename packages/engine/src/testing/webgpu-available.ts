/** Whether there is a GPU (BERTIE_WEBGPU=1), or a software Vulkan driver such as SwiftShader's (VK_ICD_FILENAMES names it). */
export const webgpuAvailable = process.env.BERTIE_WEBGPU !== undefined || process.env.VK_ICD_FILENAMES !== undefined;
