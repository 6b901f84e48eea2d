import { BUCKET_SEPARATOR } from '../bucket-name.js';
import type { CacheTimings } from '../cache-timings.js';
import { isLarge } from '../int64.js';
import type {
  AckRequest,
  AddAnswer,
  AddRequest,
  Batch,
  ClaimAnswer,
  Look,
  Operation,
  Outcome,
  PartitionHealth,
  UnreportedLoss,
} from '../counter-cache.js';

const DELETE_MARK = ' delete:';
/** Numbers of so many digits are exact in Lua. */
const EXACT_DIGITS = 15;
/** No number of so few digits is large. */
const LONGEST_SMALL = 18;
/** Lua can unpack some thousand arguments. */
const LONGEST_RUN = 1000;

export function addArguments(request: AddRequest, queues: number, timings: CacheTimings): string[] {
  const args = [
    request.client,
    String(request.seq),
    request.generation,
    String(queues),
    String(timings.tick),
    String(timings.idempotencyTtl),
    String(request.acknowledged ?? 0),
    request.repeated === true ? '1' : '0',
  ];
  const { operations, distinct = false } = request;
  for (let next = 0; next < operations.length;) {
    const run = plainRun(operations, next, distinct);
    if (run.length > 0) addRun(args, run);
    else addOperation(args, operations[next] as Operation);
    next += Math.max(1, run.length);
  }
  return args;
}

/** Increments that have nothing but a small value, of one interval and of counters of which each comes once. */
function plainRun(
  operations: readonly Operation[],
  from: number,
  distinct: boolean,
): readonly Operation[] {
  const names = new Set<string>();
  const interval = operations[from]?.interval;
  const end = Math.min(operations.length, from + LONGEST_RUN);
  let to = from;
  for (; to < end; to++) {
    const operation = operations[to] as Operation;
    if (operation.interval !== interval || !isPlain(operation)) break;
    if (!distinct && names.size === names.add(operation.name).size) break;
  }
  return from === 0 && to === operations.length ? operations : operations.slice(from, to);
}

const isPlain = ({ kind, value, total, idempotencyKey, buckets, bounds }: Operation): boolean =>
  kind === 'add' &&
  !total &&
  idempotencyKey === undefined &&
  buckets === undefined &&
  bounds === undefined &&
  value.length <= EXACT_DIGITS;

function addRun(args: string[], run: readonly Operation[]): void {
  const names = JSON.stringify(run.map(({ name }) => name));
  const values = JSON.stringify(run.map(({ value }) => value));
  args.push('p', String(run[0]?.interval), names, values);
}

/** The letters behind the kind say which arguments follow. */
function addOperation(args: string[], operation: Operation): void {
  const { name, value, interval, idempotencyKey, buckets, bounds } = operation;
  let kind = operationKind(operation);
  if (idempotencyKey !== undefined) kind += 'k';
  if (buckets !== undefined) kind += 'w';
  if (bounds !== undefined) kind += 'b';
  args.push(kind, name, value, String(interval));
  if (idempotencyKey !== undefined) args.push(idempotencyKey);
  if (buckets !== undefined) args.push(buckets.join(BUCKET_SEPARATOR));
  if (bounds !== undefined) args.push(bounds.min ?? '', bounds.max ?? '', bounds.bucket ?? '');
}

function operationKind(operation: Operation): string {
  if (operation.kind === 'set') return 's';
  if (operation.kind === 'delete') return 'd';
  return operation.total ? 't' : 'a';
}

export function parseAdd(reply: unknown): AddAnswer {
  const [status, detail, outcomes, lost, repeated] = reply as [
    string,
    string,
    string[],
    number?,
    number?,
  ];
  switch (status) {
    case 'applied':
      return {
        status,
        outcomes: parseOutcomes(outcomes),
        wakeIn: parseOptionalNumber(detail),
        lost: lost === 1,
        repeated: repeated === 1,
      };
    case 'generation':
      return { status, generation: detail };
    case 'queues':
      return { status, queues: Number(detail) };
    case 'unseeded':
    case 'stale':
    case 'interrupted':
      return { status };
    default:
      throw new TypeError(`Unknown answer of the add script: ${status}`);
  }
}

function parseOutcomes(flat: readonly string[]): ReadonlyMap<number, Outcome> {
  const outcomes = new Map<number, Outcome>();
  for (let i = 0; i < flat.length; i += 2) {
    const index = Number(flat[i]);
    const kind = flat[i + 1] as Outcome['kind'];
    if (kind === 'total' || kind === 'bounded') {
      const [base = '0', batch = '0', pending = '0'] = flat.slice(i + 2, i + 5);
      outcomes.set(index, { kind, base, batch, pending });
      i += 3;
    } else {
      outcomes.set(index, { kind });
    }
  }
  return outcomes;
}

export function acknowledgeArguments({ nonce, leftOut, values }: AckRequest): string[] {
  const texts = [...values.values()];
  const hasLarge = texts.some((text) => text.length > LONGEST_SMALL && isLarge(BigInt(text)));
  const lists = [leftOut, [...values.keys()], texts];
  return [nonce, ...lists.map((list) => JSON.stringify(list)), hasLarge ? '1' : '0'];
}

export function parseClaim(reply: unknown): ClaimAnswer {
  const [status, detail] = reply as [string, unknown];
  if (status === 'unseeded') return { status };
  if (status === 'idle') return { status, nextIn: parseOptionalNumber(detail as string) };
  return { status: 'batch', batch: parseBatch(detail as string[]) };
}

function parseBatch(flat: readonly string[]): Batch {
  const batch: Batch = { seq: 0, nonce: '', entries: [] };
  const removals = new Set<string>();
  for (let i = 0; i < flat.length; i += 2) {
    const field = flat[i] ?? '';
    const value = flat[i + 1] ?? '';
    if (!field.startsWith(' ')) batch.entries.push({ name: field, delta: value, remove: false });
    else if (field === ' seq') batch.seq = Number(value);
    else if (field === ' nonce') batch.nonce = value;
    else if (field.startsWith(DELETE_MARK)) removals.add(field.slice(DELETE_MARK.length));
  }
  for (const entry of batch.entries) entry.remove = removals.has(entry.name);
  return batch;
}

export function parseLook(reply: unknown, count: number): Look {
  const [fence, generation, batchSeq, queues, pending, batch, base] = reply as [
    string,
    string,
    string,
    string,
    string?,
    string?,
    string?,
  ];
  if (fence === '') return { parts: Array.from({ length: count }, () => ({})) };
  const [pendings, batches, bases] = [pending, batch, base].map(parseValues);
  return {
    fence: Number(fence),
    generation,
    batchSeq: batchSeq === '' ? undefined : Number(batchSeq),
    queues: Number(queues),
    parts: Array.from({ length: count }, (_, i) => ({
      pending: pendings?.[i] || undefined,
      batch: batches?.[i] || undefined,
      base: bases?.[i] || undefined,
    })),
  };
}

/** Undefined when there are none. */
function parseValues(text = ''): string[] | undefined {
  return text === '' ? undefined : text.split(' ');
}

export function parseHealth(reply: unknown): PartitionHealth {
  const [seeded, queues, pending, overdueBy, batchAge, overflowed, parked, fence, due, ...batch] =
    reply as [
      number,
      string,
      number,
      string,
      string,
      number,
      number,
      string,
      number,
      string,
      string,
      string,
      string,
    ];
  const [batchSeq, batchCounters, generation, unreported] = batch;
  return {
    seeded: seeded === 1,
    fence: parseOptionalNumber(fence),
    queues: parseOptionalNumber(queues),
    pending,
    due,
    overdueBy: parseOptionalNumber(overdueBy),
    batchAge: parseOptionalNumber(batchAge),
    batchSeq: parseOptionalNumber(batchSeq),
    batchCounters: parseOptionalNumber(batchCounters),
    overflowed,
    parked,
    unreported: parseUnreported(unreported, generation),
  };
}

function parseUnreported(text: string, generation: string): UnreportedLoss | undefined {
  if (text === '') return undefined;
  const [event, ledgerSeq] = text.split(' ');
  return { event: event as UnreportedLoss['event'], ledgerSeq: Number(ledgerSeq), generation };
}

/** A number of a script's answer; '' says that there is none. */
export function parseOptionalNumber(text: string): number | undefined {
  return text === '' ? undefined : Number(text);
}
