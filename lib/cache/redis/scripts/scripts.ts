import { createHash } from 'node:crypto';
import { SCRIPT_TEXTS } from './script-texts.js';

/** A Lua script with the SHA-1 under which Redis caches it. */
export interface Script {
  readonly name: string;
  readonly source: string;
  readonly digest: string;
}

/**
 * The Lua files that each script is made of besides `_partition.lua`, in this order, by name, whatever their folder is. Those
 * with a `_` in front are functions, and come before what uses them.
 */
const FIRST = '_partition';

const RUN = [
  ...(['add-run-usual', FIRST, '_many', '_plain', '_calls', '_latest-time'] as const),
  'add-run',
  ...(['_wakes', '_rounds', '_due', '_schedule', 'add-run-scheduling'] as const),
] as const;

const PARTS = {
  'add-run': RUN,
  // the same for several partitions: where it fails, what it did for some of them may be done
  'add-runs': RUN,
  add: [
    ...['_many', '_wakes', '_plain', '_calls', '_latest-time', '_rounds', '_due', '_schedule'],
    ...['_many-deleted', '_idempotency', '_once', '_moves', '_anew', '_operations', 'add'],
    ...['_large', '_int64', '_pending', 'add-operations'],
  ],
  claim: [
    ...['_many', '_many-deleted', '_large', '_plain', '_wakes', '_due', '_first-due', '_moves'],
    'claim',
  ],
  hold: ['hold'],
  acknowledge: ['_many', '_large', '_plain', '_replaced', 'acknowledge'],
  move: [
    ...[
      '_many',
      '_many-deleted',
      '_wakes',
      '_first-due',
      '_idempotency',
      '_moves',
      '_anew',
      'move',
    ],
  ],
  park: ['_many', '_many-deleted', '_calls', '_due', '_parcels', '_replaced', 'park'],
  reserve: ['reserve'],
  seed: ['seed'],
  upgrade: ['_many', '_many-deleted', '_idempotency', 'upgrade'],
  'loss-reported': ['loss-reported'],
  retire: ['_calls', 'retire'],
  look: ['_many', 'look'],
  waiting: ['waiting'],
  'known-key': ['_many', '_many-deleted', '_idempotency', '_once', 'known-key'],
  fill: ['_many', '_many-deleted', '_large', '_plain', '_bases', 'fill'],
  forget: ['forget'],
  refresh: ['_many', '_many-deleted', 'refresh'],
  hasten: ['_many', '_wakes', '_due', '_first-due', 'hasten'],
  'flush-progress': ['flush-progress'],
  'asked-wake': ['asked-wake'],
  wake: ['_wakes', 'wake'],
  lead: ['lead'],
  identity: ['identity'],
  database: ['database'],
  beat: ['_rules', 'beat'],
  workers: ['workers'],
  rules: ['_rules', 'rules'],
  sweep: [
    ...['_many', '_many-deleted', '_calls', '_wakes', '_due', '_first-due'],
    ...['_bases', '_idempotency', '_plain', '_compact', '_anew', 'sweep'],
  ],
  'list-parcels': ['_parcels', 'list-parcels'],
  'open-parcel': ['_parcels', 'open-parcel'],
  replay: ['_wakes', '_first-due', '_large', '_int64', '_pending', '_parcels', '_seen', 'replay'],
  discard: ['_many', '_many-deleted', '_parcels', '_seen', 'discard'],
  inspect: ['inspect'],
  clear: ['_many', '_due', 'clear'],
} as const satisfies Record<string, readonly string[]>;

export type ScriptName = keyof typeof PARTS;

function textOf(file: string): string {
  const text = SCRIPT_TEXTS[file];
  if (text === undefined) throw new Error(`There is no script ${file}.lua`);
  return text;
}

function load(name: ScriptName): Script {
  const parts: readonly string[] = PARTS[name];
  const files = parts.includes(FIRST) ? parts : [FIRST, ...parts];
  const source = files.map(textOf).join('\n');
  const digest = createHash('sha1').update(source).digest('hex');
  return { name, source, digest };
}

export function loadScripts(): Record<ScriptName, Script> {
  const names = Object.keys(PARTS) as ScriptName[];
  return Object.fromEntries(names.map((name) => [name, load(name)])) as Record<ScriptName, Script>;
}
