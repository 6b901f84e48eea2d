import { Injectable, Module } from '@nestjs/common';
import { getDataSourceToken, InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { Column, type DataSource, Entity, PrimaryColumn, type Repository } from 'typeorm';
import { describe, expect, test } from 'vitest';
import { Counter as OurCounter, CounterService, FastCounterModule } from '../../lib/index.js';
import { database, start } from './start.js';

/** Of the application: where people are served. */
@Entity()
class Counter {
  @PrimaryColumn()
  room!: string;

  @Column()
  open!: boolean;
}

@Injectable()
class Reception {
  constructor(@InjectRepository(Counter) readonly counters: Repository<Counter>) {}
}

describe('an application with an entity that is called Counter too', () => {
  test.each([true, false])(
    'and no forFeature for it does not start, isGlobal %s',
    async (isGlobal) => {
      const counting = FastCounterModule.forRoot({ isGlobal });
      @Module({ imports: [counting], providers: [Reception] })
      class ReceptionModule {}
      const imports = [await database(), counting, ReceptionModule];
      await expect(start({ imports })).rejects.toThrow(
        /can't resolve dependencies.*CounterRepository/s,
      );
    },
  );

  test('has its own, beside counts', async () => {
    const imports = [
      await database({ entities: [Counter] }),
      TypeOrmModule.forFeature([Counter]),
      FastCounterModule.forRoot(),
    ];
    const app = await start({ imports, providers: [Reception] });
    const { counters: rooms } = app.get(Reception);
    expect(rooms.target).toBe(Counter);
    await rooms.insert({ room: '1', open: true });
    const counters = app.get(CounterService);
    await counters.incr('served', 2);
    await counters.flush();
    expect(await rooms.count()).toBe(1);
    const dataSource = app.get<DataSource>(getDataSourceToken());
    expect(await dataSource.getRepository(OurCounter).find()).toMatchObject([
      { name: 'served', value: 2n },
    ]);
  });
});
