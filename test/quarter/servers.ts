import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { downFastCounter, fastCounterMigrations } from '../../lib/index.js';
import { createCounterDatabase, grant } from '../support/servers/counter-database.js';
import { roleStatements } from '../support/servers/documented-access.js';
import { type PostgresServer, startPostgres } from '../support/servers/postgres.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';

/** The servers of one run, and what an operator does to them. */
export class Servers {
  private constructor(
    readonly redis: RedisServer,
    readonly databaseUrl: string,
    /** Absent on the database server of all tests, which nobody stops. */
    private readonly postgres?: PostgresServer,
  ) {}

  static async start({ ownDatabase }: { ownDatabase: boolean }): Promise<Servers> {
    const [redis, postgres] = await Promise.all([
      // each command is in the file before it is answered, also where the server is killed then
      startRedis({ arguments: ['--appendonly', 'yes', '--appendfsync', 'no', '--save', ''] }),
      ownDatabase ? startPostgres({ autovacuum: 'on' }) : undefined,
    ]);
    const url = postgres === undefined ? createCounterDatabase() : postgres.createDatabase();
    return new Servers(redis, await url, postgres);
  }

  /** The tables are those of version 1. */
  async toFormerSchema(): Promise<void> {
    await this.asOwner(async (owner) => {
      const runner = owner.createQueryRunner();
      await downFastCounter(runner, { version: 1 }).finally(() => runner.release());
    });
  }

  /** As the page "Blue and green" has it. */
  async migrate(): Promise<void> {
    await this.asOwner(async (owner) => {
      await owner.runMigrations();
      await grant(owner, roleStatements('postgres').grants);
    });
  }

  /** Redis or the database does not answer until the function that this answers is called. */
  async stop(which: 'redis' | 'database', how: 'kill' | 'freeze'): Promise<() => Promise<void>> {
    const server = which === 'redis' ? this.redis : this.ownDatabase;
    if (how === 'kill') {
      await server.kill();
      return () => server.restart();
    }
    const [freeze, thaw] =
      'pause' in server
        ? [() => server.pause(), () => server.resume()]
        : [() => server.freeze(), () => server.thaw()];
    freeze();
    return async () => {
      thaw();
      await Promise.resolve();
    };
  }

  /** Copies the file of Redis as it is. */
  async backUpRedis(): Promise<void> {
    await cp(this.file, this.copy, { recursive: true });
  }

  /** Redis is lost, and comes back as it was when it was copied. */
  async restoreRedis(): Promise<void> {
    await this.redis.kill();
    await rm(this.file, { recursive: true });
    await cp(this.copy, this.file, { recursive: true });
    await this.redis.restart();
  }

  async end(): Promise<void> {
    await Promise.all([this.redis.stop(), this.postgres?.stop()]);
  }

  private get file(): string {
    return join(this.redis.directory, 'appendonlydir');
  }

  private get copy(): string {
    return join(this.redis.directory, 'backup');
  }

  private get ownDatabase(): PostgresServer {
    if (this.postgres === undefined) throw new Error('The database is that of all tests');
    return this.postgres;
  }

  private async asOwner(work: (owner: DataSource) => Promise<void>): Promise<void> {
    const owner = new DataSource({
      ...{ type: 'postgres', url: this.databaseUrl, migrations: [...fastCounterMigrations] },
    });
    await owner.initialize();
    await work(owner).finally(() => owner.destroy());
  }
}
