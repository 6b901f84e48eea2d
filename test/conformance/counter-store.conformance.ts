import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Batch } from '../../lib/cache/counter-cache.js';
import type { CounterStore, OwnLedger } from '../../lib/database/counter-store.js';
import { type Namespaces, namespacesOf } from '../../lib/database/namespaces.js';
import { applying } from './store-suites/apply.js';
import { besideOthers } from './store-suites/beside-others.js';
import { buckets } from './store-suites/buckets.js';
import { corrections } from './store-suites/corrections.js';
import { imports } from './store-suites/imports.js';
import { closedRows } from './store-suites/closed-rows.js';
import { closing } from './store-suites/closings.js';
import { embeddedLedgers } from './store-suites/embedded-ledgers.js';
import { expected } from './store-suites/expected.js';
import { families } from './store-suites/families.js';
import { expiring } from './store-suites/expire.js';
import { identifying } from './store-suites/identify.js';
import { inspecting } from './store-suites/inspect.js';
import { aggregating } from './store-suites/aggregate.js';
import { listing } from './store-suites/list.js';
import { notes } from './store-suites/notes.js';
import { reading } from './store-suites/read.js';
import { readingParts } from './store-suites/parts.js';
import { findingNames } from './store-suites/names.js';
import { topping } from './store-suites/top.js';
import { seeding } from './store-suites/seed.js';

/** One database, in this process or on a server. */
export interface StoreBackend {
  /** A store on its tables, which are there. It keeps nothing that a test would have to close. */
  open(namespaces: Namespaces): CounterStore;
  /** Somebody changes a row by hand, or makes it. */
  put(namespace: string, name: string, value: bigint): Promise<void>;
  /** Ledger rows and notes of this name are as if written so many milliseconds ago; below 0 by a clock that was ahead. */
  age(ledger: string, milliseconds: number): Promise<void>;
  stop(): Promise<void>;
}

export interface StoreDriver {
  name: string;
  start: () => Promise<StoreBackend>;
}

export interface EmbeddedStore {
  store: CounterStore;
  ownLedger: OwnLedger;
  /** The name of its ledger. */
  ledger: string;
}

/** What a suite has at hand. Each test has a namespace of its own, or several. */
export interface StoreSubject {
  /** A store in a namespace, by default a new one. */
  open: (namespace?: string) => CounterStore;
  /** The store of an embedded process. */
  embedded: (namespace: string, id: string) => EmbeddedStore;
  put: StoreBackend['put'];
  age: StoreBackend['age'];
}

const suites = [
  applying,
  expected,
  buckets,
  seeding,
  besideOthers,
  reading,
  listing,
  aggregating,
  topping,
  readingParts,
  closing,
  closedRows,
  families,
  corrections,
  imports,
  findingNames,
  expiring,
  notes,
  embeddedLedgers,
  identifying,
  inspecting,
];

/** Everything that the `CounterStore` port promises, on one database. */
export function counterStoreConformance({ name, start }: StoreDriver): void {
  describe(`the counter store ${name}`, () => {
    let backend: StoreBackend;

    beforeAll(async () => {
      backend = await start();
    });
    afterAll(() => backend.stop());

    const subject: StoreSubject = {
      open: (namespace = newNamespace()) => backend.open(namespacesOf(namespace)),
      embedded: (namespace, id) => {
        const namespaces = namespacesOf(namespace, id);
        const store = backend.open(namespaces);
        const { ownLedger } = store;
        if (ownLedger === undefined) throw new Error('An embedded process has a ledger of its own');
        return { store, ownLedger, ledger: namespaces.ledger };
      },
      put: (namespace, counter, value) => backend.put(namespace, counter, value),
      age: (ledger, milliseconds) => backend.age(ledger, milliseconds),
    };
    for (const suite of suites) suite(subject);
  });
}

export const newNamespace = (): string => `conformance-${randomUUID()}`;

/** A batch as the cache hands it out. */
export function batch(
  seq: number,
  deltas: Readonly<Record<string, number | bigint>>,
  remove: readonly string[] = [],
): Batch {
  const entries = Object.entries(deltas).map(([counter, delta]) => ({
    name: counter,
    delta: String(delta),
    remove: remove.includes(counter),
  }));
  return { seq, nonce: randomUUID(), entries };
}

/** As a store answers them. */
export const values = (record: Readonly<Record<string, number | bigint>>): Map<string, string> =>
  new Map(Object.entries(record).map(([counter, value]) => [counter, String(value)]));

/** All counters of a store and their values, in the order of their names. */
export async function counters(store: CounterStore): Promise<Record<string, bigint>> {
  const rows = await store.list({ order: 'name', direction: 'asc', limit: 10_000 });
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

/** Expects where the ledger of a partition stands. */
export async function expectLedger(
  store: CounterStore,
  seq: number,
  nonce: string,
  partition = 0,
): Promise<void> {
  expect((await store.read([], [partition])).ledgers).toEqual(new Map([[partition, seq]]));
  let found: unknown;
  await store.seed(partition, (ledger) => {
    found = ledger;
    return Promise.resolve(undefined);
  });
  expect(found).toEqual({ seq, nonce });
}
