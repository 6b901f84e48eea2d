import type { LedgerPosition, Batch, StoreProblem } from '../../lib/cache/counter-cache.js';
import type {
  ApplyResult,
  BucketQuery,
  CounterRow,
  CounterStore,
  NamesQuery,
  NamesStep,
  PartsPage,
  PersistedValues,
  TopRow,
} from '../../lib/database/counter-store.js';
import { MemoryCorrections } from '../../lib/database/memory/memory-corrections.js';
import { MemoryImports } from '../../lib/database/memory/memory-imports.js';
import { MemoryClosings } from '../../lib/database/memory/memory-closings.js';
import { bucketNames, nameStep } from '../../lib/database/memory/memory-rows.js';
import { type Call, callDatabase } from './database-call.js';
import { type DatabaseServer, NAMESPACES } from './database-server.js';
import { OutboxClient } from './outbox-client.js';
import type { SimulatedProcess } from './simulated-process.js';
import type { Stage } from './stage.js';
import { drawDelay } from './weather.js';

/** One process's connections to the database. */
export class DatabaseClient implements CounterStore {
  readonly outbox: OutboxClient;
  /** No process of the simulation corrects windows. */
  readonly corrections: MemoryCorrections;
  readonly imports: MemoryImports;
  readonly closings: MemoryClosings;

  constructor(
    private readonly stage: Stage,
    private readonly owner: SimulatedProcess,
    private readonly server: DatabaseServer,
  ) {
    this.outbox = new OutboxClient(stage, owner, server.outbox);
    this.corrections = new MemoryCorrections(server, NAMESPACES.counters);
    this.imports = new MemoryImports(server, NAMESPACES.counters);
    this.closings = new MemoryClosings(server, NAMESPACES.counters);
  }

  apply(partition: number, batch: Batch): Promise<ApplyResult> {
    const { stage, server } = this;
    const label = (): string => {
      const entries = batch.entries.map(({ name, delta }) => `${name} ${delta}`);
      return `apply p${partition} batch ${batch.seq} ${stage.short(batch.nonce)}: ${entries.join(', ')}`;
    };
    return this.call(label, ({ fate, atServer, resolve, reject }) => {
      server.lock(partition, (release) => {
        atServer(() => {
          // of an unknown commit either half is possible
          const commits = fate === 'fine' || stage.random.chance(0.7);
          const result = commits ? server.apply(NAMESPACES, partition, batch) : undefined;
          release();
          if (fate !== 'fine') stage.fault(`database: commit lost its answer`);
          stage.note(() => `  database: ${label()} ${result?.status ?? 'rolled back'} [${fate}]`);
          if (fate === 'fine' && result !== undefined) resolve(result);
          else reject('Connection terminated during commit');
        });
      });
    });
  }

  seed(
    partition: number,
    reserve: (ledger: LedgerPosition) => Promise<string | undefined>,
  ): Promise<string | undefined> {
    const { stage, server, owner } = this;
    const label = (): string => `seed p${partition}`;
    return this.call<string | undefined>(label, ({ fate, atServer, resolve, reject }) => {
      server.lock(partition, (unlock) => {
        // its connection breaks, and the server rolls back
        const aborted = (): void => {
          stage.fault('database: seed rolled back');
          release();
        };
        const release = (): void => {
          owner.onEnd.delete(aborted);
          atServer(unlock);
        };
        if (!owner.alive) {
          release();
          return;
        }
        owner.onEnd.add(aborted);
        const ledger = server.ledger(partition);
        const commit = (generation: string | undefined): void => {
          // on its way, whatever becomes of the process
          owner.onEnd.delete(aborted);
          owner.onEnd.add(() => stage.fault('database: seed lost its answer'));
          atServer(() => {
            const commits = fate === 'fine' || stage.random.chance(0.5);
            if (commits && generation !== undefined) {
              server.seed(NAMESPACES, partition, generation);
            } else if (generation !== undefined) stage.fault('database: seed rolled back');
            if (fate !== 'fine') stage.fault('database: seed lost its answer');
            release();
            if (fate === 'fine') resolve(generation);
            else reject('Connection terminated during commit');
          });
        };
        const failed = (error: unknown): void => {
          stage.fault('database: seed rolled back');
          release();
          reject(error);
        };
        const ask = (): void => void reserve(ledger).then(commit, failed);
        stage.time.after(drawDelay(stage.databaseWeather, stage.random), ask, owner);
      });
    });
  }

  read(names: readonly string[], partitions: readonly number[]): Promise<PersistedValues> {
    return this.call(
      () => `select ${names.join()}`,
      ({ fate, resolve, reject }) => {
        const values = this.server.read(NAMESPACES, names, partitions);
        if (fate === 'fine') resolve(values);
        else reject('Connection terminated');
      },
    );
  }

  expire(): Promise<number> {
    return Promise.resolve(0);
  }

  embedded(): Promise<never[]> {
    return Promise.resolve([]);
  }

  identify(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  persistedAt(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  list(): Promise<CounterRow[]> {
    return Promise.resolve([]);
  }

  aggregate(): Promise<bigint> {
    return Promise.resolve(0n);
  }

  top(): Promise<TopRow[]> {
    return Promise.resolve([]);
  }

  parts(): Promise<PartsPage> {
    return Promise.resolve({ rows: [], ledgers: new Map() });
  }

  buckets(query: BucketQuery): Promise<string[]> {
    return this.call(
      () => `select buckets of ${'prefix' in query.of ? query.of.prefix : query.of.join()}`,
      ({ fate, resolve, reject }) => {
        const names = bucketNames(this.server.rowsOf(NAMESPACES.counters), query);
        if (fate === 'fine') resolve(names);
        else reject('Connection terminated');
      },
    );
  }

  names(query: NamesQuery): Promise<NamesStep> {
    return this.call(
      () => `select names of ${query.of}`,
      ({ fate, resolve, reject }) => {
        const step = nameStep(this.server.rowsOf(NAMESPACES.counters), query);
        if (fate === 'fine') resolve(step);
        else reject('Connection terminated');
      },
    );
  }

  inspect(): Promise<StoreProblem[]> {
    return Promise.resolve([]);
  }

  private call<Answer>(label: () => string, run: (call: Call<Answer>) => void): Promise<Answer> {
    const { stage, owner } = this;
    return callDatabase({ stage, owner }, label, run);
  }
}
