import { Logger } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { reasonOf } from '../../words/quote.js';
import { refusalOf } from './refusal.js';

/** What a browser may do with answers: nothing but show this page, and nothing keeps them. */
const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'X-Robots-Tag': 'noindex',
};

const JSON_TYPE = 'application/json; charset=utf-8';

/** Answers requests by itself: interceptors and filters of the application change nothing of it. On Express and Fastify alike. */
export class Replies {
  private readonly logger = new Logger('FastCounterDashboard');

  constructor(private readonly host: HttpAdapterHost) {}

  text(response: unknown, type: string, body: string, status = 200): void {
    this.send(response, { 'Content-Type': type }, body, status);
  }

  redirect(response: unknown, location: string): void {
    this.send(response, { Location: location, 'Content-Type': 'text/plain' }, '', 302);
  }

  /** Answers a file that the browser saves. */
  async file(response: unknown, name: string, read: () => Promise<string>): Promise<void> {
    await this.replying(response, async () => {
      const headers = {
        'Content-Type': JSON_TYPE,
        'Content-Disposition': `attachment; filename="${name}"`,
      };
      this.send(response, headers, await read(), 200);
    });
  }

  /** Answers what is read, or why it was not. */
  async json(response: unknown, read: () => Promise<unknown>): Promise<void> {
    await this.replying(response, async () => {
      this.text(response, JSON_TYPE, asJson(await read()));
    });
  }

  private async replying(response: unknown, reply: () => Promise<void>): Promise<void> {
    try {
      await reply();
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) this.logger.error(reasonOf(error));
      const {
        status = 500,
        code = 'UNEXPECTED',
        message = 'This failed, and the log says why',
      } = refusal ?? {};
      this.text(response, JSON_TYPE, asJson({ error: { code, message } }), status);
    }
  }

  private send(
    response: unknown,
    headers: Readonly<Record<string, string>>,
    body: string,
    status: number,
  ): void {
    const { httpAdapter } = this.host;
    for (const [name, value] of Object.entries({ ...HEADERS, ...headers })) {
      httpAdapter.setHeader(response, name, value);
    }
    httpAdapter.reply(response, body, status);
  }
}

/** Counts as text: what is beyond 2^53 stays exact. */
const asJson = (value: unknown): string =>
  JSON.stringify(value, (_, it: unknown) => (typeof it === 'bigint' ? String(it) : it));
