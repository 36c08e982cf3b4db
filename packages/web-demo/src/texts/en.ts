import { classifyEn } from "./classify-en.ts";
import { fineTuneEn } from "./fine-tune-en.ts";
import { tokenizeEn } from "./tokenize-en.ts";
import { typeExamplesEn } from "./type-examples-en.ts";

export const en = {
  title: "Bertie: BERT in your browser",
  skip: "Skip to main content",
  "nav.label": "Main",
  "nav.tokenize": "Tokenize",
  "nav.fine-tune": "Fine-tune",
  "nav.type-examples": "Examples",
  "nav.classify": "Classify",
  language: "中文",
  "theme.label": "Dark theme",
  footer:
    "Everything runs in this browser tab. Your data is never uploaded, and nothing is loaded from other websites.",
  "fault.input": "{message}",
  "fault.other": "Something went wrong: {message}",
  "choose-file": "Choose file…",
  "choose-files": "Choose files…",
  "choose-folder": "Choose folder…",

  ...tokenizeEn,
  ...fineTuneEn,
  ...classifyEn,
  ...typeExamplesEn,
} as const;
