import { BullModule, getQueueToken, Process, Processor } from '@nestjs/bull';
import { Injectable, Module, Scope } from '@nestjs/common';
import {
  Cron,
  CronExpression,
  Interval,
  ScheduleModule,
  SchedulerRegistry,
  Timeout,
} from '@nestjs/schedule';
import type { Job, Queue } from 'bull';
import { randomUUID } from 'node:crypto';
import { expect, inject, test, vi } from 'vitest';
import { CountCalls } from '../../../lib/index.js';
import { counted, startCounting } from '../counting.js';

@Processor('mail')
class Mail {
  @Process({ name: 'send', concurrency: 20 })
  @CountCalls()
  @CountCalls({ name: 'bytes:{args.0.data.tenant}', delta: ({ result }) => Number(result) })
  async send({ data }: Job<{ bytes: number }>): Promise<number> {
    await new Promise(setImmediate);
    return data.bytes;
  }

  @CountCalls({ name: 'failures:{error.message}', on: 'error' })
  @Process('fail')
  fail(): never {
    throw new Error('never');
  }

  @Process('callback')
  @CountCalls()
  callback(_job: Job, done: () => void): void {
    done();
  }
}

test('jobs of a Bull processor count, a thousand of them exactly', async () => {
  const prefix = `{metering-${randomUUID().slice(0, 8)}}`;
  const app = await startCounting(
    {
      imports: [
        BullModule.forRoot({ url: inject('redisAdminUrl'), prefix }),
        BullModule.registerQueue({ name: 'mail' }),
      ],
      providers: [Mail],
    },
    { redis: inject('redisUrl') },
  );
  const queue = app.get<Queue>(getQueueToken('mail'));
  // each job that is waited for listens
  queue.setMaxListeners(0);
  const jobs = await queue.addBulk(
    Array.from({ length: 1000 }, (_, index) => ({
      name: 'send',
      data: { tenant: index % 2 === 0 ? 'even' : 'odd', bytes: index },
    })),
  );
  const failing = await queue.add('fail', {});
  const callback = await queue.add('callback', {});
  await Promise.all([...jobs, callback].map((job): Promise<unknown> => job.finished()));
  await expect(failing.finished()).rejects.toThrow('never');
  expect(await counted(app)).toEqual({
    'Mail.send': 1000,
    'bytes:even': 249_500,
    'bytes:odd': 250_000,
    'failures:never': 1,
    'Mail.callback': 1,
  });
});

test('a processor of each job, private to a feature module, counts', async () => {
  const ran: object[] = [];
  @Processor({ name: 'post', scope: Scope.REQUEST })
  class Post {
    @Process()
    @CountCalls()
    deliver(): void {
      ran.push(this);
    }
  }
  @Module({ imports: [BullModule.registerQueue({ name: 'post' })], providers: [Post] })
  class PostModule {}
  const prefix = `{metering-${randomUUID().slice(0, 8)}}`;
  const app = await startCounting(
    { imports: [BullModule.forRoot({ url: inject('redisAdminUrl'), prefix }), PostModule] },
    { isGlobal: false },
  );
  const queue = app.get<Queue>(getQueueToken('post'), { strict: false });
  const jobs = await queue.addBulk([{ data: 1 }, { data: 2 }]);
  await Promise.all(jobs.map((job): Promise<unknown> => job.finished()));
  expect(new Set(ran).size).toBe(2);
  expect(await counted(app)).toEqual({ 'Post.deliver': 2 });
});

test('scheduled methods count', async () => {
  @Injectable()
  class Clock {
    readonly ran = { cron: 0, interval: 0, timeout: 0 };

    @CountCalls()
    @Cron(CronExpression.EVERY_SECOND)
    tick(): void {
      this.ran.cron++;
    }

    @Interval(10)
    @CountCalls()
    turn(): void {
      this.ran.interval++;
    }

    @Timeout(10)
    @CountCalls()
    once(): Promise<void> {
      this.ran.timeout++;
      return Promise.resolve();
    }
  }
  @Module({ providers: [Clock] })
  class ClockModule {}
  const imports = [ScheduleModule.forRoot(), ClockModule];
  const app = await startCounting({ imports }, { isGlobal: false });
  await app.init();
  const clock = app.get(Clock, { strict: false });
  await vi.waitFor(() => expect(Object.values(clock.ran)).not.toContain(0), { timeout: 90_000 });

  const schedule = app.get(SchedulerRegistry, { strict: false });
  for (const name of schedule.getIntervals()) schedule.deleteInterval(name);
  for (const job of schedule.getCronJobs().values()) await job.stop();
  const { cron, interval, timeout } = clock.ran;
  expect(await counted(app)).toEqual({
    'Clock.tick': cron,
    'Clock.turn': interval,
    'Clock.once': timeout,
  });
});
