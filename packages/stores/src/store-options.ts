import { BertieError, hasFileSystem } from "@bertie/common";

/** Environment variables, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Settings of a profile of the AWS command line by name, such as `region` or `aws_access_key_id`. */
export type Profile = Readonly<Record<string, string>>;

/** Options that all functions of this package have. */
export interface StoreOptions {
  /**
   * Environment variables with credentials and settings: those of the AWS command line, such as `AWS_ACCESS_KEY_ID`,
   * `AWS_PROFILE`, `AWS_REGION` and `AWS_ENDPOINT_URL`.
   *
   * @default the variables of the process; none in browsers
   */
  readonly env?: Environment;
  /**
   * Time without any byte after which a request is repeated, in milliseconds.
   *
   * @default BERTIE_STORE_TIMEOUT in seconds, otherwise 30000
   */
  readonly timeoutMs?: number;
  /**
   * Number of attempts in a row without progress.
   *
   * @default AWS_MAX_ATTEMPTS, otherwise 6
   */
  readonly attempts?: number;
}

/** Options of the functions that send requests at once. */
export interface RequestOptions extends StoreOptions {
  /** Signal that ends the requests, which then throw the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options with their defaults. */
export type StoreSettings = Required<StoreOptions>;

const TIMEOUT_MS = 30_000;
const ATTEMPTS = 6;

/**
 * Returns the options, otherwise the environment variables, otherwise the defaults.
 *
 * @throws BertieError "store/setting" if a variable is not a number
 */
export async function storeSettings(options: StoreOptions): Promise<StoreSettings> {
  const env = options.env ?? (hasFileSystem() ? (await import("./environment.node.ts")).processEnvironment() : {});
  const seconds = numberOf(env, "BERTIE_STORE_TIMEOUT");
  return {
    env,
    timeoutMs: Math.ceil(options.timeoutMs ?? (seconds === undefined ? TIMEOUT_MS : seconds * 1000)),
    attempts: options.attempts ?? numberOf(env, "AWS_MAX_ATTEMPTS") ?? ATTEMPTS,
  };
}

function numberOf(env: Environment, name: string): number | undefined {
  const value = env[name];
  if (value === undefined || value === "") return undefined;
  if (Number(value) > 0) return Number(value);
  throw new BertieError("store/setting", `${name} is "${value}": expected a positive number. Correct or unset it.`);
}

/** Returns whether the value of an environment variable means yes. */
export function isTrue(value = ""): boolean {
  return /^(1|on|yes|true)$/i.test(value);
}
