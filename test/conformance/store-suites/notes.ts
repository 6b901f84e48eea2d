import { describe, expect, test } from 'vitest';
import type { ServerNotes } from '../../../lib/words/server-notes.js';
import { newNamespace, type StoreSubject } from '../counter-store.conformance.js';

const ONE = { identity: 'redis one', place: 'a "place", here', process: 'one' };
const TWO = { identity: 'redis two', place: 'elsewhere', process: 'two' };
const MINUTE = 60_000;

export function notes({ open, embedded, age }: StoreSubject): void {
  const notesOf = (namespace?: string): ServerNotes => {
    const { redisNotes } = open(namespace);
    if (redisNotes === undefined) throw new Error('A store of a process with Redis keeps notes');
    return redisNotes;
  };

  describe('notes', () => {
    test('are kept by stores of processes with Redis, which have no ledger of their own', () => {
      const namespace = newNamespace();
      expect(open(namespace).ownLedger).toBeUndefined();
      expect(embedded(namespace, 'a').store.redisNotes).toBeUndefined();
    });

    test('answer what was noted last, by whichever process, and how long ago', async () => {
      const namespace = newNamespace();
      const [mine, theirs] = [notesOf(namespace), notesOf(namespace)];
      expect(await mine.read()).toBeUndefined();
      expect(await mine.write(ONE)).toBeUndefined();
      expect(await theirs.read()).toMatchObject(ONE);
      expect(await theirs.write(TWO)).toMatchObject(ONE);
      await age(namespace, MINUTE);
      const noted = await mine.read();
      expect(noted).toMatchObject(TWO);
      expect(noted?.age).toBeGreaterThanOrEqual(MINUTE);
      expect(noted?.age).toBeLessThan(10 * MINUTE);
      expect(await notesOf().read()).toBeUndefined();
    });

    test('are outdated by the process that wrote them, and by no other', async () => {
      const kept = notesOf();
      await kept.write(ONE);
      await kept.outdate(TWO.process);
      expect((await kept.read())?.age).toBeLessThan(10 * MINUTE);
      await kept.outdate(ONE.process);
      const outdated = await kept.read();
      expect(outdated === undefined || outdated.age > 60 * MINUTE).toBe(true);
      await kept.write(ONE);
      expect((await kept.read())?.age).toBeLessThan(10 * MINUTE);
    });

    test('are no ledger: nothing is persisted by them, and no partition has them', async () => {
      const namespace = newNamespace();
      const store = open(namespace);
      await notesOf(namespace).write(ONE);
      expect(await store.persistedAt()).toBeUndefined();
      expect(await store.read([], [0])).toMatchObject({ ledgers: new Map([[0, 0]]) });
    });
  });
}
