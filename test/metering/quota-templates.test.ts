import {
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  Param,
  Post,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { describe, expect, test } from 'vitest';
import { InvalidOptionsError, Quota, type QuotaRule } from '../../lib/index.js';
import { ADAPTERS, serve } from './quota-application.js';

/** Milliseconds: a machine that is busy must not be taken for servers that are away. */
const PATIENT = 30_000;
const rule = { timeout: PATIENT, limit: 2 };

@Injectable()
class Login implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<{ user?: object }>();
    request.user = { id: 7 };
    return true;
  }
}

/** New ones: what a placeholder lacks is told once for each rule. */
function routes(): Type {
  @Controller()
  @Quota({ ...rule, name: 'places', limit: 100, dimensions: { at: '{class}.{method}' } })
  class Routes {
    @Get('ip')
    @Quota({ ...rule, name: 'ip', dimensions: { ip: '{request.ip}' } })
    ofIp(): string {
      return 'ok';
    }

    @Get('of/:tenant')
    @Quota({
      ...rule,
      name: 'mixed',
      dimensions: {
        who: '{request.params.tenant}-{request.headers.x-user}',
        plan: 'free',
        braces: '{{x}}',
      },
    })
    mixed(@Param('tenant') tenant: string): string {
      return tenant;
    }

    @Post('login')
    @Quota({ ...rule, name: 'login', dimensions: { account: '{request.body.email}' } })
    login(@Body() body: unknown): unknown {
      return body;
    }

    @Get('user')
    @UseGuards(Login)
    @Quota({ ...rule, name: 'user', dimensions: { user: '{request.user.id}' } })
    ofUser(): string {
      return 'ok';
    }

    @Get('too-early')
    @Quota({ ...rule, name: 'early', dimensions: { user: '{request.user.id}' } })
    @UseGuards(Login)
    tooEarly(): string {
      return 'ok';
    }
  }
  return Routes;
}

describe.each(ADAPTERS)('a template of a dimension on %s', (_, adapter) => {
  test('is filled in from the request, the class and the method', async () => {
    const { metering, call } = await serve(adapter(), [routes()]);
    const statuses: number[] = [];
    for (let made = 0; made < 3; made++) statuses.push((await call('ip')).status);
    expect(statuses).toEqual([200, 200, 429]);
    const ips = await Promise.all(
      ['127.0.0.1', '::1', '::ffff:127.0.0.1'].map((ip) => metering.total('ip', { ip })),
    );
    expect(ips.toSorted()).toEqual([0, 0, 2]);
    const of = (user: string) => call('of/acme', { 'x-user': user });
    const users = [await of('ann'), await of('ann'), await of('ann'), await of('bob')];
    expect(users.map(({ status }) => status)).toEqual([200, 200, 429, 200]);
    const ann = { who: 'acme-ann', plan: 'free', braces: '{x}' };
    expect(await metering.total('mixed', ann)).toBe(2);
    expect(await metering.total('places', { at: 'Routes.ofIp' })).toBe(2);
    expect(await metering.total('places', { at: 'Routes.mixed' })).toBe(3);
  });

  test('without a value answers 400, and the log names the placeholder once', async () => {
    const { metering, call, logged, warned } = await serve(adapter(), [routes()]);
    for (let made = 0; made < 2; made++) {
      const answered = await call('of/acme');
      expect(answered.status).toBe(400);
      expect(await answered.json()).toMatchObject({ message: 'The quota key is missing' });
    }
    const lines = warned.filter((line) => line.includes('@Quota()'));
    expect(lines).toEqual([
      expect.stringMatching(
        /@Quota\(\) of "mixed".+400: \{request\.headers\.x-user\} has no value/,
      ),
    ]);
    expect(logged).toEqual([]);
    expect(await metering.total('places', { at: 'Routes.mixed' })).toBe(0);
  });
});

test('a template finds what a guard has made, if that guard comes first', async () => {
  const { metering, call, warned } = await serve(new ExpressAdapter(), [routes()]);
  expect((await call('user')).status).toBe(400);
  expect((await call('too-early')).status).toBe(200);
  expect(await metering.total('early', { user: 7 })).toBe(1);
  expect(warned.filter((line) => line.includes('made by a guard that comes later'))).toHaveLength(
    1,
  );
});

test('a value of the body that is no text answers 400, and is not in the log', async () => {
  const { app, call, warned } = await serve(new ExpressAdapter(), [routes()]);
  const url = (await app.getUrl()).replace('[::1]', 'localhost');
  const login = async (body: object) => {
    const headers = { 'content-type': 'application/json' };
    const options = { method: 'POST', headers, body: JSON.stringify(body) };
    const answered = await fetch(`${url}/login`, options);
    return [answered.status, ((await answered.json()) as { message?: string }).message];
  };
  expect(await login({ email: { secret: 'x' } })).toEqual([400, 'The quota key is not valid']);
  expect(await login({ email: ['a', 'secret'] })).toEqual([400, 'The quota key is not valid']);
  expect(await login({ email: 'x'.repeat(300) })).toEqual([400, 'The quota key is not valid']);
  expect(await login({})).toEqual([400, 'The quota key is missing']);
  expect((await login({ email: 'a@example.com' }))[0]).toBe(201);
  const lines = warned.filter((line) => line.includes('@Quota()'));
  expect(lines).toEqual([expect.stringContaining('{request.body.email} has a value that no name')]);
  expect(warned.join()).not.toContain('secret');
  expect((await call('ip')).status).toBe(200);
});

test.each<[Partial<QuotaRule>, string]>([
  [{ dimensions: { a: '{request' } }, 'Dimension "a" of @Quota() (given: "{request") has "{"'],
  [{ dimensions: { a: '{ip}' } }, 'has "{ip}": a placeholder must be {root} or {root.property}'],
  [{ dimensions: { a: '{args.0}' } }, 'with one of these roots: request, class, method'],
  [{ dimensions: { a: '{request..ip}' } }, 'has "{request..ip}"'],
  [{ name: 'login:{request.ip}' }, 'name is no template: give what stands in "login:{request.ip}"'],
])('@Quota() with %o is refused when the class is defined', (given, message) => {
  const make = () => Quota({ name: 'a', limit: 1, ...given });
  expect(make).toThrow(InvalidOptionsError);
  expect(make).toThrow(message);
});

test('two quotas whose templates are constants of one counter are refused', () => {
  expect(() =>
    Quota([
      { name: 'a', limit: 1, dimensions: { plan: '{{x}}' } },
      { name: 'a', limit: 2, dimensions: { plan: '{{x}}' } },
    ])({ prototype: {} } as never),
  ).toThrow('Two quotas of a call count in "a"');
});
