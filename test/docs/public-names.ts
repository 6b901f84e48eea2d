import { join, sep } from 'node:path';
import ts from 'typescript';
import { entries } from '../../scripts/entries.mjs';
import { root } from './markdown.js';

const types = join(root, 'dist', 'types');
const declarations = Object.values(entries).map((file) =>
  join(types, file.replace(/\.js$/, '.d.ts')),
);
const program = ts.createProgram(declarations, {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  skipLibCheck: true,
  types: [],
});

export const checker = program.getTypeChecker();

/** What a name stands for, where it was imported or is exported again. */
export const resolved = (symbol: ts.Symbol): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

/** What the built package exports, by itself and among its ports. */
export function publicNames(): Set<ts.Symbol> {
  return new Set(declarations.flatMap((entry) => [...exportsOf(moduleOf(entry))]));
}

function moduleOf(entry: string): ts.Symbol {
  const source = program.getSourceFile(entry);
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${entry} was not built`);
  return module;
}

function exportsOf(module: ts.Symbol): Set<ts.Symbol> {
  const found = new Set<ts.Symbol>();
  for (const each of checker.getExportsOfModule(module).map(resolved)) {
    if (each.flags & ts.SymbolFlags.ValueModule) for (const it of exportsOf(each)) found.add(it);
    else found.add(each);
  }
  return found;
}

/** Whether it is declared in the package, not in one that it depends on. */
export const isOurs = (symbol: ts.Symbol): boolean =>
  symbol.declarations?.some((it) =>
    it.getSourceFile().fileName.startsWith(join(root, 'dist').replaceAll(sep, '/')),
  ) ?? false;
