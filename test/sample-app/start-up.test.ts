import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { EnvironmentError, readEnvironment } from '../../sample-app/src/environment.js';
import { createDatabase } from '../support/servers/postgres.js';
import { SampleProcess } from './sample-process.js';

describe('the environment', () => {
  it.each([
    ['PORT', 'http', 'PORT=http: expected a whole number from 0 to 65535'],
    ['WORKERS', 'yes', 'WORKERS=yes: expected true or false'],
    ['WORKERS', 'false', 'WORKERS=false needs REDIS_URL'],
    ['UPDATE_INTERVAL', '-1', 'UPDATE_INTERVAL=-1: expected a whole number'],
    ['REDIS_URL', 'localhost:6379', 'REDIS_URL is not a URL that begins with redis://'],
    ['DATABASE_URL', 'mysql://host', 'DATABASE_URL is not a URL that begins with postgres://'],
  ])('refuses %s=%s, and says why', (name, value, message) => {
    expect(() => readEnvironment({ [name]: value })).toThrow(EnvironmentError);
    expect(() => readEnvironment({ [name]: value })).toThrow(message);
  });

  it('takes an empty variable for an absent one', () => {
    expect(readEnvironment({ PORT: '', REDIS_URL: '', WORKERS: '' })).toMatchObject({
      port: 3000,
      redisUrl: undefined,
      workers: true,
    });
  });
});

it('ends with the reason when a variable is wrong, and does not show a stack', async () => {
  const sample = SampleProcess.spawn('main', { PORT: 'http' });
  expect(await sample.ended()).toBe(1);
  expect(sample.output.trim()).toBe('PORT=http: expected a whole number from 0 to 65535');
});

it('says so when its port is taken', async () => {
  const other = createServer().listen(0);
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const { port } = other.address() as { port: number };

  const sample = SampleProcess.spawn('main', {
    PORT: port.toString(),
    REDIS_URL: inject('redisUrl'),
    DATABASE_URL: await createDatabase(inject('databaseUrl')),
    NAMESPACE: `sample-${randomUUID()}`,
  });
  expect(await sample.ended()).toBe(1);
  expect(sample.output).toContain(`Port ${port} is taken`);
});

it('refuses a worker without servers', async () => {
  const worker = SampleProcess.spawn('worker', {});
  expect(await worker.ended()).toBe(1);
  expect(worker.output.trim()).toBe(
    'A worker needs REDIS_URL and DATABASE_URL, those of the application',
  );
});
