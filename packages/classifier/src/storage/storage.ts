import type { FileSource } from "@bertie/model";

/** The contents of a file, whole or in pieces. Strings are written as UTF-8. */
export type Chunks = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** A destination for the files of a model or of a run. */
export interface FileWriter {
  /** Writes a new file. */
  write(path: string, chunks: Chunks): Promise<void>;
}

/** A file that has been written. */
export interface WrittenFile {
  readonly name: string;
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** A file that a run has read, for its record. */
export interface InputFile {
  readonly path: string;
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** A folder whose files are being written. */
export interface StagedFolder extends FileWriter {
  /** The files written so far, sorted by name. */
  files(): Promise<WrittenFile[]>;
}

/** The contents of a storage: nothing, an interrupted run, a finished run, or files of another origin. */
export type StorageState = "empty" | "unfinished" | "finished" | "foreign";

export interface OpenOptions {
  /** Keeps the checkpoints of an interrupted run. Without it, they are an error, or with `overwrite` removed. */
  readonly resume?: boolean;
  /** Allows the run to replace what the storage holds. */
  readonly overwrite?: boolean;
}

/**
 * Where a run keeps its checkpoints and, once it is complete, its model directory: a directory on disk
 * ({@link directoryStorage}), a browser's private file system ({@link browserStorage}), or memory ({@link memoryStorage}).
 *
 * Readers see the finished run, whole, or nothing: files in the making are in a {@link Workspace} until it commits.
 */
export interface Storage extends FileSource {
  /** The name of the storage in messages, such as a directory's path. */
  readonly name: string;
  /** Reads a file of the finished run. Undefined where there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
  state(): Promise<StorageState>;
  /**
   * The files of a run that is interrupted or in progress, without opening the storage. Such a run may replace
   * checkpoints meanwhile, so what is read must be compared with a checkpoint's manifest.
   */
  readonly unfinished: UnfinishedFiles;
  /**
   * Opens the storage for writing, for one run at a time.
   *
   * @throws BertieError "output/locked" or "browser/other-tab" while another run is writing, "output/unfinished" where there
   *   are checkpoints and neither option is set, "output/unusable" where nothing can be written
   */
  open(options?: OpenOptions): Promise<Workspace>;
}

/** Reads the files of a run in the making. */
export type UnfinishedFiles = Pick<Workspace, "read" | "list" | "locate">;

/**
 * A run's files in the making. Paths are relative, with "/" between folder and file.
 *
 * All methods that write throw a BertieError "output/not-written", which names the file, where the system refuses.
 */
export interface Workspace extends FileWriter {
  readonly name: string;
  /** Who left the workspace, in words, where a run was taken over whose process has ended. */
  readonly takenOverFrom?: string | undefined;
  /** The path of a file or folder, for messages. */
  locate(path: string): string;
  /** Names of the files written so far, sorted. */
  files(): string[];
  /** Reads a file. Undefined where there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Names of what is in a folder, unsorted; empty where there is no such folder. */
  list(folder: string): Promise<string[]>;
  /** Adds text to the end of a file, which is created where there is none. */
  append(path: string, text: string): Promise<void>;
  /** Writes a folder that appears with all of its files or not at all. A folder of that name is replaced. */
  stage(folder: string, fill: (folder: StagedFolder) => Promise<void>): Promise<void>;
  /** Removes a folder. A folder that was removed only in part never counts as a complete one. */
  remove(folder: string): Promise<void>;
  /**
   * Checks that the run may be put in its final place, which {@link commit} relies on.
   *
   * @throws BertieError "output/not-empty"
   */
  checkTarget(options: { readonly overwrite: boolean }): Promise<void>;
  /**
   * Moves all files to their final place at once, and ends the writing.
   *
   * @throws BertieError "output/not-placed", which says where the files are: they are kept
   */
  commit(options: { readonly overwrite: boolean }): Promise<void>;
  /**
   * Ends the writing without a result: checkpoints stay for another run to resume; without any, nothing stays. Does nothing
   * after {@link commit}, and never throws.
   */
  close(): Promise<void>;
}

/** The folder of a workspace whose subfolders outlive {@link Workspace.close}. */
export const CHECKPOINTS = "checkpoints";

/** The folder of a workspace that holds the data of a run that keeps them, until the run is complete. */
export const DATA = "data";

/** The chunks of a file as bytes. */
export async function* byteChunks(chunks: Chunks): AsyncGenerator<Uint8Array> {
  if (typeof chunks === "string") yield new TextEncoder().encode(chunks);
  else if (chunks instanceof Uint8Array) yield chunks;
  else yield* chunks;
}
