/** Language of a bundled encoder. */
export type EncoderLanguage = "zh" | "en";

/** Sizes of the weights of the bundled encoders. */
export const ENCODER_BYTES: Readonly<Record<EncoderLanguage, number>> = { zh: 47_390_136, en: 45_437_760 };
/** Size of the engine for the CPU. */
export const ENGINE_BYTES = 14_239_897;
