/** The entry points of the package: the files of the build, without `.js`, each with its module in `dist/modules`. */
export const entries: Readonly<Record<string, string>>;
/** The same of what is run and nobody imports. */
export const programs: Readonly<Record<string, string>>;
