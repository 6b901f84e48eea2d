import { NestFactory } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import {
  FastCounterDashboardModule,
  type FastCounterDashboardOptions,
} from '../../lib/dashboard/index.js';
import { Rates } from '../../lib/dashboard/api/rates.js';
import { InvalidOptionsError } from '../../lib/index.js';

class Guard {
  canActivate(): boolean {
    return true;
  }
}

const made = (options: unknown) => () =>
  FastCounterDashboardModule.forRoot(options as FastCounterDashboardOptions);

describe('FastCounterDashboardModule.forRoot()', () => {
  it.each([
    ['no options', undefined, /needs the option "guard"/],
    ['no guard', { path: 'ops' }, /needs the option "guard".*"none"/],
    ['a guard that is no class', { guard: 'admin' }, /"guard".*class of a guard, or 'none'/],
    ['an option of nobody', { guard: Guard, pth: 'ops' }, /"pth".*unknown; known .* guard, path/],
    ['writes for everybody', { guard: 'none', readOnly: false }, /whoever reaches the server/],
    ['a path of two kinds', { guard: Guard, path: 'a?b' }, /"path".*must be a path/],
    [
      'a public path of another server',
      { guard: Guard, publicPath: '//evil.example' },
      /"publicPath"/,
    ],
    ['an access that is none', { guard: Guard, access: 'read' }, /"access".*function/],
    ['a quota without a limit', { guard: Guard, quotas: [{ name: 'api' }] }, /"quotas.limit"/],
    [
      'a quota by a wrong dimension',
      { guard: Guard, quotas: [{ name: 'api', limit: 1, groupBy: '{' }] },
      /"quotas"/,
    ],
  ])('refuses %s', (_, options, message) => {
    expect(made(options)).toThrow(InvalidOptionsError);
    expect(made(options)).toThrow(message);
  });

  it.each([
    ['a guard', { guard: Guard }],
    ["the word 'none'", { guard: 'none' }],
    ['writes, where access says whose', { guard: 'none', readOnly: false, access: () => 'read' }],
  ])('takes %s', (_, options) => {
    expect(made(options)).not.toThrow();
  });

  it('says at the start that nobody counts', async () => {
    const options = { logger: false, abortOnError: false } as const;
    const module = FastCounterDashboardModule.forRoot({ guard: 'none' });
    await expect(NestFactory.createApplicationContext(module, options)).rejects.toThrow(
      /finds no FastCounterModule without a name/,
    );
  });
});

describe('rates', () => {
  it('are of each of the last sixty whole seconds', () => {
    let now = 5_000;
    const rates = new Rates(() => now);
    rates.add(3);
    rates.add(4);
    expect(rates.list().at(-1)).toBe(0);
    now += 1_000;
    expect(rates.list().at(-1)).toBe(7);
    now += 58_000;
    expect(rates.list()[1]).toBe(7);
    now += 2_000;
    expect(rates.list().some((it) => it > 0)).toBe(false);
    rates.add(1);
    now += 600_000;
    expect(rates.list().some((it) => it > 0)).toBe(false);
  });
});
