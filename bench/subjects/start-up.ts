import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { createClient } from '@keyv/redis';
import { Redis } from 'ioredis';
import type { OpenSubject, Outcome, Subject, World } from '../subject.js';

/** Besides one for the counts: two for all queues, and one for each of five. */
const CONNECTIONS = 7;

type With = 'nothing' | 'connections' | 'fastcounter' | 'embedded';

/**
 * How long an application takes from its first import to `init()`: with TypeORM alone, with as many
 * connections to Redis besides as this package makes, and with this package.
 */
export const startUp: OpenSubject = async (world, parameters) => {
  const having = parameters['with'] as With;
  // a process starts once: this one is measured while it is opened
  const milliseconds = await start(world, having);
  const outcome: Outcome = { operations: 1, seconds: milliseconds / 1000, extra: { milliseconds } };
  return {
    run: (_task, clock) => {
      clock.begin();
      clock.end();
      return Promise.resolve(outcome);
    },
    close: () => Promise.resolve(),
  } satisfies Subject;
};

async function start({ redis, postgres, namespace }: World, having: With): Promise<number> {
  const typeorm = TypeOrmModule.forRoot({
    type: 'postgres',
    url: postgres.url,
    autoLoadEntities: true,
  });
  const began = performance.now();
  const imports = [typeorm];
  if (having === 'fastcounter' || having === 'embedded') {
    const { FastCounterModule } = await import('nestjs-fastcounter');
    const options = having === 'embedded' ? {} : { redis: redis.url };
    imports.push(FastCounterModule.forRoot({ namespace, ...options }));
  }
  @Module({ imports })
  class ApplicationModule {}
  await NestFactory.createApplicationContext(ApplicationModule, {
    logger: ['error'],
    abortOnError: false,
  });
  if (having === 'connections') {
    const client = createClient({ url: redis.url });
    await client.connect();
    const others = Array.from({ length: CONNECTIONS }, () => new Redis(redis.url));
    await Promise.all(others.map((other) => other.ping()));
  }
  return performance.now() - began;
}
