import ts from 'typescript';
import { expect, test } from 'vitest';
import { checker, isOurs, publicNames, resolved } from './public-names.js';

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
  const all = publicNames();
  expect(all.size).toBeGreaterThan(80);
  const missing = [...all].flatMap((symbol) =>
    (symbol.declarations ?? [])
      .flatMap((declaration) => [...typesOf(declaration)])
      .filter((type) => isOurs(type) && !all.has(type))
      .map((type) => `${symbol.name} names ${type.name}`),
  );
  expect([...new Set(missing)]).toEqual([]);
});
