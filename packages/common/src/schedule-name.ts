/**
 * Names of learning rate schedules: those of Hugging Face's transformers, then those of pytorch-pretrained-bert. They are
 * defined here so that a command line can list them without loading the optimizer and its engine.
 */
export const scheduleNames = [
  "linear",
  "constant",
  "constant_with_warmup",
  "cosine",
  "warmup_linear",
  "warmup_constant",
  "warmup_cosine",
  "none",
] as const;

/** Name of a learning rate schedule. */
export type ScheduleName = (typeof scheduleNames)[number];
