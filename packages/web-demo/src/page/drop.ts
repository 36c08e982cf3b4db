/**
 * Accepts files that are dropped on an element or chosen with its file input.
 *
 * @param onFiles called with the files, or with the files in a dropped folder
 */
export function acceptFiles(
  zone: HTMLElement,
  input: HTMLInputElement,
  onFiles: (files: readonly File[]) => void,
): void {
  onChosen(input, onFiles);
  onDropped(zone, 1, (files) => onFiles([...files.values()]));
}

/**
 * Accepts files and folders that are dropped on an element or chosen with its file inputs.
 *
 * @param onFiles called with the files, including the files in nested folders, by path
 */
export function acceptFolders(
  zone: HTMLElement,
  inputs: readonly HTMLInputElement[],
  onFiles: (files: ReadonlyMap<string, File>) => void,
): void {
  for (const input of inputs)
    onChosen(input, (files) => onFiles(new Map(files.map((file) => [file.webkitRelativePath || file.name, file]))));
  onDropped(zone, MAX_DEPTH, onFiles);
}

/** Maximum depth of nested folders. The checkpoints of a run are two folders deep. */
const MAX_DEPTH = 5;

function onChosen(input: HTMLInputElement, onFiles: (files: readonly File[]) => void): void {
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    input.value = ""; // allows choosing the same file again
    if (files.length > 0) onFiles(files);
  });
}

/**
 * Registers a callback for files and folders that are dropped on an element.
 *
 * @param depth maximum depth of nested folders
 */
function onDropped(zone: HTMLElement, depth: number, onFiles: (files: ReadonlyMap<string, File>) => void): void {
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    const entries = [...(event.dataTransfer?.items ?? [])].map((item) => item.webkitGetAsEntry());
    void filesIn(entries, depth).then((files) => files.size > 0 && onFiles(files));
  });
}

/** Returns files and the files in folders, by path. */
async function filesIn(entries: readonly (FileSystemEntry | null)[], depth: number): Promise<Map<string, File>> {
  const files = new Map<string, File>();
  for (const entry of entries) {
    if (entry?.isFile) files.set(entry.fullPath.slice(1), await fileOf(entry as FileSystemFileEntry));
    if (!entry?.isDirectory || depth === 0) continue;
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    for (let some = await readSome(reader); some.length > 0; some = await readSome(reader))
      for (const [path, file] of await filesIn(some, depth - 1)) files.set(path, file);
  }
  return files;
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

function readSome(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}
