/** How the parts of a metered name are had by SQL. */
export interface NameParts {
  /** Behind `CREATE`, and what is in front of `AS`. */
  create: string;
  /** Whether a name has dimensions, as `parseMeteredName()` decides. */
  metered: (name: string) => string;
  /** Name of a metered name. */
  base: (name: string) => string;
  /** JSON object with the dimensions of a metered name. */
  dimensions: (name: string) => string;
  /** JSON object without any. */
  none: string;
}
