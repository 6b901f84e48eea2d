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
  'inspect',
] as const;

export type ScriptName = (typeof NAMES)[number];

const read = (file: string): string =>
  readFileSync(new URL(`./scripts/${file}.lua`, import.meta.url), 'utf8');

function load(name: ScriptName): Script {
  const parts = name === 'add' ? ['_partition', '_int64', name] : ['_partition', name];
  const source = parts.map(read).join('\n');
  return { name, source, digest: createHash('sha1').update(source).digest('hex') };
}

export function loadScripts(): Record<ScriptName, Script> {
  return Object.fromEntries(NAMES.map((name) => [name, load(name)])) as Record<ScriptName, Script>;
}
