/** How to reach the hub, and where to keep downloaded files. */
export interface HubOptions {
  /** Address of the hub or of a mirror. @default HF_ENDPOINT, otherwise `https://huggingface.co` */
  readonly endpoint?: string;
  /** Access token. @default HF_TOKEN, otherwise the token that `hf auth login` has saved */
  readonly token?: string;
  /** Directory of the cache; not used in browsers. @default HF_HUB_CACHE, otherwise the folder `hub` in HF_HOME */
  readonly cacheDir?: string;
  /** Whether to use only files that are in the cache. @default HF_HUB_OFFLINE */
  readonly offline?: boolean;
  /** Time to wait for the next bytes, in milliseconds. @default HF_HUB_DOWNLOAD_TIMEOUT, otherwise 10,000 */
  readonly timeoutMs?: number;
  /** Number of attempts to continue a download after an interruption. @default 5 */
  readonly retries?: number;
  /** Is called with the progress of downloads and uploads. */
  readonly onEvent?: (event: HubEvent) => void;
}

/** Progress of a file. */
export interface HubEvent {
  readonly type: "download" | "upload";
  /** Path of the file in the repository. */
  readonly file: string;
  /** Number of bytes that have been transferred. */
  readonly bytes: number;
  /** Size of the file in bytes. */
  readonly size: number;
}
