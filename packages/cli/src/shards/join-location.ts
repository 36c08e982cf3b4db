import { dirname, join } from "node:path";
import { isRemote } from "@bertie/common";

/** Returns the path of a file in a directory, or the location of an object below a prefix such as `s3://bucket/folder/`. */
export function joinLocation(directory: string, name: string): string {
  if (!isRemote(directory)) return join(directory, name);
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}

/** Returns the directory of a path, or the prefix of a location, which ends with a slash. */
export function directoryOf(path: string): string {
  return isRemote(path) ? path.slice(0, path.lastIndexOf("/") + 1) : dirname(path);
}
