import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { root } from '../docs/markdown.js';
import { createDatabase } from '../support/servers/postgres.js';
import { post } from './requests.js';
import { SampleProcess } from './sample-process.js';

describe('the sample application', () => {
  let sample: SampleProcess;
  beforeAll(async () => {
    sample = await SampleProcess.start({
      REDIS_URL: inject('redisUrl'),
      DATABASE_URL: await createDatabase(inject('databaseUrl')),
      NAMESPACE: `sample-${randomUUID()}`,
    });
  });
  afterAll(() => sample.stop());

  it('tells its health and its metrics', async () => {
    await post(`${sample.url}/counters/seen/incr`);
    const health = await fetch(`${sample.url}/health`);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({ details: { counting: { status: 'up' } } });
    await expect.poll(async () => (await fetch(`${sample.url}/health/counts`)).status).toBe(200);
    const metrics = await fetch(`${sample.url}/metrics`);
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain; version=0/);
    expect(await metrics.text()).toMatch(
      /^fastcounter_increments_total\{outcome="acknowledged",namespace="sample-[\w-]+"\} [1-9]/m,
    );
  });
});

describe('docker-compose.yml', () => {
  interface Compose {
    services: Record<string, { image?: string; volumes?: string[] }>;
  }
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const { services } = parse(read('docker-compose.yml')) as Compose;
  const mounted = Object.values(services)
    .flatMap(({ volumes = [] }) => volumes)
    .filter((volume) => volume.startsWith('./'))
    .map((volume) => volume.split(':')[0] ?? '');

  it('mounts files that are there, and can be parsed', () => {
    expect(services).toHaveProperty('prometheus');
    expect(services).toHaveProperty('grafana');
    expect(mounted).toHaveLength(5);
    expect(mounted.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    for (const path of mounted) expect(parse(read(path))).toBeTypeOf('object');
  });

  it('has Prometheus find the processes by the name of their service', () => {
    const path = 'sample-app/monitoring/prometheus.yml';
    const { scrape_configs: scraped } = parse(read(path)) as {
      scrape_configs: { dns_sd_configs: { names: string[] }[] }[];
    };
    const names = scraped.flatMap((it) => it.dns_sd_configs.flatMap((config) => config.names));
    expect(Object.keys(services)).toEqual(expect.arrayContaining(names));
  });
});
