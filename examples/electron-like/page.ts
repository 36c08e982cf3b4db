// Classifies sentences in a page with a strict Content Security Policy, see index.html.
import { TextClassifier } from "bertie";

const form = document.querySelector("form")!;
const output = document.querySelector("output")!;
// URL of the onnxruntime-web files. The policy only allows the page's own origin.
const wasmPaths = new URL("../../node_modules/onnxruntime-web/dist/", document.baseURI).href;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const fields = new FormData(form);
  const model = new URL(String(fields.get("model")), document.baseURI);
  const sentences = String(fields.get("sentences")).split(/\r?\n/).filter(Boolean);
  output.textContent = "Loading…";
  try {
    const classifier = await TextClassifier.load(model, { wasmPaths });
    output.textContent = JSON.stringify(await classifier.classify(sentences), null, 2);
    await classifier.dispose();
  } catch (error) {
    output.textContent = String(error);
  }
});
