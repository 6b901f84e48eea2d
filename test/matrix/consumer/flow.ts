import 'reflect-metadata';
import assert from 'node:assert/strict';
import { NestFactory } from '@nestjs/core';
import { CounterService, fastCounterEntities } from 'nestjs-fastcounter';
import { DataSource } from 'typeorm';
import { AppModule, dataSourceOptions } from './application.js';
import { observe } from './observing.js';

/** A whole application: over HTTP, on a Redis and a PostgreSQL. Throws where anything is not as the documents say. */
export async function flow(): Promise<void> {
  const warnings: unknown[] = [];
  process.on('warning', ({ code }: { code?: string } & Error) => warnings.push(code));
  const app = await NestFactory.create(AppModule, {
    logger: ['error', 'warn'],
    abortOnError: false,
  });
  try {
    await app.listen(0);
    const url = (await app.getUrl()).replace('[::1]', 'localhost');
    const counters = app.get(CounterService);

    // a decorated route, and a service with counters injected
    for (const views of ['1', '2', '3']) {
      assert.equal(await (await fetch(`${url}/articles/a`)).text(), views);
    }
    await counters.incrMany([{ name: 'likes', delta: 4 }, { name: 'articles:a:views' }]);
    assert.equal(await counters.incrAndGet('likes', 3), 7);
    await counters.flush();
    const rows = (await counters.list()).map(({ name, value }) => [name, value]);
    assert.deepEqual(rows, [
      ['articles.read', 3],
      ['articles:a:views', 4],
      ['likes', 7],
    ]);

    if (process.env.REDIS_URL !== undefined) {
      // as @InjectQueue() finds it
      const queue: { name?: string } = app.get('BullQueue_PersistCounter0', { strict: false });
      assert.equal(queue.name, 'PersistCounter0');
    }

    const answers: number[] = [];
    for (let call = 0; call < 3; call++) {
      answers.push((await fetch(`${url}/login`, { method: 'POST' })).status);
    }
    assert.deepEqual(answers, [201, 201, 429]);
    const { problems } = await counters.status();
    assert.deepEqual(
      problems.filter(({ code }) => code !== 'FC-MISCONFIGURED'),
      [],
    );
    await observe(url);
  } finally {
    await app.close();
  }
  await migrations();
  assert.ok(!warnings.includes('FASTCOUNTER_COPIES'), 'the package was loaded twice');
}

/** Down and up again, in a data source with an explicit list of entities: afterwards its schema has nothing to change. */
async function migrations(): Promise<void> {
  const source = new DataSource({ ...dataSourceOptions, entities: [...fastCounterEntities] });
  await source.initialize();
  try {
    await source.undoLastMigration();
    const runner = source.createQueryRunner();
    assert.equal(await runner.hasTable('fast_counter'), false);
    await source.runMigrations();
    assert.equal(await runner.hasTable('fast_counter'), true);
    await runner.release();
    const { upQueries } = await source.driver.createSchemaBuilder().log();
    assert.deepEqual(
      upQueries.map(({ query }) => query),
      [],
    );
  } finally {
    await source.destroy();
  }
}
