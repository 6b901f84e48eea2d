import type { EntityTarget, ObjectLiteral } from 'typeorm';

/**
 * A column of the application into which the counts of some counters are also added, in the transaction that persists them.
 *
 * @example
 * FastCounterModule.forRoot({
 *   columns: [{ counters: 'views:{id}', entity: () => Article, column: 'views' }],
 * });
 * @publicApi
 */
export interface OwnColumn {
  /** Names of the counters: a text with `{id}` where the name has the primary key of the row, as `'views:{id}'`. */
  counters: string;
  /** Answers the entity, which has one primary key: an integer, a text or a UUID. */
  entity: () => EntityTarget<ObjectLiteral>;
  /** The property of the entity that is added to: an integer column, which may be null. */
  column: string;
}
