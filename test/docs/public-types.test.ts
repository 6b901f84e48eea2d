import { join, sep } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { root } from './markdown.js';

const entry = join(root, 'dist', 'index.d.ts');
const program = ts.createProgram([entry], {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  skipLibCheck: true,
  types: [],
});
const checker = program.getTypeChecker();

const resolved = (symbol: ts.Symbol): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

/** What a module exports, and what its namespaces do. */
function exported(module: ts.Symbol): Set<ts.Symbol> {
  const found = new Set<ts.Symbol>();
  for (const each of checker.getExportsOfModule(module).map(resolved)) {
    if (each.flags & ts.SymbolFlags.ValueModule) for (const it of exported(each)) found.add(it);
    else found.add(each);
  }
  return found;
}

const isOurs = (symbol: ts.Symbol): boolean =>
  symbol.declarations?.some((it) =>
    it.getSourceFile().fileName.startsWith(join(root, 'dist').replaceAll(sep, '/')),
  ) ?? false;

/** The types that a declaration names; who makes an object of a class is the module, so constructors do not count. */
function typesOf(declaration: ts.Declaration): Set<ts.Symbol> {
  const found = new Set<ts.Symbol>();
  const visit = (node: ts.Node): void => {
    if (ts.isConstructorDeclaration(node)) return;
    const name = ts.isTypeReferenceNode(node)
      ? node.typeName
      : ts.isExpressionWithTypeArguments(node)
        ? node.expression
        : undefined;
    const symbol = name && checker.getSymbolAtLocation(name);
    if (symbol !== undefined && !(symbol.flags & ts.SymbolFlags.TypeParameter)) {
      found.add(resolved(symbol));
    }
    ts.forEachChild(node, visit);
  };
  visit(declaration);
  return found;
}

test('every type that a public declaration names is public, or among the ports', () => {
  const source = program.getSourceFile(entry);
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${entry} was not built`);
  const all = exported(module);
  expect(all.size).toBeGreaterThan(80);
  const missing = [...all].flatMap((symbol) =>
    (symbol.declarations ?? [])
      .flatMap((declaration) => [...typesOf(declaration)])
      .filter((type) => isOurs(type) && !all.has(type))
      .map((type) => `${symbol.name} names ${type.name}`),
  );
  expect([...new Set(missing)]).toEqual([]);
});
