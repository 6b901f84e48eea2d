import { join } from 'node:path';
import { buildCommonJs } from './common-js.mjs';
import { root, step } from './run.mjs';
import { readScriptTexts, writeScriptTexts } from './script-texts.mjs';

/** Builds the library, as ES modules and as CommonJS, then the sample application, which uses it by its package name. */
export async function build() {
  await buildLibrary();
  await step('build the sample application', 'nest', ['build', 'sample-app']);
}

export async function buildLibrary() {
  await step('build the library', 'nest', ['build', 'fastcounter']);
  const dist = join(root, 'dist');
  writeScriptTexts(readScriptTexts(), dist);
  buildCommonJs(dist);
}
