import { getMetadataArgsStorage } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { partitionKeys } from '../../lib/cache/redis/protocol/partition-keys.js';
import * as fastCounter from '../../lib/index.js';
import { literals, members, payloads, publicMethods } from './declarations.js';
import { quoted, readDocument, section, tableRows, withoutCode } from './markdown.js';

const readme = readDocument('README.md');
const counting = readDocument('docs/counting.md');
const operations = readDocument('docs/operations.md');

/** The code in each cell of a table. */
const table = (text: string, heading: string): string[][][] =>
  tableRows(section(text, heading)).map((cells) => cells.map(quoted));

describe('the reference', () => {
  const methods = [
    ...publicMethods('lib/counting/counter.service.ts', 'CounterService'),
    ...publicMethods('lib/counting/counter-changes.ts', 'CounterChanges'),
    ...publicMethods('lib/counting/counter-reads.ts', 'CounterReads'),
  ];

  it('has every method of CounterService, in the README and in docs/counting.md', () => {
    expect(methods).toContain('incr');
    const listed = table(readme, 'CounterService').flatMap(([method = []]) => method);
    expect(listed.toSorted()).toEqual(methods.toSorted());
    const signatures = quoted(withoutCode(counting)).map(
      (code) =>
        /^(\w+)\(.*\): (?:Promise<|Observable<|AsyncIterable<|NamedCounter)/.exec(code)?.[1],
    );
    expect(signatures).toEqual(expect.arrayContaining(methods));
  });

  it('has every method of ParkedCounts', () => {
    const listed = table(operations, 'Parked counts').map(([method = []]) =>
      method[0]?.replace(/\(.*/, ''),
    );
    expect(listed).toEqual(publicMethods('lib/operating/parked-counts.ts', 'ParkedCounts'));
  });

  it('has every method of MeteringService', () => {
    const metering = readDocument('docs/metering.md');
    const listed = table(metering, 'MeteringService').map(([method = []]) =>
      method[0]?.replace(/\(.*/, ''),
    );
    const methods = [
      ...publicMethods('lib/metering/service/metering.service.ts', 'MeteringService'),
      ...publicMethods(
        'lib/metering/service/corrections/metering-corrections.ts',
        'MeteringCorrections',
      ),
      ...publicMethods('lib/metering/service/reads/metering-reads.ts', 'MeteringReads'),
      ...publicMethods('lib/metering/service/closing/metering-closings.ts', 'MeteringClosings'),
    ];
    expect(listed.toSorted()).toEqual(methods.toSorted());
  });

  it('has every option of list()', () => {
    const listed = table(counting, 'list').flatMap(([option = []]) => option);
    const options = members('lib/input/counter.types.ts', 'ListOptions');
    expect(listed).toEqual([...options.map(({ name }) => name), 'bigint']);
  });

  it('has every field of status(), and of its partitions', () => {
    const status = members('lib/operating/status/status.types.ts', 'CounterStatus');
    const partition = [
      ...members('lib/operating/status/status.types.ts', 'PartitionStatus'),
      ...members('lib/cache/partition-health.ts', 'PartitionHealth'),
      ...members('lib/cache/shared-settings.ts', 'SharedSettings'),
    ];
    for (const [table, fields] of [status, partition].entries()) {
      const rows = tableRows(section(counting, 'status'), table);
      const listed = rows.flatMap(([names = '']) => quoted(names));
      expect(listed.toSorted()).toEqual(fields.map(({ name }) => name).toSorted());
    }
  });

  it('has every event, with its payload', () => {
    const listed = table(operations, 'Events').map(([event = [], fields]) => ({
      event: event[0],
      fields,
    }));
    expect(listed).toEqual(payloads('lib/events.ts', 'CounterEventMap'));
  });

  it('has every problem, by its code', () => {
    const listed = table(operations, 'Problems').map(([code = []]) => code[0]);
    expect(listed).toEqual(literals('lib/operating/problems.ts', 'ProblemCode'));
  });

  it('has every key of a partition', () => {
    const listed = table(operations, 'In Redis').flatMap(([key = []]) => key);
    const keys = partitionKeys('n', 0).map((key) => key.split('::')[1]);
    const parts = listed.filter((key) => !/[:…]/.test(key));
    expect(parts.toSorted()).toEqual(keys.toSorted());
  });

  it('has every table with its columns', () => {
    const listed = table(operations, 'In SQL').map(([name = [], columns]) => [name[0], columns]);
    const { tables, columns } = getMetadataArgsStorage();
    const entities = fastCounter.fastCounterEntities.map((target) => {
      const own = columns.filter((column) => column.target === target);
      return [
        tables.find((it) => it.target === target)?.name,
        own.map(({ propertyName, options }) => options.name ?? propertyName),
      ];
    });
    expect(listed).toEqual(entities);
  });

  it('has every error, by code and class', () => {
    const listed = table(readme, 'Errors').map(([code = [], name = []]) => [code[0], name[0]]);
    const codes = literals('lib/errors.ts', 'FastCounterErrorCode');
    expect(listed.map(([code]) => code)).toEqual(codes);
    const classes = Object.keys(fastCounter).filter((name) => name.endsWith('Error'));
    expect(listed.map(([, name]) => name).toSorted()).toEqual(
      classes.filter((name) => name !== 'FastCounterError').toSorted(),
    );
  });
});
