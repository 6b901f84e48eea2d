// Measures the package as it was built, beside its peers: bench/, docs/performance.md.
//
//   npm run bench [-- question …] [-- --quick] [-- --help]
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { installDependencies } from './install.mjs';
import { limitProcessors } from './limit.mjs';
import { endAs, root, start } from './run.mjs';

/** What `--slow` leaves: a small virtual machine with two processors, and a fifth of each. */
const SLOW = 0.4;

const args = process.argv.slice(2);
const rebuild = !args.includes('--built') || !existsSync(join(root, 'dist'));

if (rebuild) await installDependencies();
if (rebuild) await build();

mkdirSync(join(root, '.tmp'), { recursive: true });
const directory = mkdtempSync(join(root, '.tmp', 'bench-'));
const compiled = join(directory, 'compiled');
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
await compile();
if (args.includes('--beside')) bringBeside(resolve(args[args.indexOf('--beside') + 1] ?? ''));
const limit = args.includes('--slow') ? limitProcessors(SLOW) : undefined;
const command = [process.execPath, [join(compiled, 'main.js'), ...args.filter(isNotBuilt)]];
const bench = start(
  ...(limit?.wrap(...command) ?? command),
  // in a process group of its own: Ctrl+C reaches it once, from here
  { detached: true },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => bench.kill(signal));
const [code, signal] = await once(bench, 'exit');
await limit?.remove();
rmSync(directory, { recursive: true, force: true });
endAs({ code, signal });

function isNotBuilt(argument) {
  return argument !== '--built';
}

/** One file of plain JavaScript, beside node_modules: Node 20 reads no TypeScript. */
async function compile() {
  const vite = await import('vite');
  await vite.build({
    root,
    configFile: false,
    logLevel: 'error',
    ssr: { external: ['nestjs-fastcounter'] },
    plugins: [{ name: 'addresses', transform: keepAddress }],
    build: {
      ssr: join(root, 'bench', 'main.ts'),
      outDir: compiled,
      target: 'node20',
      minify: false,
    },
  });
}

/**
 * What was built in another checkout, in a package of its own with the same bench: that imports the package which
 * it is in. All else comes from here.
 */
function bringBeside(checkout) {
  const built = join(checkout, 'dist');
  if (!existsSync(join(built, 'index.js'))) {
    throw new Error(
      `--beside takes a checkout with the package built in it; there is no ${built}/index.js`,
    );
  }
  const beside = join(directory, 'beside');
  cpSync(compiled, beside, { recursive: true });
  cpSync(join(checkout, 'package.json'), join(beside, 'package.json'));
  cpSync(built, join(beside, 'dist'), { recursive: true });
}

/** A module finds the files beside it where they are, not where it was compiled to. */
function keepAddress(code, id) {
  if (id.includes('node_modules') || !code.includes('import.meta.url')) return undefined;
  const address = JSON.stringify(pathToFileURL(id).href);
  return { code: code.replaceAll('import.meta.url', address), map: null };
}
