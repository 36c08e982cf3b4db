import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

const MINI_BROWSER = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";
/** Key of the id of an element in WebDriver. */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

/**
 * Starts WebKitGTK's browser on a virtual display, controlled over WebDriver, because no registry has Playwright's WebKit.
 *
 * @returns a page with those methods of Playwright's pages that the tests of other browsers use, and a function that ends it
 */
export async function launchWebKit() {
  const display = `:${90 + (process.pid % 100)}`;
  const port = 4600 + (process.pid % 1000);
  const processes = [
    spawn("Xvfb", [display, "-screen", "0", "1200x1000x24", "-nolisten", "tcp"], { stdio: "ignore" }),
    spawn("WebKitWebDriver", [`--port=${port}`], { stdio: "ignore", env: { ...process.env, DISPLAY: display } }),
  ];
  async function send(method, path, body) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${value.error}: ${value.message}`);
    return value;
  }
  const options = { binary: MINI_BROWSER, args: ["--automation"] };
  const capabilities = { alwaysMatch: { "webkitgtk:browserOptions": options } };
  const { sessionId } = await retry(() => send("POST", "/session", { capabilities }));
  const call = (method, path, body) => send(method, `/session/${sessionId}${path}`, body);
  return {
    page: pageOf(call),
    async close() {
      await call("DELETE", "").catch(() => {});
      for (const child of processes) {
        child.kill();
        if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      }
    },
  };
}

/** Repeats an action while the driver and the display start. */
async function retry(action) {
  for (let tries = 0; ; tries++) {
    try {
      return await action();
    } catch (error) {
      if (tries === 50) throw error;
      await sleep(200);
    }
  }
}

function pageOf(call) {
  const evaluate = (script, ...args) => {
    const source = typeof script === "string" ? script : `(${script})(...arguments)`;
    return call("POST", "/execute/sync", { script: `return ${source}`, args });
  };
  const find = async (selector) => {
    const element = await retry(() => call("POST", "/element", { using: "css selector", value: selector }));
    return `/element/${element[ELEMENT]}`;
  };
  async function waitForFunction(condition, arg, { timeout = 60_000 } = {}) {
    const end = Date.now() + timeout;
    while (!(await evaluate(condition, arg))) {
      if (Date.now() > end) throw new Error(`the condition was not met within ${timeout} ms: ${condition}`);
      await sleep(50);
    }
  }
  const isVisible = (selector) => {
    const element = document.querySelector(selector);
    return element !== null && element.getClientRects().length > 0;
  };
  /** Sets a property of an element, as a user would, and dispatches its events. */
  const set = (selector, property, value) =>
    evaluate(
      (selector, property, value) => {
        const element = document.querySelector(selector);
        element[property] = value;
        for (const type of ["input", "change"]) element.dispatchEvent(new Event(type, { bubbles: true }));
      },
      selector,
      property,
      value,
    );
  return {
    goto: (url) => call("POST", "/url", { url }),
    reload: () => call("POST", "/refresh", {}),
    evaluate,
    waitForFunction,
    waitForSelector: (selector) => waitForFunction(isVisible, selector),
    textContent: (selector) => evaluate((selector) => document.querySelector(selector).textContent, selector),
    isVisible: (selector) => evaluate(isVisible, selector),
    inputValue: (selector) => evaluate((selector) => document.querySelector(selector).value, selector),
    fill: (selector, value) => set(selector, "value", value),
    selectOption: (selector, value) => set(selector, "value", value),
    check: (selector) => set(selector, "checked", true),
    async click(selector) {
      const element = await find(selector);
      // The driver only clicks what is in the window.
      await evaluate((selector) => document.querySelector(selector).scrollIntoView({ block: "center" }), selector);
      await call("POST", `${element}/click`, {});
    },
    setInputFiles: async (selector, path) => call("POST", `${await find(selector)}/value`, { text: path }),
  };
}
