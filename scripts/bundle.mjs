import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { rolldown } from 'rolldown';
import ts from 'typescript';
import { entries, programs } from './entries.mjs';

/** An entry point that nobody imports: it is run. */
const PROGRAM = 'cli.js';

const compilerOptions = {
  allowJs: true,
  esModuleInterop: true,
  module: ts.ModuleKind.CommonJS,
  target: ts.ScriptTarget.ES2023,
};

/**
 * Puts the modules that were built into one file for each entry point, with what entry points share in files of its own, as ES
 * modules and as CommonJS: hundreds of small files take a process, and each test file of Jest, longer to load than all that they do.
 */
export async function bundle(dist) {
  const modules = join(dist, 'modules');
  const input = Object.fromEntries(
    Object.entries({ ...entries, ...programs }).map(([name, file]) => [name, join(modules, file)]),
  );
  const bundled = await rolldown({ input, platform: 'node', external: isPackage });
  const { output } = await bundled.write({
    ...{ dir: dist, format: 'es', entryFileNames: '[name].js' },
    chunkFileNames: 'shared-[name].js',
  });
  await bundled.close();
  mkdirSync(join(dist, 'cjs'));
  for (const { fileName, code } of output) {
    expectNames(fileName, code);
    if (fileName === PROGRAM) {
      chmodSync(join(dist, fileName), 0o755);
      continue;
    }
    writeFileSync(join(dist, 'cjs', fileName), asCommonJs(join(dist, fileName)));
  }
  // the package.json beside a declaration says which kind of module it declares
  cpSync(join(dist, 'types'), join(dist, 'cjs', 'types'), { recursive: true });
  writeFileSync(join(dist, 'cjs', 'package.json'), '{ "type": "commonjs" }\n');
}

const isPackage = (id) => !id.startsWith('.') && !isAbsolute(id);

/** Nest and TypeORM tell classes by their names, and a bundle gives the second of two that have the same name another one. */
function expectNames(fileName, code) {
  const renamed = /\bclass (\w+)\$\d+\b/.exec(code);
  if (renamed !== null) {
    throw new Error(`Two classes are named ${renamed[1]}: in ${fileName}, one has another name`);
  }
}

function asCommonJs(fileName) {
  const text = readFileSync(fileName, 'utf8');
  const { outputText } = ts.transpileModule(text, { fileName, compilerOptions });
  // in the `try` around it, where bundlers see that the package may be missing
  return outputText.replace(
    /Promise\.resolve\(\)\.then\(\(\) => (__importStar\(require\(["'][^"']+["']\)\))\)/g,
    'Promise.resolve($1)',
  );
}
