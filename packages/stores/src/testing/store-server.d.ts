/** Request that the proxy has received. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly range: string | undefined;
}

/** How the proxy answers a request instead of forwarding it, or disturbs the answer of the server. */
export interface Fault {
  /** Status to answer with, without forwarding the request. */
  readonly status?: number;
  readonly body?: string;
  /** Headers that replace those of the server. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Number of bytes of the body after which the connection is closed. */
  readonly dropAfter?: number;
  /** Number of bytes of the body after which nothing is sent. */
  readonly stallAfter?: number;
  /** Whether the connection is closed after the server has processed the request. */
  readonly loseAnswer?: boolean;
}

export interface FaultyProxy {
  readonly url: string;
  readonly state: {
    /** Returns the fault for a request; undefined to forward it. */
    fault: (request: Received) => Fault | undefined;
    requests: Received[];
  };
  close(): Promise<void>;
}

export interface TestStore extends FaultyProxy {
  /** Environment variables that select the store. */
  readonly env: Readonly<Record<string, string>>;
}

export function startStore(): Promise<TestStore>;
export function startFaultyProxy(port: number): Promise<FaultyProxy>;
