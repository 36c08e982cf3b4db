/** Version of Bertie, as in the package.json of this package. */
export const VERSION = "0.1.0";
