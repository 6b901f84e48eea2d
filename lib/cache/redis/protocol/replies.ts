import { quote } from '../../../errors.js';
import { BUCKET_SEPARATOR } from '../../../words/bucket-name.js';
import { int64, whole } from './checked.js';
import type {
  AddAnswer,
  Batch,
  CachedParts,
  ClaimAnswer,
  Look,
  Outcome,
  PartitionHealth,
  UnreportedLoss,
  Wake,
} from '../../counter-cache.js';
import type { Int64String } from '../../../words/int64.js';
import { readSettings } from '../../shared-settings.js';

type PlainKind = Exclude<Outcome['kind'], 'moved'>;
const KINDS: ReadonlySet<string> = new Set<PlainKind>([
  ...(['overflow', 'cold', 'behind', 'duplicate', 'conflict', 'known', 'unknown'] as const),
  ...(['bounded', 'total'] as const),
]);
const COLD_BUCKETS = 'cold buckets';
const MOVED = 'moved';
const DELETE_MARK = ' delete:';
const EXPECTED_MARK = ' expected:';
const MOVE_MARK = ' move:';

export function parseAdd(reply: unknown): AddAnswer {
  const [status, detail, outcomes, lost, uncertain] = reply as [
    string,
    unknown,
    string[],
    number?,
    number?,
  ];
  switch (status) {
    case 'applied':
      return {
        status,
        outcomes: parseOutcomes(outcomes),
        wake: parseWake(detail),
        lost: lost === 1,
        uncertain: uncertain === 1,
      };
    case 'generation':
      return { status, generation: String(detail) };
    case 'settings':
      return { status, settings: readSettings(String(detail)) };
    case 'unseeded':
    case 'stale':
    case 'interrupted':
      return { status };
    default:
      throw new TypeError(`Unknown answer of the add script: ${status}`);
  }
}

/** Of nothing but increments, that were applied. */
const ALL_APPLIED: AddAnswer = {
  status: 'applied',
  outcomes: new Map(),
  lost: false,
  uncertain: false,
};

/** Undefined where nothing was applied: then each operation is to be added by itself. */
export function parseRun(reply: unknown): AddAnswer | undefined {
  if (reply === 1) return ALL_APPLIED;
  return reply === 0 ? undefined : parseAdd(reply);
}

function parseOutcomes(flat: readonly string[]): ReadonlyMap<number, Outcome> {
  const outcomes = new Map<number, Outcome>();
  for (let i = 0; i < flat.length; i += 2) {
    const index = whole(flat[i]);
    if (flat[i + 1] === COLD_BUCKETS) {
      outcomes.set(index, { kind: 'cold', buckets: flat[i + 2]?.split(BUCKET_SEPARATOR) });
      i += 1;
      continue;
    }
    if (flat[i + 1] === MOVED) {
      outcomes.set(index, { kind: MOVED, from: parseNames(flat[i + 2] ?? '') });
      i += 1;
      continue;
    }
    const kind = outcomeKind(flat[i + 1]);
    if (kind === 'total' || kind === 'bounded') {
      const [base, batch, pending] = [int64(flat[i + 2]), int64(flat[i + 3]), int64(flat[i + 4])];
      outcomes.set(index, { kind, base, batch, pending });
      i += 3;
    } else {
      outcomes.set(index, { kind });
    }
  }
  return outcomes;
}

function outcomeKind(text: string | undefined): PlainKind {
  if (text !== undefined && KINDS.has(text)) return text as PlainKind;
  throw new TypeError(`Redis answered an unknown outcome ${quote(text)}`);
}

export function parseClaim(reply: unknown): ClaimAnswer {
  const [status, detail] = reply as [string, unknown];
  if (status === 'unseeded') return { status };
  if (status === 'idle') return { status, wake: parseWake(detail) };
  if (status === 'held') return { status, leftFor: whole(detail) };
  return { status: 'batch', batch: parseBatch(detail as string[]) };
}

function parseBatch(flat: readonly string[]): Batch {
  const batch: Batch = { seq: 0, nonce: '', entries: [] };
  const removals = new Set<string>();
  const expected = new Map<string, Int64String>();
  const moves = new Map<string, string>();
  for (let i = 0; i < flat.length; i += 2) {
    const field = flat[i] ?? '';
    const value = flat[i + 1] ?? '';
    if (!field.startsWith(' ')) {
      batch.entries.push({ name: field, delta: int64(value), remove: false });
    } else if (field === ' seq') batch.seq = Number(value);
    else if (field === ' nonce') batch.nonce = value;
    else if (field.startsWith(DELETE_MARK)) removals.add(field.slice(DELETE_MARK.length));
    else if (field.startsWith(EXPECTED_MARK)) {
      expected.set(field.slice(EXPECTED_MARK.length), int64(value));
    } else if (field.startsWith(MOVE_MARK)) moves.set(field.slice(MOVE_MARK.length), value);
  }
  for (const entry of batch.entries) {
    entry.remove = removals.has(entry.name);
    const row = expected.get(entry.name);
    if (row !== undefined) entry.expected = row;
    const target = moves.get(entry.name);
    if (target !== undefined) entry.moveTo = target;
  }
  return batch;
}

/** A list as JSON; '' says that there is none. */
export const parseNames = (text: string): string[] =>
  text === '' ? [] : (JSON.parse(text) as string[]);

export function parseLook(reply: unknown, count: number): Look {
  const [fence, generation, batchSeq, settings, pending, batch, base, refreshes = ''] = reply as [
    string,
    string,
    string,
    string,
    string?,
    string?,
    string?,
    string?,
  ];
  if (fence === '') return { parts: partsOf(count) };
  return {
    fence: Number(fence),
    generation,
    batchSeq: batchSeq === '' ? undefined : Number(batchSeq),
    settings: readSettings(settings),
    refreshes: parseOptionalNumber(refreshes),
    parts: partsOf(count, parseValues(pending), parseValues(batch), parseValues(base)),
  };
}

/** There may be very many: so each has the same shape, made in one place. */
function partsOf(
  count: number,
  pending?: readonly string[],
  batch?: readonly string[],
  base?: readonly string[],
): CachedParts[] {
  const parts: CachedParts[] = [];
  for (let i = 0; i < count; i++) {
    parts.push({
      pending: pending?.[i] || undefined,
      batch: batch?.[i] || undefined,
      base: base?.[i] || undefined,
    });
  }
  return parts;
}

/** Undefined when there are none. */
function parseValues(text = ''): string[] | undefined {
  return text === '' ? undefined : text.split(' ');
}

export function parseHealth(reply: unknown): PartitionHealth {
  const [, namesAndValues] = reply as [string, readonly (string | number)[]];
  const told = new Map<string, string>();
  for (let i = 0; i < namesAndValues.length; i += 2) {
    told.set(String(namesAndValues[i]), String(namesAndValues[i + 1]));
  }
  const number = (name: string): number | undefined => parseOptionalNumber(told.get(name) ?? '');
  const settings = told.get('settings');
  return {
    seeded: told.has('fence'),
    fence: number('fence'),
    ...(settings === undefined ? {} : readSettings(settings)),
    pending: number('pending') ?? 0,
    due: number('due') ?? 0,
    overdueBy: number('overdueBy'),
    batchAge: number('batchAge'),
    batchHeldFor: number('batchHeldFor'),
    batchSeq: number('batchSeq'),
    batchCounters: number('batchCounters'),
    overflowed: number('overflowed') ?? 0,
    refused: number('refused') ?? 0,
    parked: number('parked') ?? 0,
    clockWentBack: told.has('clockWentBack') ? true : undefined,
    unreported: parseUnreported(told.get('unreported') ?? '', told.get('generation') ?? ''),
  };
}

function parseUnreported(text: string, generation: string): UnreportedLoss | undefined {
  if (text === '') return undefined;
  const [event, ledgerSeq, empty] = text.split(' ');
  const loss = {
    event: event as UnreportedLoss['event'],
    ledgerSeq: Number(ledgerSeq),
    generation,
  };
  return empty === undefined ? loss : { ...loss, empty: true };
}

export function parseWake(reply: unknown): Wake | undefined {
  if (reply === '') return undefined;
  const [id, delay, replaces] = reply as [string, string, string];
  return { id, delay: whole(delay), replaces: replaces === '' ? undefined : replaces };
}

/** A number of a script's answer; '' says that there is none. */
export function parseOptionalNumber(text: string): number | undefined {
  return text === '' ? undefined : Number(text);
}
