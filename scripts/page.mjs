import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { root } from './run.mjs';

const sources = join(root, 'lib', 'dashboard', 'page');
/** Bytes of the page, compressed, at most. */
const MOST = 40_000;

/** Puts the page of the dashboard together: one script, one style sheet, an icon, and the document that loads them. */
export async function buildPage() {
  const bundled = await rolldown({
    input: join(sources, 'main.tsx'),
    platform: 'browser',
    tsconfig: join(sources, 'tsconfig.json'),
  });
  const { output } = await bundled.generate({ format: 'iife', minify: true });
  await bundled.close();
  const script = output[0].code;
  const style = smaller(textOf('page.css'));
  const html = textOf('page.html').replace(/\{(script|style)\}/g, (_, what) =>
    digest(what === 'script' ? script : style),
  );
  const texts = { html, script, style, icon: textOf('icon.svg') };
  const size = sizeOf(texts);
  if (size > MOST) throw new Error(`The page has ${size} bytes compressed: ${MOST} are allowed`);
  return texts;
}

/** Bytes of all files of the page, each compressed. */
export const sizeOf = (texts) =>
  Object.values(texts).reduce((sum, text) => sum + gzipSync(text, { level: 9 }).length, 0);

/** Puts the texts where the sources read them, and in the place of the module that does so, in a folder that was built. */
export function writePageTexts(texts, built) {
  const json = JSON.stringify(texts);
  writeFileSync(join(built, 'dashboard', 'page.json'), json);
  const file = join(built, 'dashboard', 'http', 'page-texts.js');
  writeFileSync(file, `const TEXTS = ${json};\nexport const pageTexts = () => TEXTS;\n`);
  // it is about the module that was there
  rmSync(`${file}.map`, { force: true });
}

const textOf = (file) => readFileSync(join(sources, file), 'utf8').replaceAll('\r\n', '\n');

/** A browser that has another version of a file asks anew. */
const digest = (text) => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** A style sheet without comments and line ends. */
const smaller = (css) =>
  css
    .replace(/\/\*.*?\*\//gs, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,]) ?/g, '$1')
    .trim();
