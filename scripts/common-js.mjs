import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const compilerOptions = {
  allowJs: true,
  esModuleInterop: true,
  module: ts.ModuleKind.CommonJS,
  target: ts.ScriptTarget.ES2023,
};

/**
 * Puts the library once more into `dist/cjs`: the ES modules that were built, file by file, as CommonJS. Their declarations
 * hold for both, as the package.json beside a declaration says which kind of module it declares.
 */
export function buildCommonJs(dist) {
  const built = join(dist, 'cjs');
  rmSync(built, { recursive: true, force: true });
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(js|d\.ts)$/.test(file)) continue;
    const target = join(built, file);
    mkdirSync(dirname(target), { recursive: true });
    if (file.endsWith('.js')) writeFileSync(target, asCommonJs(join(dist, file)));
    else cpSync(join(dist, file), target);
  }
  writeFileSync(join(built, 'package.json'), '{ "type": "commonjs" }\n');
}

function asCommonJs(fileName) {
  const text = readFileSync(fileName, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
  const { outputText } = ts.transpileModule(text, { fileName, compilerOptions });
  // in the `try` around it, where bundlers see that the package may be missing
  return outputText.replace(
    /Promise\.resolve\(\)\.then\(\(\) => (__importStar\(require\('[^']+'\)\))\)/g,
    'Promise.resolve($1)',
  );
}
