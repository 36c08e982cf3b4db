/** Vite puts the file into the built folder, and its address here. */
declare module "*?url" {
  const url: string;
  export default url;
}

declare module "*.css" {}

interface ImportMeta {
  readonly env: { readonly PROD: boolean };
}
