import { createHash } from 'node:crypto';
import { SCRIPT_TEXTS } from './script-texts.js';

/** A Lua script with the SHA-1 under which Redis caches it. */
export interface Script {
  readonly name: string;
  readonly source: string;
  readonly digest: string;
}

/** Every script, with what is put in front of it besides `_partition.lua`. */
const PRELUDES = {
  add: ['_admit', '_run', '_int64', '_pending', '_idempotency'],
  claim: [],
  hold: [],
  acknowledge: [],
  park: ['_parcel'],
  reserve: [],
  seed: [],
  reported: [],
  retire: [],
  look: [],
  fill: ['_bases'],
  forget: [],
  hasten: [],
  hastened: [],
  asked: [],
  wake: [],
  lead: [],
  identity: [],
  database: [],
  beat: [],
  workers: [],
  rules: [],
  sweep: ['_bases', '_idempotency'],
  parcels: ['_parcel'],
  parcel: ['_parcel'],
  replay: ['_int64', '_pending', '_parcel'],
  discard: ['_parcel'],
  inspect: [],
} as const satisfies Record<string, readonly string[]>;

export type ScriptName = keyof typeof PRELUDES;

function textOf(file: string): string {
  const text = SCRIPT_TEXTS[file];
  if (text === undefined) throw new Error(`There is no script ${file}.lua`);
  return text;
}

function load(name: ScriptName): Script {
  const source = ['_partition', ...PRELUDES[name], name].map(textOf).join('\n');
  return { name, source, digest: createHash('sha1').update(source).digest('hex') };
}

export function loadScripts(): Record<ScriptName, Script> {
  const names = Object.keys(PRELUDES) as ScriptName[];
  return Object.fromEntries(names.map((name) => [name, load(name)])) as Record<ScriptName, Script>;
}
