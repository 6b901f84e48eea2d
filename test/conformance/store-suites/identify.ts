import { describe, expect, test } from 'vitest';
import { batch, newNamespace, type StoreSubject } from '../counter-store.conformance.js';

const DAY = 86_400_000;

export function identifying({ open, embedded, age }: StoreSubject): void {
  test('identify() answers the same of every store on the database', async () => {
    const identity = await open().identify();
    expect(identity?.identity).toMatch(/./);
    expect(identity?.place).toMatch(/./);
    expect(await open().identify()).toEqual(identity);
    expect(await embedded(newNamespace(), 'a').store.identify()).toEqual(identity);
  });

  describe('persistedAt()', () => {
    test('is unknown where nothing was persisted, and then the time of the last batch', async () => {
      const namespace = newNamespace();
      const store = open(namespace);
      expect(await store.persistedAt()).toBeUndefined();
      await store.apply(0, batch(1, { a: 1 }));
      await store.apply(3, batch(1, { b: 1 }));
      const first = await store.persistedAt();
      expect(Math.abs(Date.now() - Number(first))).toBeLessThan(DAY / 2);
      await age(namespace, DAY);
      const aged = await store.persistedAt();
      expect(Number(first) - Number(aged)).toBeGreaterThan(DAY / 2);
      await store.apply(3, batch(2, { b: 1 }));
      expect(Number(await store.persistedAt())).toBeGreaterThanOrEqual(Number(first));
    });

    test('is that of the own ledger', async () => {
      const namespace = newNamespace();
      const { store } = embedded(namespace, 'a');
      await open(namespace).apply(0, batch(1, { a: 1 }));
      expect(await store.persistedAt()).toBeUndefined();
    });
  });
}
