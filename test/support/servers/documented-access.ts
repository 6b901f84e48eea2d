import { readFileSync } from 'node:fs';

/**
 * What docs/security.md tells a user to grant, word for word: the tests run with these rights alone,
 * so a command or a table that the document does not name fails them.
 */
const document = readFileSync(new URL('../../../docs/security.md', import.meta.url), 'utf8');

export const counterUser = { username: 'fastcounter', password: 'choose-a-password' };
const ACL_LINE = new RegExp(`^ACL SETUSER ${counterUser.username} (.+)$`, 'gm');

/** The rules of the Redis user for counts and queues, for one namespace or, with `*`, for all. */
export function aclRules(namespace: string): string[] {
  const lines = Array.from(document.matchAll(ACL_LINE), ([, rules = '']) => rules);
  if (lines.length === 0) throw new Error('docs/security.md has no line "ACL SETUSER"');
  return lines.flatMap((rules) => rules.replaceAll('{default:', `{${namespace}:`).split(' '));
}

/** A database whose rights docs/security.md grants. */
export type Engine = 'postgres' | 'mariadb';

export const engineOf = (url: string): Engine => (/^postgres/.test(url) ? 'postgres' : 'mariadb');

/** The statements that make the role, and those that let it use the tables of a database. */
export function roleStatements(engine: Engine): { create: string; grants: string[] } {
  const kind = engine === 'postgres' ? 'ROLE' : 'USER';
  const begin = `CREATE ${kind} ${counterUser.username}`;
  const blocks = Array.from(document.matchAll(/^```sql\n(.*?)^```$/gms), ([, code = '']) => code);
  const statements = blocks
    .filter((code) => code.startsWith(begin))
    .map((code) => code.trim().split(/;\n?/));
  const [create, ...grants] = statements.flat().filter(Boolean);
  if (create === undefined || grants.length === 0) {
    throw new Error(`docs/security.md has no SQL that begins with "${begin}", then grants`);
  }
  return { create, grants };
}

/** The address of a server of the tests, for the documented user instead of the administrator. */
export function asCounterUser(url: string): string {
  return Object.assign(new URL(url), counterUser).href;
}
