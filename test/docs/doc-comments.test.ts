import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { checker, isOurs, publicNames } from './public-names.js';

interface Member {
  owner: ts.Symbol;
  /** `Class.method`. */
  name: string;
  symbol: ts.Symbol;
}

const names = [...publicNames()].filter(isOurs).sort((a, b) => (a.name < b.name ? -1 : 1));
const members = names.flatMap(membersOf);

/** The fields and methods that a user of an exported class or interface sees, static ones too. */
function membersOf(owner: ts.Symbol): Member[] {
  const { Property, Method, Accessor, Prototype } = ts.SymbolFlags;
  return [...(owner.members?.values() ?? []), ...(owner.exports?.values() ?? [])]
    .filter(({ flags }) => flags & (Property | Method | Accessor) && !(flags & Prototype))
    .filter((symbol) => !isHidden(symbol))
    .map((symbol) => ({ owner, name: `${owner.name}.${symbol.name}`, symbol }));
}

function isHidden(symbol: ts.Symbol): boolean {
  const { Private, Protected } = ts.ModifierFlags;
  const isPrivate = (symbol.declarations ?? []).some(
    (it) => ts.getCombinedModifierFlags(it) & (Private | Protected),
  );
  return isPrivate || tagOf(symbol, 'internal') !== undefined;
}

function textOf(symbol: ts.Symbol): string {
  return ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim();
}

function tagOf(symbol: ts.Symbol, name: string): string | undefined {
  const tag = symbol.getJsDocTags(checker).find((it) => it.name === name);
  return tag && ts.displayPartsToString(tag.text);
}

/** Options of `forRoot()` and of methods: what an application may leave out. */
const options = members.filter(
  ({ owner, symbol }) =>
    /Options$|^(Redis\w+|DurableClaims|NewCounterLimit|QuotaRule|CounterIncrement)$/.test(
      owner.name,
    ) && symbol.flags & ts.SymbolFlags.Optional,
);

/** What a number may be a number of. */
const UNIT =
  /milliseconds|seconds|counters|queues|replicas|points|corrections|events|dimensions|port|database|version|how much|total|limit/i;

const isNumber = ({ symbol }: Member): boolean =>
  (symbol.declarations ?? []).some((it) => /\bnumber\b/.test(it.getText()));

describe('a doc comment', () => {
  it('is there for every exported name', () => {
    expect(names.length).toBeGreaterThan(100);
    expect(names.filter((it) => textOf(it) === '').map((it) => it.name)).toEqual([]);
  });

  it('is there for every field and method of them', () => {
    expect(members.length).toBeGreaterThan(300);
    const without = members.filter(({ symbol }) => textOf(symbol) === '');
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  it('of an option says what holds where it is left out', () => {
    expect(options.length).toBeGreaterThan(70);
    const without = options.filter(({ symbol }) => (tagOf(symbol, 'default') ?? '') === '');
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  it('of an option that is a number says what it is a number of', () => {
    const numbers = options.filter(isNumber);
    expect(numbers.length).toBeGreaterThan(20);
    const without = numbers.filter(({ symbol }) => !UNIT.test(textOf(symbol)));
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  it('of a method that counts, meters, flushes or handles parked counts has an example', () => {
    const methods = members.filter(
      ({ owner, symbol }) =>
        [
          'CounterService',
          'CounterChanges',
          'CounterReads',
          'NamedCounter',
          'MeteringService',
        ].includes(owner.name) && symbol.flags & ts.SymbolFlags.Method,
    );
    expect(methods.length).toBeGreaterThan(15);
    const without = methods.filter(({ symbol }) => tagOf(symbol, 'example') === undefined);
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  it('has no tag that an editor does not know, such as a decorator at the start of a line', () => {
    const known = ['publicApi', 'default', 'throws', 'example', 'param', 'internal'];
    const all = [...names, ...members.map(({ symbol }) => symbol)];
    const others = all.flatMap((symbol) =>
      (symbol.declarations ?? [])
        .flatMap((declaration) => ts.getJSDocTags(declaration))
        .filter(({ tagName }) => !known.includes(tagName.text))
        .map(({ tagName }) => `${symbol.name}: @${tagName.text}`),
    );
    expect(others).toEqual([]);
  });
});
