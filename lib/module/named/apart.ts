import type { ModulesContainer } from '@nestjs/core';
import { InvalidOptionsError, quote } from '../../errors.js';
import type { ResolvedOptions } from '../options/resolve-options.js';

/** Of each application, the options of its modules that count. */
const known = new WeakMap<ModulesContainer, ResolvedOptions[]>();

/** Of two modules with one name, or with none: a provider that injects `CounterService` would get either one. */
export function importedTwice(name: string): InvalidOptionsError {
  const again = 'FastCounterModule.forRoot() or forRootAsync() is in this application twice';
  if (name !== '') {
    return new InvalidOptionsError(
      `${again} by the name ${quote(name)}: keep one of them, or give one of them another "name"`,
    );
  }
  return new InvalidOptionsError(
    `${again}: keep one of them, or give one of them a "name". The module is global unless "isGlobal" is false. Then keep ` +
      'the answer of forRoot() in a constant, and import the constant wherever counters are needed',
  );
}

/** Throws where two modules of an application would count in the same rows: each would take the other for another process. */
export function expectOwnRows(application: ModulesContainer, options: ResolvedOptions): void {
  const all = known.get(application) ?? [];
  known.set(application, all);
  const { namespace, dataSource } = options;
  const other = all.find(
    (one) =>
      one.name !== options.name && one.namespace === namespace && one.dataSource === dataSource,
  );
  if (other === undefined) {
    all.push(options);
    return;
  }
  throw new InvalidOptionsError(
    `Two FastCounterModules of this application, ${called(other)} and ${called(options)}, count in namespace ${quote(namespace)} on the same ` +
      'data source: give each a "namespace" of its own',
  );
}

const called = ({ name }: ResolvedOptions): string =>
  name === undefined ? 'the one without a name' : quote(name);
