let given: File | undefined;
let receive: ((table: File) => void) | undefined;

/** Opens the fine-tuning view with a table. */
export function giveTable(table: File): void {
  given = table;
  location.hash = "#fine-tune";
  if (receive !== undefined) passOn(receive);
}

/** Registers the function that opens a table. A table that was given before is opened at once. */
export function onGivenTable(open: (table: File) => void): void {
  receive = open;
  if (given !== undefined) passOn(open);
}

function passOn(open: (table: File) => void): void {
  const table = given!;
  given = undefined;
  open(table);
}
