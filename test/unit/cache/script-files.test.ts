import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { partitionKeys } from '../../../lib/cache/redis/protocol/partition-keys.js';
import { SCRIPT_TEXTS } from '../../../lib/cache/redis/scripts/script-texts.js';
import { loadScripts } from '../../../lib/cache/redis/scripts/scripts.js';

const files = Object.entries(SCRIPT_TEXTS);
const includes = files.filter(([name]) => name.startsWith('_'));
const scripts = files.filter(([name]) => !name.startsWith('_'));

/** The comment that a file begins with. */
const headOf = (text: string): string => /^(--.*\n)*/.exec(text)?.[0] ?? '';

const withoutComments = (text: string): string => text.replace(/--.*$/gm, '');

describe('the Lua files', () => {
  test.each(scripts)('%s.lua begins with its KEYS, its ARGV and its answer', (_, text) => {
    const head = headOf(text);
    for (const part of ['KEYS', 'ARGV', 'Answer']) {
      expect(head).toMatch(new RegExp(`^-- ${part}:`, 'm'));
    }
  });

  test.each(scripts)('%s.lua gives each argument a name before it uses it', (_, text) => {
    const bare = withoutComments(text)
      .split('\n')
      .filter((line) => /ARGV\[\d+\]/.test(line) && !/^local \w+ = ARGV\[\d+\]$/.test(line));
    expect(bare).toEqual([]);
  });

  test.each(includes)('%s.lua has nothing but functions and constants', (_, text) => {
    const code = withoutComments(text);
    // what runs stands in functions: only the keys of the partition are taken at once
    const others = code.split('\n').filter((line) => !/^( |local |end$|\}$|$)/.test(line));
    expect(others).toEqual([]);
    const calls = code.split('\n').filter((line) => /^local (?!function).*\(/.test(line));
    expect(calls).toEqual([]);
  });

  test('lists of any length are only unpacked by what knows the limit of `unpack`', () => {
    const lists = files.flatMap(([name, text]) =>
      [
        ...withoutComments(text).matchAll(
          /\bunpack\((?!ARGV|KEYS|fewFields|redis\.call\(|position|'|match\))/g,
        ),
      ]
        .filter(({ input, index }) => !/(cmsgpack|struct)\.$/.test(input.slice(0, index)))
        .map(() => name),
    );
    expect(new Set(lists)).toEqual(new Set(['_many', '_many-deleted', '_due']));
  });

  test('each has a name of its own, whatever its folder is', async () => {
    const directory = new URL('../../../lib/cache/redis/scripts', import.meta.url);
    const names = (await readdir(directory, { recursive: true }))
      .filter((file) => file.endsWith('.lua'))
      .map((file) => basename(file, '.lua'));
    expect(names.sort()).toEqual(Object.keys(SCRIPT_TEXTS).sort());
  });

  test('each is part of a script, and each script is made of what is there', () => {
    const sources = Object.values(loadScripts()).map(({ source }) => source);
    const unused = files.filter(([, text]) => !sources.some((source) => source.includes(text)));
    expect(unused.map(([name]) => name)).toEqual([]);
  });

  test('take the keys of a partition in the order in which they are handed over', () => {
    const [, taken = ''] =
      /^local (.*) =\n {2}unpack\(KEYS\)$/m.exec(SCRIPT_TEXTS._partition ?? '') ?? [];
    const names = partitionKeys('namespace', 0).map((key) =>
      key.replace(/^.*::/, '').replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
    );
    expect(taken.split(', ')).toEqual(names);
  });
});
