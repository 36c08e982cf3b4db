/** Language of a bundled encoder. */
export type EncoderLanguage = "zh" | "en";

/** Sizes of the 8-bit weights of the bundled encoders, which scripts/quantize-encoders.js writes. */
export const ENCODER_BYTES: Readonly<Record<EncoderLanguage, number>> = { zh: 23_890_528, en: 22_969_064 };
/** Size of the engine for the CPU. */
export const ENGINE_BYTES = 14_239_897;
