import {
  type CanActivate,
  type ExecutionContext,
  Injectable,
  Module,
  type NestInterceptor,
  UnauthorizedException,
} from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { map } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DashboardAccess } from '../../lib/dashboard/index.js';
import { CounterService, FastCounterModule, getFastCounterToken } from '../../lib/index.js';
import { type Host, type Platform, startHost } from './host.js';

@Injectable()
class Keys {
  readonly known = new Map<string, string>([
    ['k-ann', 'ann'],
    ['k-bob', 'bob'],
    ['k-out', 'out'],
    ['k-odd', 'odd'],
  ]);
}

@Module({ providers: [Keys], exports: [Keys] })
class KeysModule {}

interface Asked {
  headers: Record<string, string | undefined>;
  user?: string;
}

const requestOf = (context: ExecutionContext): Asked => context.switchToHttp().getRequest<Asked>();

/** Injects something, as guards of applications do. */
@Injectable()
class KeyGuard implements CanActivate {
  constructor(private readonly keys: Keys) {}

  canActivate(context: ExecutionContext): boolean {
    const request = requestOf(context);
    request.user = this.keys.known.get(request.headers['x-key'] ?? '');
    if (request.user === undefined) throw new UnauthorizedException();
    return true;
  }
}

const ACCESS: Record<string, unknown> = {
  ann: 'operate',
  bob: 'read',
  out: 'forbidden',
  odd: true,
};

/** Wraps all answers, as interceptors of applications do. */
const wrapping: NestInterceptor = {
  intercept: (_, next) => next.handle().pipe(map((data: unknown) => ({ data }))),
};

const FILES = ['/', '/app.js', '/app.css', '/icon.svg', '/api/overview', '/api/counters'];
const POSTED = {
  'Content-Type': 'application/json',
  'X-FastCounter-Dashboard': '1',
  'Sec-Fetch-Site': 'same-origin',
};

describe.each<Platform>(['Express', 'Fastify'])('the dashboard on %s', (platform) => {
  let host: Host;
  let base: string;
  let operated: unknown;

  beforeAll(async () => {
    host = await startHost({
      platform,
      dashboards: [
        {
          path: 'ops/counters',
          guard: KeyGuard,
          imports: [KeysModule],
          access: (context) => ACCESS[requestOf(context).user ?? ''] as DashboardAccess,
          readOnly: false,
          by: (context) => requestOf(context).user,
        },
        { path: 'billing', guard: 'none', name: 'billing' },
        {
          ...({ path: 'public', guard: 'none', publicPath: '/shop/numbers/' } as const),
          quotas: [{ name: 'api', limit: 1 }],
        },
        { path: 'guarded', guard: KeyGuard, imports: [KeysModule] },
      ],
      imports: [FastCounterModule.forRoot({ name: 'billing', namespace: `billing-${platform}` })],
      configure: (app) => {
        app.setGlobalPrefix('v2');
        app.enableVersioning();
        app.useGlobalInterceptors(wrapping);
      },
    });
    base = `${host.url}/v2/ops/counters`;
    host.events.on('changed', (event) => (operated = event));
  });
  afterAll(() => (host as Host | undefined)?.app.close());

  const get = (path: string, key?: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${base}${path}`, { redirect: 'manual', headers: key ? { 'x-key': key } : {}, ...init });
  const post = (path: string, key: string, body: object, headers = {}): Promise<Response> =>
    fetch(`${base}${path}`, {
      method: 'POST',
      headers: { 'x-key': key, ...POSTED, ...headers },
      body: JSON.stringify(body),
    });

  it.each(FILES)(
    'gives %s to nobody whom the guard stops, or to whom access is forbidden',
    async (path) => {
      expect((await get(path)).status).toBe(401);
      expect((await get(path, 'k-out')).status).toBe(403);
      expect((await get(path, 'k-odd')).status).toBe(403);
      const given = await get(path, 'k-bob');
      expect(given.status).toBe(200);
      expect(given.headers.get('cache-control')).toBe('no-store');
      expect(given.headers.get('set-cookie')).toBeNull();
      expect(given.headers.get('x-content-type-options')).toBe('nosniff');
      const policy = given.headers.get('content-security-policy') ?? '';
      expect(policy).toContain(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'",
      );
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
    },
  );

  it('has no script, style or address of elsewhere in its document', async () => {
    const html = await (await get('/', 'k-ann')).text();
    expect(html).toContain('<title>');
    expect(html).not.toMatch(/<style|style=|<script>|\son\w+=|https?:|(src|href)="\//);
  });

  it('leads from the address without a slash to the one with, relative to it', async () => {
    const { status, headers } = await get('', 'k-ann');
    expect([status, headers.get('location')]).toEqual([302, './counters/']);
    const behind = await fetch(`${host.url}/v2/public`, { redirect: 'manual' });
    expect(behind.headers.get('location')).toBe('/shop/numbers/');
  });

  it('knows no other address, and no method of another', async () => {
    expect((await get('/api/nothing', 'k-ann')).status).toBe(404);
    expect((await get('/elsewhere', 'k-ann')).status).toBe(404);
    expect((await get('/api/replay', 'k-ann')).status).toBe(404);
    expect((await post('/api/overview', 'k-ann', {})).status).toBe(404);
  });

  it('tells who may operate, and that nobody may where it is read-only', async () => {
    const access = async (url: string, key: string): Promise<unknown> => {
      const answer = await fetch(`${url}/api/overview`, { headers: { 'x-key': key } });
      return ((await answer.json()) as { access: unknown }).access;
    };
    expect(await access(base, 'k-ann')).toBe('operate');
    expect(await access(base, 'k-bob')).toBe('read');
    expect(await access(`${host.url}/v2/guarded`, 'k-ann')).toBe('read');
  });

  it('shows the counters of the module with the name that is given', async () => {
    const billing = host.app.get<CounterService>(getFastCounterToken(CounterService, 'billing'));
    await billing.incr('invoices', 3);
    const answer = await fetch(`${host.url}/v2/billing/api/counter?name=invoices`);
    expect(await answer.json()).toMatchObject({ total: '3' });
    const other = await get('/api/counter?name=invoices', 'k-ann');
    expect(await other.json()).toMatchObject({ total: '0' });
  });

  it('shows the quotas of its own options', async () => {
    const read = async (path: string): Promise<unknown> => (await fetch(path)).json();
    const headers = { 'x-key': 'k-ann' };
    const own = await fetch(`${base}/api/quotas`, { headers });
    expect(await own.json()).toEqual({ quotas: [] });
    const quotas = [
      { name: 'api', groupBy: [], rows: [{ dimensions: {}, used: '0', limit: '1', over: '0' }] },
    ];
    expect(await read(`${host.url}/v2/public/api/quotas`)).toEqual({ quotas });
    expect(await read(`${host.url}/v2/public/api/overview`)).toMatchObject({ quotas: 1 });
  });

  it('reads the status once a second, however many ask', async () => {
    await sleep(1_001);
    let reads = 0;
    const { counters } = host;
    const status = counters.status.bind(counters);
    counters.status = () => {
      reads++;
      return status();
    };
    try {
      for (let tab = 0; tab < 3; tab++) {
        const asked = Array.from({ length: 10 }, () => get('/api/overview', 'k-bob'));
        expect((await Promise.all(asked)).every(({ ok }) => ok)).toBe(true);
      }
      expect(reads).toBeLessThanOrEqual(2);
    } finally {
      counters.status = status;
    }
  });

  it.each([
    ['a body that is no JSON', { 'Content-Type': 'text/plain' }, 415],
    ['no header of its own', { 'X-FastCounter-Dashboard': '' }, 403],
    ['another site', { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['another page of the site', { 'Sec-Fetch-Site': 'same-site' }, 403],
    ['a browser that does not say from where', { 'Sec-Fetch-Site': '' }, 403],
  ])('refuses to write from %s', async (_, headers, status) => {
    const refused = await post(
      '/api/discard',
      'k-ann',
      { id: '0/x', names: ['a'], dryRun: true },
      headers,
    );
    expect(refused.status).toBe(status);
    expect(operated).toBeUndefined();
  });

  it('refuses to write for who may only read', async () => {
    const asked = { id: '0/x', names: ['a'], dryRun: true };
    const refused = await post('/api/discard', 'k-bob', asked);
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ error: { code: 'READ_ONLY' } });
    const open = await fetch(`${host.url}/v2/public/api/discard`, {
      ...{ method: 'POST', headers: POSTED, body: JSON.stringify(asked) },
    });
    expect(open.status).toBe(403);
    // who may, is told that there is no such parcel
    expect((await post('/api/discard', 'k-ann', asked)).status).toBe(400);
  });

  it('answers what is wrong with a query', async () => {
    for (const path of [
      '/api/series?name=a',
      '/api/top?window=year',
      '/api/counters?order=size',
      '/api/counter',
    ]) {
      const answer = await get(path, 'k-ann');
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ error: { code: 'INVALID_ARGUMENT' } });
    }
  });
});
