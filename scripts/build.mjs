import { join } from 'node:path';
import { root, step } from './run.mjs';
import { readScriptTexts, writeScriptTexts } from './script-texts.mjs';

/** Builds the library, then the sample application, which uses it by its package name. */
export async function build() {
  await buildLibrary();
  await step('build the sample application', 'nest', ['build', 'sample-app']);
}

export async function buildLibrary() {
  await step('build the library', 'nest', ['build', 'fastcounter']);
  writeScriptTexts(readScriptTexts(), join(root, 'dist'));
}
