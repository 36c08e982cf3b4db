/** Copies a text to the clipboard. The text may be computed after the click, which Safari allows only for a promise. */
export async function copyText(content: Promise<string>): Promise<void> {
  if (navigator.clipboard && typeof ClipboardItem === "function") {
    const blob = content.then((text) => new Blob([text], { type: "text/plain" }));
    try {
      await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
      return;
    } catch {
      // For example because the page is not focused, or the browser does not accept promises.
    }
  }
  await copySelection(await content);
}

/** Copies through a selection, which also works at addresses that are not https://. */
async function copySelection(content: string): Promise<void> {
  const area = document.createElement("textarea");
  area.value = content;
  area.className = "unseen";
  const focused = document.activeElement;
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  if (!isCopied) await navigator.clipboard.writeText(content);
}
