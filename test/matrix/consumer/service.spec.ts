import 'reflect-metadata';
import assert from 'node:assert/strict';
import { Test } from '@nestjs/testing';
import { CounterService } from 'nestjs-fastcounter';
import { Articles } from './application.js';

declare const test: (name: string, run: () => Promise<void>, timeout: number) => void;

async function unit(): Promise<void> {
  const calls: string[] = [];
  const counters = { incr: (name: string) => void calls.push(name), getCount: () => 5 };
  const module = await Test.createTestingModule({
    providers: [Articles, { provide: CounterService, useValue: counters }],
  }).compile();
  const articles = module.get(Articles);
  await articles.view('a');
  assert.equal(await articles.views('a'), 5);
  assert.deepEqual(calls, ['articles:a:views']);
}

test('a service with counters is tested by itself, without a server', unit, 120_000);
