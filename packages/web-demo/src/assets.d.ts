/** URL of a file that Vite copies to the built folder. */
declare module "*?url" {
  const url: string;
  export default url;
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
