import { Injectable, type Type } from '@nestjs/common';
import { BehaviorSubject, firstValueFrom, NEVER, of, Subject, throwError } from 'rxjs';
import { afterEach, expect, test, vi } from 'vitest';
import { CountCalls, type CountedCall } from '../../lib/index.js';
import { counted, startCounting } from './counting.js';

/** An object of this class in an application of its own, and what its calls counted. */
async function started<Instance>(
  type: Type<Instance>,
): Promise<{ made: Instance; counts: () => Promise<Record<string, number>> }> {
  const app = await startCounting({ providers: [type] });
  return { made: app.get(type), counts: () => counted(app) };
}

const byOutcome = {
  on: 'always',
  name: ({ outcome, result, error }: CountedCall): string =>
    `${outcome} ${String(outcome === 'error' ? error : result)}`,
} as const;

/** Runs whatever it is given. */
@Injectable()
class Runner {
  @CountCalls(byOutcome)
  run<Result>(what: () => Result): Result {
    return what();
  }

  @CountCalls({ name: 'plain' })
  runPlain<Result>(what: () => Result): Result {
    return what();
  }
}

const unhandled = vi.fn();
afterEach(() => {
  process.off('unhandledRejection', unhandled);
  unhandled.mockReset();
});

test('a call keeps this, arguments and result', async () => {
  @Injectable()
  class Echo {
    readonly #secret = 'secret';
    @CountCalls()
    echo(...args: unknown[]): unknown[] {
      return [this, this.#secret, ...args, arguments.length];
    }
  }
  const { made, counts } = await started(Echo);
  const given = [{}, undefined, 3];
  expect(made.echo(...given)).toEqual([made, 'secret', ...given, 3]);
  expect(made.echo()).toEqual([made, 'secret', 0]);
  expect(await counts()).toEqual({ 'Echo.echo': 2 });
});

test('what it throws is the same error, with the same stack', async () => {
  const { made, counts } = await started(Runner);
  const error = new Error('thrown');
  const { stack } = error;
  for (const run of ['run', 'runPlain'] as const) {
    const thrown = () => {
      throw error;
    };
    expect(() => made[run](thrown)).toThrow(error);
    await expect(made[run](() => Promise.reject(error))).rejects.toBe(error);
    await expect(firstValueFrom(made[run](() => throwError(() => error)))).rejects.toBe(error);
  }
  expect(error.stack).toBe(stack);
  expect(await counts()).toEqual({ 'error Error: thrown': 3 });
});

test('an error knows who awaited the method', async () => {
  const { made } = await started(Runner);
  const fails = async (): Promise<never> => {
    await new Promise(setImmediate);
    throw new Error('late');
  };
  async function awaitingCaller(run: 'run' | 'runPlain'): Promise<void> {
    await made[run](fails);
  }
  for (const run of ['run', 'runPlain'] as const) {
    const error = await awaitingCaller(run).catch((caught: unknown) => caught as Error);
    expect(error?.stack).toContain('awaitingCaller');
  }
});

test('a rejection that nobody handles stays one', async () => {
  const { made } = await started(Runner);
  process.on('unhandledRejection', unhandled);
  const error = new Error('unhandled');
  void made.run(() => Promise.reject(error));
  void made.runPlain(() => Promise.reject(error));
  await vi.waitFor(() => expect(unhandled).toHaveBeenCalledTimes(2), { timeout: 30_000 });
  expect(unhandled).toHaveBeenCalledWith(error, expect.anything());
});

test('a rejection that somebody handles is handled', async () => {
  const { made } = await started(Runner);
  process.on('unhandledRejection', unhandled);
  await made.run(() => Promise.reject(new Error('handled'))).catch(() => undefined);
  await new Promise(setImmediate);
  expect(unhandled).not.toHaveBeenCalled();
});

test('a query that its then() runs is run once, by the caller', async () => {
  const { made, counts } = await started(Runner);
  let runs = 0;
  const query = {
    toString: () => 'query',
    then: (resolve: (rows: number) => void) => {
      runs++;
      resolve(7);
    },
  };
  const lazy = made.run(() => query);
  expect(lazy).toBe(query);
  expect(runs).toBe(0);
  expect(await lazy).toBe(7);
  expect(runs).toBe(1);
  expect(await counts()).toEqual({ 'success query': 1 });
});

test('an Observable counts once, when it is over', async () => {
  const { made, counts } = await started(Runner);
  const subject = new Subject<number>();
  const observable = made.run(() => subject.asObservable());
  observable.subscribe();
  observable.subscribe();
  subject.next(1);
  subject.next(2);
  expect(await counts()).toEqual({});
  subject.complete();
  expect(await counts()).toEqual({ 'success 2': 1 });
});

test('an Observable that nobody subscribes to is no call yet', async () => {
  const { made, counts } = await started(Runner);
  made.run(() => of(1));
  expect(await counts()).toEqual({});
});

test('who leaves an Observable after a value had success, before one it is cancelled', async () => {
  const { made, counts } = await started(Runner);
  expect(await firstValueFrom(made.run(() => new BehaviorSubject('first')))).toBe('first');
  made
    .run(() => NEVER)
    .subscribe()
    .unsubscribe();
  expect(await counts()).toEqual({ 'success first': 1, 'cancelled undefined': 1 });
});

test('an Observable that is awaited for counts when it is over', async () => {
  const { made, counts } = await started(Runner);
  const observable = await made.run(() => Promise.resolve(of('later')));
  expect(await counts()).toEqual({});
  observable.subscribe();
  expect(await counts()).toEqual({ 'success later': 1 });
});

test('a Subject stays one', async () => {
  const { made, counts } = await started(Runner);
  const subject = new BehaviorSubject(1);
  const answered = made.run(() => subject);
  const seen: number[] = [];
  answered.subscribe((value) => seen.push(value));
  answered.next(2);
  expect(answered).toBeInstanceOf(BehaviorSubject);
  expect(answered.getValue()).toBe(2);
  expect(subject.getValue()).toBe(2);
  subject.complete();
  expect(seen).toEqual([1, 2]);
  expect(await counts()).toEqual({ 'success 2': 1 });
});

test('all else that it returns counts at once', async () => {
  const { made, counts } = await started(Runner);
  const results = [1, 'two', null, undefined, Symbol.iterator, [3], new Map(), () => 4];
  for (const result of results) expect(made.runPlain(() => result)).toBe(result);
  expect(await counts()).toEqual({ plain: results.length });
});
