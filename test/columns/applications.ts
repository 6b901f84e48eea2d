import { randomUUID } from 'node:crypto';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { Column, DataSource, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';
import { inject } from 'vitest';
import {
  type CounterEventMap,
  CounterEvents,
  CounterService,
  FastCounterModule,
  type FastCounterOptions,
  type OwnColumn,
} from '../../lib/index.js';
import { createMariadbDatabase } from '../support/servers/mariadb.js';
import { createDatabase } from '../support/servers/postgres.js';
import { sqliteOptions } from '../support/sqlite.js';

@Entity('article')
export class Article {
  @PrimaryColumn({ type: 'int' })
  id!: number;

  @Column({ type: 'int', nullable: true })
  views!: number | null;

  @Column({ type: 'bigint', default: 0 })
  likes!: string;

  @UpdateDateColumn({ name: 'updated_at' })
  updatedAt!: Date;
}

@Entity('page')
export class Page {
  @PrimaryColumn({ type: 'varchar', length: 60 })
  slug!: string;

  @Column({ type: 'smallint', default: 0 })
  hits!: number;
}

@Entity('document')
export class Document {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ name: 'read_count', type: 'int', default: 0 })
  reads!: number;
}

@Entity('download')
export class Download {
  @PrimaryColumn({ type: 'bigint' })
  id!: string;

  @Column({ type: 'bigint', default: 0 })
  total!: string;
}

@Entity('membership')
export class Membership {
  @PrimaryColumn({ type: 'int' })
  user!: number;

  @PrimaryColumn({ type: 'int' })
  team!: number;

  @Column({ type: 'int', default: 0 })
  visits!: number;

  @Column({ type: 'varchar', length: 9, default: '' })
  note!: string;
}

export const ENTITIES = [Article, Page, Document, Download, Membership];

export const COLUMNS: OwnColumn[] = [
  { counters: 'articles:{id}:views', entity: () => Article, column: 'views' },
  { counters: 'articles:{id}:likes', entity: () => Article, column: 'likes' },
  { counters: 'hits:{id}', entity: () => Page, column: 'hits' },
  { counters: 'reads:{id}', entity: () => Document, column: 'reads' },
  { counters: 'downloads:{id}', entity: () => Download, column: 'total' },
];

export const ENGINES = ['postgres', 'mariadb', 'sqljs'] as const;
export type Engine = (typeof ENGINES)[number];

/** The settings of a data source on an empty database of its own. */
export async function databaseOf(engine: Engine): Promise<TypeOrmModuleOptions> {
  const settings = { entities: ENTITIES, autoLoadEntities: true, synchronize: true };
  if (engine === 'postgres') {
    const url = await createDatabase(inject('databaseUrl'));
    return { ...settings, type: 'postgres', url, retryAttempts: 0 };
  }
  if (engine === 'mariadb') {
    const url = await createMariadbDatabase(inject('mariadbUrl'));
    return { ...settings, type: 'mariadb', url, timezone: 'Z', retryAttempts: 0 };
  }
  return { ...sqliteOptions('sqljs'), ...settings, retryAttempts: 0 };
}

export interface Started {
  app: INestApplicationContext;
  counters: CounterService;
  events: CounterEvents;
  dataSource: DataSource;
  missed: CounterEventMap['columnMissed'][0][];
  refused: CounterEventMap['columnRefused'][0][];
  close(): Promise<void>;
}

export async function start(
  database: TypeOrmModuleOptions,
  options: FastCounterOptions = {},
): Promise<Started> {
  @Module({})
  class ApplicationModule {}
  const app = await NestFactory.createApplicationContext(
    {
      module: ApplicationModule,
      imports: [
        TypeOrmModule.forRoot(database),
        FastCounterModule.forRoot({
          ...{ namespace: `test-${randomUUID().slice(0, 8)}`, updateInterval: 60_000 },
          ...{ columns: COLUMNS, ...options },
        }),
      ],
    },
    { logger: false, abortOnError: false },
  );
  const events = app.get(CounterEvents);
  const missed: Started['missed'] = [];
  const refused: Started['refused'] = [];
  events.on('columnMissed', (event) => missed.push(event));
  events.on('columnRefused', (event) => refused.push(event));
  return {
    ...{ app, events, missed, refused },
    counters: app.get(CounterService),
    dataSource: app.get(DataSource),
    close: () => app.close(),
  };
}
