import { Column, Entity, PrimaryColumn, ViewColumn, ViewEntity } from 'typeorm';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type FastCounterOptions, InvalidOptionsError } from '../../lib/index.js';
import { resolveOptions } from '../../lib/module/options/resolve-options.js';
import { Article, databaseOf, Document, Membership, start } from './applications.js';

type Rule = NonNullable<FastCounterOptions['columns']>[number];

@Entity('float_key')
class FloatKey {
  @PrimaryColumn({ type: 'float' })
  id!: number;

  @Column({ type: 'int' })
  views!: number;
}

@ViewEntity({ name: 'seen', expression: 'SELECT 1 AS id, 1 AS views' })
class Seen {
  @ViewColumn()
  id!: number;

  @ViewColumn()
  views!: number;
}

class Unknown {
  id = 0;
}

const rule = (given: Partial<Record<keyof Rule, unknown>> = {}): Rule =>
  ({ counters: 'views:{id}', entity: () => Article, column: 'views', ...given }) as Rule;

describe('option "columns"', () => {
  test.each([
    [
      rule({ counters: 'views' }),
      'columns[0].counters" (given: "views") must have {id} in it, once',
    ],
    [rule({ counters: '{id}:{id}' }), 'must have {id} in it, once'],
    [rule({ counters: '{tenant}:{id}' }), 'must have no braces but those of {id}'],
    [
      rule({ counters: ' {id}' }),
      'makes no counter name: it must not begin or end with white space',
    ],
    [rule({ counters: 7 }), 'must be a text such as "views:{id}"'],
    [rule({ counters: undefined }), 'columns[0].counters" (given: undefined) is required'],
    [rule({ entity: Article }), 'must be a function that answers the entity, as () => Article'],
    [rule({ entity: 'article' }), 'must be a function that answers the entity, as () => Article'],
    [rule({ column: '' }), 'must be the name of a property of the entity'],
    [{ ...rule(), table: 'article' }, '"columns[0].table" (given: "article") is unknown'],
  ])('is refused in words: %j', (given, words) => {
    const resolve = () => resolveOptions({ columns: [given] });
    expect(resolve).toThrow(InvalidOptionsError);
    expect(resolve).toThrow(words);
  });

  test.each([
    ['views:{id}', 'views:{id}'],
    ['views:{id}', 'views:today:{id}'],
    ['{id}', 'views:{id}'],
    ['a:{id}:views', 'a:b:{id}:views'],
  ])('is refused where two rules can fit one counter: %s, %s', (one, other) => {
    const columns = [rule({ counters: one }), rule({ counters: other, column: 'likes' })];
    expect(() => resolveOptions({ columns })).toThrow('can fit the same counter');
  });

  test('has rules that no counter fits together', () => {
    const templates = ['a:{id}:views', 'a:{id}:likes', 'b:{id}'];
    const columns = templates.map((counters) => rule({ counters }));
    expect(resolveOptions({ columns }).columns).toEqual(columns);
    expect(resolveOptions({}).columns).toEqual([]);
  });

  test.each([
    [rule({ entity: () => Unknown }), 'columns[0].entity" answers "Unknown", which is no entity'],
    [rule({ entity: () => undefined }), 'answers undefined, which is no entity'],
    [rule({ entity: () => Membership, column: 'visits' }), 'has 2 columns in its primary key'],
    [rule({ entity: () => FloatKey }), 'primary key "id" is of type float'],
    [rule({ entity: () => Seen }), 'is the view Seen'],
    [rule({ column: 'vews' }), 'columns[0].column" (given: "vews") is no column of Article'],
    [rule({ column: 'id' }), 'as it is its primary key'],
    [rule({ column: 'updatedAt' }), 'as it is of type datetime: it must be an integer'],
  ])('is refused at the start where the data source does not fit: %j', async (given, words) => {
    const database = await databaseOf('sqljs');
    const entities = [...(database.entities as []), FloatKey, Seen];
    const starting = start({ ...database, entities }, { columns: [given] });
    starting.then(
      (started) => onTestFinished(() => started.close()),
      () => undefined,
    );
    await expect(starting).rejects.toThrow(InvalidOptionsError);
    await expect(starting).rejects.toThrow(words);
  });

  test.each(['postgres', 'mariadb'] as const)(
    'is refused at the start where the table is not as the entity says, on %s',
    async (engine) => {
      const database = await databaseOf(engine);
      const first = await start(database);
      await first.dataSource.query('ALTER TABLE article DROP COLUMN views');
      await first.close();
      const starting = start({ ...database, synchronize: false });
      await expect(starting).rejects.toThrow(InvalidOptionsError);
      await expect(starting).rejects.toThrow(
        /Option "columns": Article\.views cannot be written\. .*views/,
      );
    },
  );

  test('takes an entity by a function of each kind', async () => {
    const started = await start(await databaseOf('sqljs'), {
      columns: [
        rule({ entity: () => 'Article' }),
        rule({ counters: 'reads:{id}', entity: () => Document, column: 'reads' }),
      ],
    });
    await started.close();
  });
});
