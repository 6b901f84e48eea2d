import { step } from './run.mjs';

/** Builds the library, then the sample application, which uses it by its package name. */
export async function build() {
  await step('build the library', 'nest', ['build', 'fastcounter']);
  await step('build the sample application', 'nest', ['build', 'sample-app']);
}
