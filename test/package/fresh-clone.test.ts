import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../docs/markdown.js';

/** The modules that a script imports when it is read, and what these import. */
function importedBy(file: string, known = new Set<string>()): Set<string> {
  const text = readFileSync(file, 'utf8');
  for (const [, module = ''] of text.matchAll(/^(?:import|export) [^;]*? from '([^']+)'/gm)) {
    if (!module.startsWith('.')) known.add(module);
    else if (!known.has(module)) importedBy(join(file, '..', module), known.add(module));
  }
  return known;
}

describe('in a fresh clone, without any package', () => {
  it.each(['start', 'test'])('the script of `npm %s` can be read', (script) => {
    const imported = [...importedBy(join(root, `scripts/${script}.mjs`))];
    expect(imported.length).toBeGreaterThan(5);
    expect(imported.filter((module) => !/^(node:|\.)/.test(module))).toEqual([]);
  });
});
