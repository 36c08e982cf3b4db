/** Access key that signs requests. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
  /** Time at which a temporary key expires, in milliseconds since 1970; undefined for others. */
  readonly expires: number | undefined;
}
