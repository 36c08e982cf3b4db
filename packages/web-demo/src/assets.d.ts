/** URL of a file that Vite copies to the built folder. */
declare module "*?url" {
  const url: string;
  export default url;
}

/** Size of a file in bytes; see vite/file-sizes.ts. */
declare module "*?size" {
  const bytes: number;
  export default bytes;
}

declare module "*.css" {}

interface ImportMeta {
  readonly env: { readonly PROD: boolean };
}

/** Contents of a text file. */
declare module "*?raw" {
  const contents: string;
  export default contents;
}
