import { BUCKET_SEPARATOR } from '../../../words/bucket-name.js';
import type { CacheTimings } from '../../cache-timings.js';
import type { AckRequest, AddRequest, Fill, Operation } from '../../counter-cache.js';
import type { Int64String } from '../../../words/int64.js';
import type { SeenEntry } from '../../parcels.js';
import { digestOf } from '../../key-digest.js';
import { type SharedSettings, writeSettings } from '../../shared-settings.js';
import { type NotedRules, REMEMBERED, type ProcessDetails, writeDetails } from '../../processes.js';

/** No number of so few digits is large. */
const LONGEST_SMALL = 18;
/** About how many entries of a parcel are on a page. */
const PARCEL_PAGE = 500;
/** How many counters one call hastens, where all are meant. */
const HASTEN_LIMIT = 2000;

/** Without details, the process ends. */
export function beatArguments(
  process: string,
  details?: ProcessDetails,
  rules?: NotedRules,
): string[] {
  const text = details === undefined ? '' : writeDetails(details);
  const said = rules === undefined ? [] : [rules.own, String(rules.remembered)];
  return [process, text, String(REMEMBERED), ...said];
}

export function addArguments(
  request: AddRequest,
  settings: SharedSettings,
  timings: CacheTimings,
): string[] {
  const args = [
    request.client,
    String(request.seq),
    request.generation,
    writeSettings(settings),
    String(timings.tick),
    String(timings.idempotencyTtl),
    String(request.acknowledged ?? 0),
    request.uncertain === true ? '1' : '0',
  ];
  for (const operation of request.operations) addOperation(args, operation);
  return args;
}

/** The letters behind the kind say which arguments follow. */
function addOperation(args: string[], operation: Operation): void {
  const { name, value, interval, idempotencyKey, once, row, buckets, bounds, isAskedFor } =
    operation;
  let kind = operationKind(operation);
  if ((idempotencyKey ?? row) !== undefined) kind += 'k';
  if (once !== undefined) kind += 'o';
  if (buckets !== undefined) kind += 'w';
  if (bounds !== undefined) kind += 'b';
  if (isAskedFor === true) kind += 'i';
  args.push(kind, name, value, String(interval));
  const digest = digestOf(name, operation);
  if (digest !== undefined) args.push(digest);
  if (once !== undefined) args.push(String(once.within ?? 0));
  if (buckets !== undefined) args.push(buckets.join(BUCKET_SEPARATOR));
  if (bounds !== undefined) args.push(bounds.min ?? '', bounds.max ?? '', bounds.bucket ?? '');
}

function operationKind(operation: Operation): string {
  if (operation.kind === 'set') return 's';
  if (operation.kind === 'delete') return 'd';
  if (operation.kind === 'undo') return 'u';
  return operation.total ? 't' : 'a';
}

export function acknowledgeArguments({
  nonce,
  leftOut,
  values,
  refused = [],
}: AckRequest): string[] {
  const texts = [...values.values()];
  const lists = [leftOut, [...values.keys()], texts];
  const known = [nonce, ...lists.map((list) => JSON.stringify(list)), hasLong(texts)];
  const refusal = refused.at(-1);
  if (refusal === undefined) return known;
  return [...known, JSON.stringify(refused.flatMap(({ names }) => names)), refusal.error];
}

export function fillArguments(fill: Fill, { baseTtl }: CacheTimings): string[] {
  const { fence, generation, batchSeq, ledgerSeq, values, refreshes = '' } = fill;
  const entries: string[] = [];
  for (const [name, value] of values) entries.push(name, value);
  return [
    String(fence),
    generation,
    batchSeq === undefined ? '' : String(batchSeq),
    String(ledgerSeq),
    String(baseTtl),
    JSON.stringify(entries),
    hasLong(values.values()),
    String(refreshes),
  ];
}

export const hastenArguments = (names: readonly string[], mark?: number): string[] => [
  mark === undefined ? '' : String(mark),
  String(HASTEN_LIMIT),
  ...names,
];

export function parcelArguments(id: string, cursor: string, prefix?: string): string[] {
  if (prefix === undefined) return [id, cursor, String(PARCEL_PAGE)];
  // what does not match costs no answer
  return [id, cursor, String(10 * PARCEL_PAGE), patternOf(prefix)];
}

export const seenArguments = (id: string, entries: readonly SeenEntry[]): string[] => [
  id,
  ...entries.flatMap(({ field, delta }) => [field, delta]),
];

/** Of all that begins with this. */
export const patternOf = (prefix: string): string => `${prefix.replace(/[*?[\]\\^-]/g, '\\$&')}*`;

/** Whether the script has to look for large values: it tells them, this only spares it the look. */
function hasLong(values: Iterable<Int64String>): string {
  for (const value of values) if (value.length > LONGEST_SMALL) return '1';
  return '0';
}
