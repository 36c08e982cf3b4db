// Classifies sentences with a trained model: node examples/dist/classify.js [MODEL] [SENTENCE…]
import process from "node:process";
import { TextClassifier } from "bertie";

const [model = "runs/quick-start", ...sentences] = process.argv.slice(2);
const texts = sentences.length > 0 ? sentences : ["房间很干净，服务也好", "The screen flickered after two weeks."];

const classifier = await TextClassifier.load(model);
const answers = await classifier.classify(texts);
for (const [i, text] of texts.entries()) console.log(JSON.stringify({ text, labels: answers[i] }));
await classifier.dispose();
