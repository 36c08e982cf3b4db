/** Values of `error_type` in an error response, as in text-embeddings-inference. */
export type ErrorType = "Unhealthy" | "Backend" | "Overloaded" | "Validation" | "Tokenizer" | "Empty" | "Unauthorized";

/** Error that a request is answered with. */
export class HttpError extends Error {
  readonly status: number;
  readonly type: ErrorType;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, type: ErrorType, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.type = type;
    this.headers = headers;
  }
}

/** A field of the request is missing or has the wrong type. */
export function invalidField(message: string): HttpError {
  return new HttpError(422, "Validation", message);
}

/** The request exceeds a limit of the server or of the model. */
export function tooLarge(message: string): HttpError {
  return new HttpError(413, "Validation", message);
}

/** The server has more work than it accepts. */
export function overloaded(message: string, retryAfter: number): HttpError {
  return new HttpError(429, "Overloaded", message, { "retry-after": String(retryAfter) });
}

/** The model cannot answer this kind of request, or failed. */
export function failedDependency(message: string): HttpError {
  return new HttpError(424, "Backend", message);
}

/** The server is not able to answer now. */
export function unavailable(message: string, retryAfter: number): HttpError {
  return new HttpError(503, "Unhealthy", message, { "retry-after": String(retryAfter) });
}
