/**
 * The type of a platform class, such as "Response", if the program's compiler options include its declaration, and
 * `Fallback` otherwise. Public declarations use it so that they compile with the types of browsers only or Node only.
 */
export type PlatformType<Name extends string, Fallback> = typeof globalThis extends {
  readonly [Key in Name]: { readonly prototype: infer Instance };
}
  ? Instance
  : Fallback;
