import type { Role } from "@bertie/data";
import { byId, element } from "../page/dom.ts";
import { text } from "../page/language.ts";
import type { TablePreview } from "./table-data.ts";

const ROLES: readonly Role[] = ["none", "text", "pair", "label"];

/** Shows the first rows of a table below the role of each column. */
export function showPreview({ rows, columns }: TablePreview, onRole: (column: number, role: Role) => void): void {
  const indices = [...columns.roles.keys()];
  const selects = indices.map((column) => {
    const options = ROLES.map((role) =>
      element("option", { value: role, selected: role === columns.roles[column] }, text(`train.role.${role}`)),
    );
    const label = text("train.data.role", { number: column + 1 });
    const select = element("select", { "aria-label": label }, ...options);
    select.addEventListener("change", () => onRole(column, select.value as Role));
    return element("th", { scope: "col" }, select);
  });
  const names = indices.map((column) =>
    element("th", { scope: "col" }, rows[0]?.[column] ?? text("train.data.column", { number: column + 1 })),
  );
  const head = [element("tr", {}, ...selects), ...(columns.header ? [element("tr", {}, ...names)] : [])];
  const body = rows
    .slice(columns.header ? 1 : 0)
    .map((cells) => element("tr", {}, ...indices.map((column) => element("td", {}, cells[column] ?? ""))));
  const preview = byId("data-preview", HTMLTableElement);
  const focused = [...preview.querySelectorAll("select")].indexOf(document.activeElement as HTMLSelectElement);
  preview.replaceChildren(element("thead", {}, ...head), element("tbody", {}, ...body));
  preview.querySelectorAll("select")[focused]?.focus();
}
