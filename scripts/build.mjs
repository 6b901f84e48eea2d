import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, step } from './run.mjs';
import { readScriptTexts, writeScriptTexts } from './script-texts.mjs';

/** Builds the library, as ES modules and as CommonJS, then the sample application, which uses it by its package name. */
export async function build() {
  await buildLibrary();
  await step('build the sample application', 'nest', ['build', 'sample-app']);
}

export async function buildLibrary() {
  const dist = join(root, 'dist');
  rmSync(dist, { recursive: true, force: true });
  await step('build the library', 'nest', ['build', 'fastcounter']);
  writeScriptTexts(readScriptTexts(), join(dist, 'modules'));
  // not at the top: a fresh clone installs its packages first, and has none when this file is read
  const { bundle } = await import('./bundle.mjs');
  const { buildPage, writePageTexts } = await import('./page.mjs');
  writePageTexts(await buildPage(), join(dist, 'modules'));
  await bundle(dist);
}
