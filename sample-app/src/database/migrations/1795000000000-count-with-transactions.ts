import { downFastCounter, upFastCounter } from 'nestjs-fastcounter';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The table of increments that wait for the end of their transaction. */
export class CountWithTransactions1795000000000 implements MigrationInterface {
  up(queryRunner: QueryRunner): Promise<void> {
    return upFastCounter(queryRunner, { version: 2 });
  }

  down(queryRunner: QueryRunner): Promise<void> {
    return downFastCounter(queryRunner, { version: 1 });
  }
}
