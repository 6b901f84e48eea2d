import { readFileSync } from 'node:fs';

/** The files of the page. */
export interface PageTexts {
  html: string;
  script: string;
  style: string;
  icon: string;
}

/**
 * The files of the page, as the build made them, for who runs these sources. The build puts a module that holds the texts in the place
 * of this one (scripts/page.mjs): the package reads no file at run time.
 */
export function pageTexts(): PageTexts {
  const file = new URL('../../../dist/modules/dashboard/page.json', import.meta.url);
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as PageTexts;
  } catch (error) {
    throw new Error('Build the page of the dashboard first: npm run build', { cause: error });
  }
}
