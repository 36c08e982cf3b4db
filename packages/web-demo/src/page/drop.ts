/**
 * Lets files be dropped on an element, and chosen by the file input inside it.
 *
 * @param onFiles gets the files with their paths: of a folder, those in it
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
 * Lets files and folders be dropped on an element, and chosen by the file inputs inside it.
 *
 * @param onFiles gets the files of folders and of the folders in them, by their paths
 */
export function acceptFolders(
  zone: HTMLElement,
  inputs: readonly HTMLInputElement[],
  onFiles: (files: ReadonlyMap<string, File>) => void,
): void {
  for (const input of inputs)
    onChosen(input, (files) => onFiles(new Map(files.map((file) => [file.webkitRelativePath || file.name, file]))));
  onDropped(zone, DEEPEST, onFiles);
}

/** A run's checkpoints are two folders deep. */
const DEEPEST = 5;

function onChosen(input: HTMLInputElement, onFiles: (files: readonly File[]) => void): void {
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    input.value = ""; // so that the same file can be chosen again
    if (files.length > 0) onFiles(files);
  });
}

/** @param depth of how many folders, one in another, the files are taken */
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

/** Files, and those of folders, by their paths. */
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
