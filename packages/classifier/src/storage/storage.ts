import type { FileSource } from "@bertie/model";

/** Contents of a file, complete or in chunks. Strings are written as UTF-8. */
export type Chunks = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** Destination for the files of a model or of a run. */
export interface FileWriter {
  /** Writes a new file. */
  write(path: string, chunks: Chunks): Promise<void>;
}

/** Name, size and hash of a file that has been written. */
export interface WrittenFile {
  readonly name: string;
  /** Size in bytes. */
  readonly bytes: number;
  /** SHA-256 hash in hexadecimal. */
  readonly sha256: string;
}

/** Path, size and hash of a file that a run has read, as run.json records them. */
export interface InputFile {
  readonly path: string;
  /** Size in bytes. */
  readonly bytes: number;
  /** SHA-256 hash in hexadecimal. */
  readonly sha256: string;
}

/** Folder that is being staged, see {@link Workspace.stage}. */
export interface StagedFolder extends FileWriter {
  /** Returns the files written so far, sorted by name. */
  files(): Promise<WrittenFile[]>;
}

/** Contents of a storage: nothing, an interrupted run, a finished run, or files that are not from a run. */
export type StorageState = "empty" | "unfinished" | "finished" | "foreign";

/** Options of {@link Storage.open}. */
export interface OpenOptions {
  /** Whether to keep the checkpoints of an interrupted run. @default false */
  readonly resume?: boolean;
  /** Whether the run may replace the contents of the storage. @default false */
  readonly overwrite?: boolean;
}

/**
 * Storage for the checkpoints of a run and, once the run is complete, for its model directory: a directory on disk
 * ({@link directoryStorage}), a browser's private file system ({@link browserStorage}), or memory
 * ({@link memoryStorage}).
 *
 * Writes are atomic: readers see either all files of a finished run or none. Until a run commits, its files are in a
 * {@link Workspace}.
 */
export interface Storage extends FileSource {
  /** Name of the storage in messages, such as the path of a directory. */
  readonly name: string;
  /** Reads a file of the finished run. Returns undefined if the file does not exist. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Returns whether the storage is empty or holds an interrupted run, a finished run, or other files. */
  state(): Promise<StorageState>;
  /**
   * Files of the run that is interrupted or in progress, readable without opening the storage. A run in progress may
   * replace its checkpoints at any time, so readers have to verify files against the manifest of the checkpoint.
   */
  readonly unfinished: UnfinishedFiles;
  /**
   * Opens the storage for writing. Only one run can write at a time.
   *
   * @throws BertieError "output/locked" or "browser/other-tab" if another run is writing, "output/unfinished" if the
   *   storage holds checkpoints and neither `resume` nor `overwrite` is set, "output/unusable" if the storage is not
   *   writable
   */
  open(options?: OpenOptions): Promise<Workspace>;
}

/** Read access to the files of an unfinished run. */
export type UnfinishedFiles = Pick<Workspace, "read" | "list" | "locate">;

/**
 * Working copy of a run's files. Paths are relative, with "/" between folder and file.
 *
 * All methods that write throw BertieError "output/not-written" if a file operation fails. The message names the file.
 */
export interface Workspace extends FileWriter {
  /** Name of the storage in messages. */
  readonly name: string;
  /** Description of the ended process whose lock was taken over, such as "process 7 on host"; otherwise undefined. */
  readonly takenOverFrom?: string | undefined;
  /** Returns the path of a file or folder for messages. */
  locate(path: string): string;
  /** Returns the sorted names of the files written so far. */
  files(): string[];
  /** Reads a file. Returns undefined if the file does not exist. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Returns the unsorted names of the entries of a folder, or an empty array if the folder does not exist. */
  list(folder: string): Promise<string[]>;
  /** Appends text or bytes to a file. Creates the file if it does not exist. */
  append(path: string, contents: string | Uint8Array): Promise<void>;
  /** Writes a folder atomically: the folder appears once all files are written. Replaces an existing folder. */
  stage(folder: string, fill: (folder: StagedFolder) => Promise<void>): Promise<void>;
  /** Removes a folder. If removal is interrupted, the partial folder does not count as complete. */
  remove(folder: string): Promise<void>;
  /**
   * Checks that {@link commit} may write to the target of the run.
   *
   * @throws BertieError "output/not-empty" if the target has contents and `overwrite` is false
   */
  checkTarget(options: { readonly overwrite: boolean }): Promise<void>;
  /**
   * Moves all files to the target atomically, and closes the workspace.
   *
   * @throws BertieError "output/not-placed" if the files cannot be moved; they are kept, and the message contains their
   *   path
   */
  commit(options: { readonly overwrite: boolean }): Promise<void>;
  /**
   * Closes the workspace without committing. Checkpoints remain, so that another run can resume; without a checkpoint,
   * all files are removed. Does nothing after {@link commit}, and never throws.
   */
  close(): Promise<void>;
}

/** Folder of a workspace whose subfolders remain after {@link Workspace.close}. */
export const CHECKPOINTS = "checkpoints";

/** Folder of a workspace for the tokenized data of a run with `keepData`; removed when the run is complete. */
export const DATA = "data";

/**
 * Yields the contents of a file as bytes, chunk by chunk. Strings are encoded as UTF-8.
 *
 * @example
 * ```ts
 * import { byteChunks } from "@bertie/classifier";
 *
 * for await (const chunk of byteChunks("é")) console.log(chunk); // Uint8Array(2) [ 195, 169 ]
 * ```
 */
export async function* byteChunks(chunks: Chunks): AsyncGenerator<Uint8Array> {
  if (typeof chunks === "string") yield new TextEncoder().encode(chunks);
  else if (chunks instanceof Uint8Array) yield chunks;
  else yield* chunks;
}
