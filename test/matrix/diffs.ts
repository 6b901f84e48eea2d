import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Applications in the style of well-known boilerplates, each with a diff that brings this package in. */
export const APPLICATIONS = ['blog', 'shop'] as const;
export type ApplicationName = (typeof APPLICATIONS)[number];

export const sourcesOf = (application: ApplicationName): string =>
  fileURLToPath(new URL(`applications/${application}/`, import.meta.url));

export const diffOf = (application: ApplicationName): string =>
  fileURLToPath(new URL(`../../docs/guides/${application}.diff`, import.meta.url));

/** The lines that a diff adds or changes: a changed line is one that is added, and one that is removed. */
export async function changedLines(
  application: ApplicationName,
): Promise<{ added: string[]; removed: string[] }> {
  const lines = (await readFile(diffOf(application), 'utf8')).split('\n');
  const of = (sign: RegExp): string[] =>
    lines.filter((line) => sign.test(line)).map((line) => line.slice(1));
  return { added: of(/^\+(?!\+\+ )/), removed: of(/^-(?!-- )/) };
}
