import { BUCKET_SEPARATOR, withoutNumber } from '../../../words/bucket-name.js';
import type { AskedKey, FoundKey, Moved, MoveRequest } from '../../counter-cache.js';
import { digestOf } from '../../key-digest.js';
import { int64, whole } from './checked.js';
import { parseNames, parseWake } from './replies.js';

export const moveArguments = (request: MoveRequest): string[] => [
  ...[request.counter, lastingText(request.lasting), request.to],
  request.former === undefined ? '' : JSON.stringify(request.former.names),
  optional(request.former?.until),
  ...(request.names ?? []),
];

const lastingText = (lasting: MoveRequest['lasting']): string =>
  lasting === 'as it is' ? '=' : optional(lasting);

const optional = (number?: number): string => (number === undefined ? '' : String(number));

/** Undefined where the partition was not set up yet. */
export function parseMove(reply: unknown): Moved | undefined {
  const [status, wake, names = '', until = ''] = reply as [string, unknown, string?, string?];
  if (status === 'unseeded') return undefined;
  const former = { names: parseNames(names), until: Number(until) };
  return { wake: parseWake(wake), ...(until !== '' && { former }) };
}

export const keyArguments = (counters: readonly string[], key: AskedKey): string[] => [
  ...[key.once === undefined ? '0' : '1', key.taken?.from ?? '', key.taken?.by ?? ''],
  key.done === true ? '1' : '0',
  ...counters.flatMap((counter) => [counter, digestOf(withoutNumber(counter), key) ?? '']),
];

/** Undefined where the key is not known. */
export function parseKey(reply: unknown): FoundKey | undefined {
  const [counter = '', delta, suffixes = '', within, from = '', by = ''] = reply as string[];
  if (counter === '') return undefined;
  const found = { counter, delta: int64(delta) };
  if (within === '') return found;
  const buckets = suffixes === '' ? undefined : suffixes.split(BUCKET_SEPARATOR);
  const taken = from === '' ? undefined : { from, by };
  return { ...found, once: { buckets, within: whole(within), taken } };
}
