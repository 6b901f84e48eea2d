import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { root } from './markdown.js';

export interface Declaration {
  name: string;
  /** As it is written, without the `undefined` that is in each optional one; undefined for a method. */
  type?: string;
  /** The text of `@default`. */
  default?: string;
}

function parse(path: string): ts.SourceFile {
  const text = readFileSync(join(root, path), 'utf8');
  return ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
}

function declared(path: string, name: string): ts.Statement {
  const found = parse(path).statements.find(
    (statement) =>
      (ts.isInterfaceDeclaration(statement) ||
        ts.isClassDeclaration(statement) ||
        ts.isTypeAliasDeclaration(statement)) &&
      statement.name?.text === name,
  );
  if (found === undefined) throw new Error(`${path} does not declare ${name}`);
  return found;
}

/** The members of an interface. */
export function members(path: string, name: string): Declaration[] {
  const found = declared(path, name);
  if (!ts.isInterfaceDeclaration(found)) throw new Error(`${name} is not an interface`);
  return found.members.filter(ts.isPropertySignature).map((member) => {
    const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === 'default');
    return {
      name: member.name.getText(),
      type: written(member.type),
      default: ts.getTextOfJSDocComment(tag?.comment),
    };
  });
}

function written(type?: ts.TypeNode): string | undefined {
  const text = type?.getText().replace(/\s*\| undefined$/, '');
  // brackets around a function, which has to stand before the undefined
  return text?.replace(/^\(((?:[^()]|\([^()]*\))*)\)$/s, '$1');
}

/** The names of a class's public methods. */
export function publicMethods(path: string, name: string): string[] {
  const found = declared(path, name);
  if (!ts.isClassDeclaration(found)) throw new Error(`${name} is not a class`);
  const methods = found.members
    .filter(ts.isMethodDeclaration)
    .filter((method) => !ts.canHaveModifiers(method) || !isHidden(ts.getModifiers(method)));
  return [...new Set(methods.map((method) => method.name.getText()))];
}

const isHidden = (modifiers: readonly ts.Modifier[] = []): boolean =>
  modifiers.some(
    ({ kind }) => kind === ts.SyntaxKind.PrivateKeyword || kind === ts.SyntaxKind.ProtectedKeyword,
  );

/** The names in the one-tuple payload `[{ … }]` of each member of an event map. */
export function payloads(path: string, name: string): { event: string; fields: string[] }[] {
  return members(path, name).map(({ name: event, type = '' }) => ({
    event,
    fields: Array.from(type.matchAll(/(\w+)\??:/g), ({ 1: field = '' }) => field),
  }));
}

/** The strings of a union. */
export function literals(path: string, name: string): string[] {
  const found = declared(path, name);
  if (!ts.isTypeAliasDeclaration(found) || !ts.isUnionTypeNode(found.type)) {
    throw new Error(`${name} is not a union`);
  }
  return found.type.types.map((type) => type.getText().replaceAll("'", ''));
}
