import { hasKey } from '../../key-digest.js';
import { bucketName } from '../../../words/bucket-name.js';
import type { AddRequest, Operation } from '../../counter-cache.js';
import { type SharedSettings, writeSettings } from '../../shared-settings.js';

/** Most digits of a number that is always exact in Lua. */
const EXACT_DIGITS = 15;
/** Most names in one call of the script, buckets among them. */
const MOST_NAMES = 2000;

/** So many names cost less by themselves than as one text. */
const FEW = 8;

/** Plain increments of one interval, each of another counter or bucket. */
interface Run {
  names: string[];
  values: string[];
}

/**
 * What `add-run.lua` is told of one partition; undefined where the request holds anything but plain increments of different
 * counters.
 */
export function runArguments(request: AddRequest, settings: SharedSettings): string[] | undefined {
  const runs = runsOf(request);
  if (runs === undefined) return undefined;
  const args = [
    request.client,
    `${request.generation} ${writeSettings(settings)}`,
    String(request.seq),
    String(request.acknowledged ?? 0),
    request.uncertain === true ? '1' : '0',
    String(runs.size),
  ];
  for (const [interval, { names, values }] of runs) {
    args.push(String(interval));
    if (names.length <= FEW) args.push(String(names.length), ...names, ...values);
    else args.push('0', JSON.stringify(names), JSON.stringify(values));
  }
  return args;
}

/** By interval; undefined where the request is no run, or too long. */
function runsOf(request: AddRequest): Map<number, Run> | undefined {
  const { operations, generation, distinct = false } = request;
  // without a generation a call only asks which one it is
  if (operations.length === 0 || generation === '') return undefined;
  const runs = new Map<number, Run>();
  let count = 0;
  for (const operation of operations) {
    if (!isPlain(operation)) return undefined;
    const { name, value, interval, buckets = [] } = operation;
    let run = runs.get(interval);
    if (run === undefined) runs.set(interval, (run = { names: [], values: [] }));
    run.names.push(name);
    run.values.push(value);
    for (const suffix of buckets) {
      run.names.push(bucketName(name, suffix));
      run.values.push(value);
    }
    count += 1 + buckets.length;
  }
  if (count > MOST_NAMES) return undefined;
  return distinct || areDistinct(operations) ? runs : undefined;
}

function isPlain(operation: Operation): boolean {
  const { kind, value, total, bounds } = operation;
  const isAdding = kind === 'add' && !total && bounds === undefined && !hasKey(operation);
  return isAdding && value.length <= EXACT_DIGITS;
}

const areDistinct = (operations: readonly Operation[]): boolean =>
  new Set(operations.map(({ name }) => name)).size === operations.length;
