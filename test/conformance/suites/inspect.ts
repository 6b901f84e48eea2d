import { expect, test } from 'vitest';
import type { Subject } from '../counter-cache.conformance.js';

export function inspecting({ open }: Subject): void {
  test('inspect finds nothing that forbids to count here', async () => {
    const kinds = (await open().inspect()).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind !== 'warning')).toEqual([]);
  });
}
