import { startClassifyView } from "./classify/view.ts";
import { startFineTuneView } from "./fine-tune/view.ts";
import { byId } from "./page/dom.ts";
import { startHeader } from "./page/header.ts";
import { language, setLanguage, startLanguage } from "./page/language.ts";
import { onFirstShown, startRoutes } from "./page/routes.ts";
import { startTheme } from "./page/theme.ts";
import { startTokenizeView } from "./tokenize/view.ts";
import { startTypeExamplesView } from "./type-examples/view.ts";

startLanguage();
startTheme();
startHeader();
byId("language", HTMLButtonElement).addEventListener("click", () => setLanguage(language() === "en" ? "zh" : "en"));
onFirstShown("tokenize", startTokenizeView);
onFirstShown("fine-tune", startFineTuneView);
onFirstShown("type-examples", startTypeExamplesView);
onFirstShown("classify", startClassifyView);
startRoutes();
document.documentElement.classList.remove("starting");

if (import.meta.env.PROD && "serviceWorker" in navigator) {
  // The files that the service worker caches must not delay the first view.
  addEventListener("load", () => setTimeout(startServiceWorker, 2000));
}

function startServiceWorker(): void {
  // Without a service worker the page still works, but not offline.
  navigator.serviceWorker.register(new URL("service-worker.js", document.baseURI)).catch(() => {});
}
