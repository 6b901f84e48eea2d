import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { RecordedOperation } from '../support/processes/protocol.js';
import { checkRecords, type RecordsReport } from './checks/check-records.js';
import type { Invoked, Read, Settled } from './records.js';

type Line = Invoked | Settled | Read;

const invoked = (id: number, at: number, ...operations: RecordedOperation[]): Invoked => ({
  kind: 'invoked',
  id,
  at,
  operations,
});
const settled = (id: number, at: number, outcome: Partial<Settled> = {}): Settled => ({
  kind: 'settled',
  id,
  at,
  failed: {},
  ...outcome,
});
const read = (begun: number, at: number, value: number): Read => ({
  kind: 'read',
  begun,
  at,
  names: ['hot:0'],
  values: [String(value)],
});

/** The records of processes, a file each, against values. */
async function check(
  files: readonly (readonly Line[])[],
  values: Record<string, number>,
  end = '\n',
): Promise<RecordsReport> {
  const directory = await mkdtemp(join(tmpdir(), 'fastcounter-records-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const [index, lines] of files.entries()) {
    const text = lines.map((line) => JSON.stringify(line)).join('\n') + end;
    await writeFile(join(directory, `process-${index}.jsonl`), text);
  }
  const entries = Object.entries(values).map(([name, value]): [string, bigint] => [
    name,
    BigInt(value),
  ]);
  return checkRecords(directory, new Map(entries));
}

const ten = { name: 'hot:0', delta: 1, times: 10 };
const once = [invoked(1, 100, ten), settled(1, 200)];

test('what was acknowledged must be there', async () => {
  expect(await check([once, once], { 'hot:0': 20 })).toMatchObject({
    acknowledged: 20,
    unknown: 0,
    exactCounters: 1,
    drift: 0n,
    violations: [],
  });
  expect(await check([once], { 'hot:0': 9 })).toMatchObject({
    drift: 1n,
    violations: ['drift: hot:0 is 9, not 10'],
  });
  expect(await check([once], {})).toMatchObject({ drift: 10n });
});

test('nothing may be there that nobody counted', async () => {
  expect(await check([once], { 'hot:0': 12 })).toMatchObject({ drift: 2n });
  expect(await check([once], { 'hot:0': 10, other: -3 })).toMatchObject({
    drift: 3n,
    violations: ['drift: other is -3, not 0'],
  });
});

test('without an outcome, an increment may be there or not', async () => {
  const cutOff = [invoked(1, 100, ten, { name: 'down', delta: -2, times: 3 })];
  for (const value of [0, 4, 10]) {
    const report = await check([cutOff], { 'hot:0': value, down: -6 });
    expect(report).toMatchObject({ acknowledged: 0, unknown: 13, drift: 0n });
  }
  expect(await check([cutOff], { 'hot:0': 11, down: 1 })).toMatchObject({
    drift: 2n,
    violations: ['drift: hot:0 is 11, not 0 to 10', 'drift: down is 1, not -6 to 0'],
  });
});

test('a line that a killed process left half-written is as good as none', async () => {
  const report = await check([[invoked(1, 100, ten)]], { 'hot:0': 10 }, '\n{"kind":"settl');
  expect(report).toMatchObject({ unknown: 10, drift: 0n, violations: [] });
});

test('what was refused must not be there', async () => {
  const refused = settled(1, 200, { acknowledged: [4], refused: [5], failed: { SHUT_DOWN: 5 } });
  const lines = [invoked(1, 100, ten), refused];
  expect(await check([lines], { 'hot:0': 5 })).toMatchObject({ refused: 5, unknown: 1, drift: 0n });
  expect(await check([lines], { 'hot:0': 6 })).toMatchObject({ drift: 1n });
});

test('a key counts once, whoever sends it', async () => {
  const keyed = { name: 'keyed', delta: 7, key: 'one' };
  const sent = [invoked(1, 100, keyed, keyed), settled(1, 200)];
  const lost = [invoked(1, 150, keyed, { ...keyed, key: 'other' })];
  for (const value of [7, 14]) {
    expect(await check([sent, sent, lost], { keyed: value })).toMatchObject({ drift: 0n });
  }
  expect(await check([sent, sent, lost], { keyed: 21 })).toMatchObject({ drift: 7n });
  expect(await check([sent, sent, lost], { keyed: 0 })).toMatchObject({ drift: 7n });
});

test('a key that counts once is there once, unless it is taken back, whoever sends it', async () => {
  const count = { name: 'viewed', delta: 3, key: 'a', once: 'count' } as const;
  const undo = { ...count, once: 'undo' } as const;
  const sent = (operation: RecordedOperation, told?: boolean): Line[] => [
    invoked(1, 100, operation),
    ...(told === undefined ? [] : [settled(1, 200, { truths: [told ? 1 : 0] })]),
  ];
  const told = async (viewed: number, ...files: Line[][]): Promise<string[]> =>
    (await check(files, { viewed })).violations;
  expect(await told(3, sent(count, true), sent(count, false))).toEqual([]);
  expect(await told(0, sent(count, true), sent(undo, true))).toEqual([]);
  expect(await told(3, sent(count, true), sent(undo, true), sent(count))).toEqual([]);
  expect(await told(0, sent(count, true), sent(undo))).toEqual([]);
  expect(await told(6, sent(count, true), sent(count, false))).toEqual([
    'drift: viewed is 6, not 3',
  ]);
  expect(await told(3, sent(count, true), sent(undo, true))).toEqual(['drift: viewed is 3, not 0']);
  expect(await told(3, sent(count, true), sent(count, true))).toEqual([
    'viewed a counted 2 times, taken back 0',
  ]);
  expect(await told(0, sent(undo, true))).toEqual(['viewed a was taken back 1 times, counted 0']);
});

test('what transactions committed must be there, and nothing else', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'fastcounter-records-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const booked = new Map([['booked:1', 7n]]);
  const told = async (value: bigint): Promise<string[]> =>
    (await checkRecords(directory, new Map([['booked:1', value]]), booked)).violations;
  expect(await told(7n)).toEqual([]);
  expect(await told(14n)).toEqual(['drift: booked:1 is 14, not 7']);
});

test('no two calls may be answered with the same total', async () => {
  const ticket = { name: 'ticket', delta: 1, times: 2 };
  const answered = (...totals: string[]): Line[] => [
    invoked(1, 100, ticket),
    settled(1, 200, { totals: [totals] }),
  ];
  expect((await check([answered('1', '2'), answered('3', '4')], { ticket: 4 })).violations).toEqual(
    [],
  );
  expect((await check([answered('1', '2'), answered('2', '4')], { ticket: 4 })).violations).toEqual(
    ['ticket was answered twice as 2'],
  );
});

test('a read has what was acknowledged before it began, and nothing that came after', async () => {
  const reads = (...lines: Read[]) => check([once, lines], { 'hot:0': 10 });
  const good = [read(110, 210, 0), read(120, 150, 10), read(201, 220, 10)];
  expect(await reads(...good)).toMatchObject({ reads: 3, violations: [] });
  expect((await reads(read(201, 220, 9))).violations).toEqual([
    'hot:0 was read as 9, acknowledged were 10',
  ]);
  expect((await reads(read(50, 90, 1))).violations).toEqual([
    'hot:0 was read as 1, invoked were 0',
  ]);
});

test('a read is not below one that ended before, in whichever process', async () => {
  const { violations } = await check([once, [read(110, 120, 6)], [read(130, 140, 5)]], {
    'hot:0': 10,
  });
  expect(violations).toEqual(['hot:0 was read as 5 after 6']);
  const overlapping = [[read(110, 120, 6)], [read(119, 140, 5)]];
  expect((await check([once, ...overlapping], { 'hot:0': 10 })).violations).toEqual([]);
});
