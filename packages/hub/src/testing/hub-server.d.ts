type Files = Readonly<Record<string, string | Uint8Array | undefined>>;

interface Repository {
  readonly branches: Map<string, string>;
  readonly commits: Map<string, Map<string, Uint8Array>>;
  private: boolean;
  gated: boolean;
  summary?: string;
}

export interface TestHub {
  readonly url: string;
  readonly requests: {
    readonly method: string;
    readonly path: string;
    readonly host: string | undefined;
    readonly range: string | undefined;
    readonly authorization: string | undefined;
  }[];
  readonly state: {
    /** Token of the owner of all models. */
    token: string | undefined;
    /** File whose transfers are cut after a number of bytes, a number of times. */
    cut: { readonly file: string; readonly after: number; times: number } | undefined;
    /** File whose last byte is sent wrong. */
    corrupt: string | undefined;
    /** Status of all responses. */
    status: number | undefined;
    ignoresRange: boolean;
    /** Whether no request is answered. */
    hangs: boolean;
    /** Number of files per page of a list. */
    pageSize: number;
  };
  readonly repositories: Map<string, Repository>;
  /** Adds a commit to a branch, and returns its hash. */
  commit(name: string, branch: string, files: Files): string;
  close(): Promise<void>;
}

export function startHub(models?: Readonly<Record<string, Files>>, options?: { port?: number }): Promise<TestHub>;

export function filesOf(directory: string): Record<string, Uint8Array>;
