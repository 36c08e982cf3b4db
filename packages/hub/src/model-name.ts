import { BertieError } from "@bertie/common";

/** A model on the hub. */
export interface ModelName {
  /** Name of the repository, such as `google-bert/bert-base-chinese` or `bert-base-chinese`. */
  readonly repo: string;
  /** Branch, tag or commit; undefined if the name does not contain one. */
  readonly revision: string | undefined;
}

const PART = /^[A-Za-z0-9_](?:[\w.-]{0,94}[A-Za-z0-9_])?$/;
const REVISION = /^[^\s~^:?*[\\\p{Cc}]{1,250}$/u;

/**
 * Parses the name of a model on the hub: `model`, `user/model` or `user/model@revision`.
 *
 * @returns undefined if the text cannot be such a name, for example because it is a path like `./model`
 *
 * @example
 * ```ts
 * import { parseModelName } from "@bertie/hub";
 *
 * console.log(parseModelName("user/model@v1.0")); // { repo: "user/model", revision: "v1.0" }
 * console.log(parseModelName("./user/model")); // undefined
 * ```
 */
export function parseModelName(text: string): ModelName | undefined {
  const at = text.indexOf("@");
  const repo = at < 0 ? text : text.slice(0, at);
  const revision = at < 0 ? undefined : text.slice(at + 1);
  const parts = repo.split("/");
  const isRepo = parts.length <= 2 && parts.every((part) => PART.test(part) && !/--|\.\.|\.git$/.test(part));
  if (!isRepo || (revision !== undefined && !isRevision(revision))) return undefined;
  return { repo, revision };
}

function isRevision(text: string): boolean {
  return REVISION.test(text) && !text.split("/").some((part) => part === "" || part.startsWith("."));
}

/**
 * Returns the model that a name and an optional revision designate.
 *
 * @throws BertieError "hub/name" if the name or the revision is not valid, or if both contain a revision
 */
export function requireModelName(text: string, revision: string | undefined): ModelName {
  const name = parseModelName(text);
  if (name === undefined) {
    const message = `${text}: not the name of a model on the Hub. Expected user/model or user/model@revision.`;
    throw new BertieError("hub/name", message);
  }
  if (revision === undefined) return name;
  if (name.revision !== undefined && name.revision !== revision) {
    const message = `${text}: the name contains the revision ${name.revision}, and the revision ${revision} is given as well. Remove one of the two.`;
    throw new BertieError("hub/name", message);
  }
  if (isRevision(revision)) return { repo: name.repo, revision };
  throw new BertieError("hub/name", `${revision}: not a revision. Expected a branch, a tag or the hash of a commit.`);
}
