import { BertieError } from "@bertie/common";

type JsonObject = Readonly<Record<string, unknown>>;

/** Columns and rows of a JSON file. */
export interface JsonTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Returns the text of a JSON value in a cell: a string unchanged, "" for null, and JSON for a list or an object. */
export function cellOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (value instanceof Date) return value.toISOString();
  return JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? Number(each) : each));
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns the keys of objects in the order of their first occurrence. */
export function keysOf(objects: Iterable<JsonObject>): string[] {
  const keys = new Set<string>();
  for (const object of objects) for (const key of Object.keys(object)) keys.add(key);
  return [...keys];
}

/**
 * Reads a line of JSON Lines.
 *
 * @throws BertieError "input/json" if the line is not a JSON object
 */
export function parseRecord(text: string, where: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const problem = `the line is not valid JSON (${(cause as Error).message})`;
    throw new BertieError("input/json", `${where}: ${problem}. Write one JSON object per line.`, { cause });
  }
  if (isObject(value)) return value;
  throw new BertieError(
    "input/json",
    `${where}: expected a JSON object, found another value. Write one JSON object per line.`,
  );
}

/**
 * Reads the table in a JSON file: an array of objects or of arrays; an object of columns; an object with such a table as a
 * member, such as `{"data": […]}`; or the layouts "split", "index" and "columns" of pandas.
 *
 * @throws BertieError "input/json" if the file is not valid JSON or has no table
 */
export function parseJsonTable(text: string, name: string): JsonTable {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const problem = `the file is not valid JSON (${(cause as Error).message})`;
    throw new BertieError("input/json", `${name}: ${problem}. Check that the file is complete.`, { cause });
  }
  const table = tableIn(value) ?? memberTable(value, name);
  if (table !== undefined) return table;
  const expected = 'expected an array of objects, an object of columns, or an object such as {"data": […]}';
  throw new BertieError("input/json", `${name}: ${expected}, found another JSON value. Save the table as JSON Lines.`);
}

function tableIn(value: unknown): JsonTable | undefined {
  if (Array.isArray(value)) return value.length > 0 && value.every(isObject) ? fromObjects(value) : undefined;
  if (!isObject(value)) return undefined;
  if (Array.isArray(value.columns) && Array.isArray(value.data) && value.data.every(Array.isArray))
    return { columns: value.columns.map(String), rows: value.data.map((row: unknown[]) => row.map(cellOf)) };
  const members = Object.entries(value);
  if (members.length === 0) return undefined;
  const lists = members.map(([, member]) => member);
  const [first] = lists;
  if (
    lists.length > 1 &&
    lists.every(isListOfCells) &&
    lists.every(({ length }) => length === (first as unknown[]).length)
  )
    return fromColumns(members as (readonly [string, readonly unknown[]])[]);
  if (!lists.every(isObject)) return undefined;
  if (members.every(([key]) => /^\d+$/.test(key))) return fromObjects(lists);
  const keys = Object.keys(lists[0]!);
  if (keys.every((key) => /^\d+$/.test(key)) && lists.every((each) => Object.keys(each).length === keys.length))
    return fromColumns(members.map(([key, member]) => [key, keys.map((index) => (member as JsonObject)[index])]));
  return undefined;
}

function isListOfCells(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.every((each) => !isObject(each));
}

/** Returns the only member of an object that is an array of objects. */
function memberTable(value: unknown, name: string): JsonTable | undefined {
  if (!isObject(value)) return undefined;
  const tables = Object.entries(value).filter(
    ([, member]) => Array.isArray(member) && member.length > 0 && member.every(isObject),
  );
  if (tables.length > 1) {
    const keys = tables.map(([key]) => JSON.stringify(key)).join(", ");
    throw new BertieError(
      "input/json",
      `${name}: expected one table, found ${tables.length} (${keys}). Save each one as a file.`,
    );
  }
  return tables.length === 1 ? fromObjects(tables[0]![1] as JsonObject[]) : undefined;
}

function fromObjects(objects: readonly JsonObject[]): JsonTable {
  const columns = keysOf(objects);
  return { columns, rows: objects.map((object) => columns.map((column) => cellOf(object[column]))) };
}

function fromColumns(members: readonly (readonly [name: string, cells: readonly unknown[]])[]): JsonTable {
  const count = members[0]![1].length;
  const rows = Array.from({ length: count }, (_, row) => members.map(([, cells]) => cellOf(cells[row])));
  return { columns: members.map(([name]) => name), rows };
}
