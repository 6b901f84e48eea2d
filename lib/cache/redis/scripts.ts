import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A Lua script with the SHA-1 under which Redis caches it. */
export interface Script {
  readonly name: string;
  readonly source: string;
  readonly digest: string;
}

const NAMES = [
  'add',
  'claim',
  'acknowledge',
  'park',
  'seed',
  'look',
  'fill',
  'hasten',
  'hastened',
  'sweep',
] as const;

export type ScriptName = (typeof NAMES)[number];

const read = (file: string): string =>
  readFileSync(new URL(`./scripts/${file}.lua`, import.meta.url), 'utf8');

function load(name: ScriptName, shared: string): Script {
  const source = `${shared}\n${read(name)}`;
  return { name, source, digest: createHash('sha1').update(source).digest('hex') };
}

export function loadScripts(): Record<ScriptName, Script> {
  const shared = read('_partition');
  return Object.fromEntries(NAMES.map((name) => [name, load(name, shared)])) as Record<
    ScriptName,
    Script
  >;
}
