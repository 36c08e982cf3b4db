import type { EncoderLanguage } from "../model/encoders.ts";
import type { ExamplesForm } from "./stored-examples.ts";

/** Sample examples by language, and a text to classify. */
export const samples: Readonly<Record<EncoderLanguage, Pick<ExamplesForm, "classes"> & { readonly text: string }>> = {
  zh: {
    classes: [
      { name: "好评", lines: "房间很干净，服务也好\n早餐丰富，位置方便\n屏幕清晰，电池也耐用" },
      { name: "差评", lines: "毛巾有霉味，不会再来了\n隔音太差，一夜没睡\n用了一周就坏了" },
    ],
    text: "前台很热情，还帮忙拿行李",
  },
  en: {
    classes: [
      {
        name: "praise",
        lines:
          "The staff were friendly and helpful\nGreat battery life and a sharp screen\nA wonderful film with a great cast",
      },
      { name: "complaint", lines: "It broke after a week\nThe room was dirty and loud\nNobody answered my emails" },
    ],
    text: "Friendly people and a great view",
  },
};
