import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateTables1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE "user" ("id" SERIAL PRIMARY KEY, "email" varchar NOT NULL UNIQUE, "passwordHash" varchar NOT NULL)`,
    );
    await runner.query(
      `CREATE TABLE "article" ("id" SERIAL PRIMARY KEY, "title" varchar NOT NULL, "body" text NOT NULL, "authorId" integer NOT NULL)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE "article"`);
    await runner.query(`DROP TABLE "user"`);
  }
}
