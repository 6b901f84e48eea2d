import { describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { HISTOGRAMS, METRICS } from '../../lib/metrics/table.js';
import { INCIDENTS } from '../../lib/metrics/tallies.js';
import { PROBLEM_TABLE } from '../../lib/operating/problem-table.js';
import { verdictOf } from '../../lib/operating/verdict.js';
import { readDocument, root, section } from './markdown.js';

/** What the exporter has: name, type and labels beside `namespace`. */
const exported = [
  ...METRICS.map(({ name, kind, labels }) => ({
    name: `fastcounter_${name}${kind === 'counter' ? '_total' : ''}`,
    ...{ type: kind, labels: [...labels] },
  })),
  ...HISTOGRAMS.map(({ name }) => ({
    name: `fastcounter_${name}`,
    ...{ type: 'histogram', labels: [] as string[] },
  })),
];

describe('docs/monitoring.md', () => {
  const text = section(readDocument('docs/monitoring.md'), 'Metrics');

  test('has a row for each metric, with its type and labels', () => {
    const rows = text.split('\n').filter((line) => line.startsWith('| `fastcounter_'));
    const documented = rows.map((row) => {
      const [, name = '', type = '', labels = ''] = row.split('|').map((cell) => cell.trim());
      return {
        name: name.replaceAll('`', ''),
        type,
        labels: labels
          .split(', ')
          .filter(Boolean)
          .map((label) => label.replaceAll('`', '')),
      };
    });
    const sorted = (list: typeof documented) =>
      list.toSorted((one, other) => one.name.localeCompare(other.name));
    expect(sorted(documented)).toEqual(sorted(exported));
  });

  test('names each kind of incident', () => {
    const line = text.split('\n').find((it) => it.startsWith('- `kind`')) ?? '';
    expect(line.match(/(?<=`)\w+(?=`)/g)?.slice(1)).toEqual([...INCIDENTS]);
  });
});

/** What Prometheus is asked for: a histogram by its buckets. */
const askable = exported.map(({ name, type }) => (type === 'histogram' ? `${name}_bucket` : name));
const asked = (text: string): string[] => text.match(/\bfastcounter_\w+/g) ?? [];
const fileOf = (name: string): string =>
  readFileSync(join(root, 'docs', 'monitoring', name), 'utf8');

describe('docs/monitoring/alerts.yml', () => {
  interface Rules {
    groups: { name: string; rules: Record<string, unknown>[] }[];
  }
  const { groups } = parse(fileOf('alerts.yml')) as Rules;
  const rules = groups.flatMap((group) => group.rules);

  test('has four rules, with the fields that Prometheus needs', () => {
    expect(groups.map(({ name }) => name)).toEqual(['fastcounter']);
    expect(rules).toHaveLength(4);
    for (const rule of rules) {
      expect(rule).toMatchObject({
        alert: expect.stringMatching(/^\w+$/) as string,
        expr: expect.any(String) as string,
        labels: { severity: 'critical' },
        annotations: {
          summary: expect.any(String) as string,
          description: expect.any(String) as string,
        },
      });
      expect(Object.keys(rule)).not.toContain('name');
    }
  });

  test('ask for metrics, labels and values that the exporter has', () => {
    const names = rules.flatMap(({ expr }) => asked(String(expr)));
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => !askable.includes(name))).toEqual([]);
    const kinds = /kind=~"([\w|]+)"/.exec(rules.map(({ expr }) => String(expr)).join(' '))?.[1];
    expect(INCIDENTS).toEqual(expect.arrayContaining(kinds?.split('|') ?? ['none']));
  });
});

test('a problem by which counting is DOWN rings, whatever its severity', () => {
  const medium = PROBLEM_TABLE.filter(
    ([code, { severity }]) => severity === 'medium' && verdictOf([{ code }]) === 'DOWN',
  ).map(([code]) => `code="${code}"`);
  expect(medium).toEqual(['code="FC-BACKPRESSURE"']);
  const dashboard = fileOf('grafana-dashboard.json').replaceAll('\\"', '"');
  for (const text of [readDocument('docs/monitoring.md'), fileOf('alerts.yml'), dashboard]) {
    expect(medium.filter((code) => !text.includes(code))).toEqual([]);
  }
});

describe('docs/monitoring/grafana-dashboard.json', () => {
  interface Dashboard {
    panels: { id: number; title: string; targets: { expr: string }[] }[];
  }
  const text = fileOf('grafana-dashboard.json');
  const { panels } = JSON.parse(text) as Dashboard;

  test('asks for metrics that the exporter has, and for nearly all of them', () => {
    expect(asked(text).filter((name) => !askable.includes(name))).toEqual([]);
    const unseen = askable.filter((name) => !asked(text).includes(name));
    expect(unseen.sort()).toEqual(
      [
        ...['batch_age_seconds', 'buffer_oldest_seconds', 'discarded_total', 'replayed_total'],
        'last_persisted_timestamp_seconds',
      ]
        .map((name) => `fastcounter_${name}`)
        .sort(),
    );
  });

  test('has panels with titles and ids of their own', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { title, targets } of panels) {
      expect(title).not.toBe('');
      expect(targets.length).toBeGreaterThan(0);
    }
  });
});
