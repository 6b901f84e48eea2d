import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateTables1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE TABLE customer (id int PRIMARY KEY AUTO_INCREMENT, email varchar(191) NOT NULL UNIQUE, password varchar(191) NOT NULL)',
    );
    await runner.query(
      'CREATE TABLE product (id int PRIMARY KEY AUTO_INCREMENT, name varchar(191) NOT NULL, cents int NOT NULL)',
    );
    await runner.query(`INSERT INTO product (name, cents) VALUES ('Abacus', 2500)`);
    await runner.query(
      `INSERT INTO customer (email, password) VALUES ('a@example.com', SHA2('salt:secret', 256))`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE product');
    await runner.query('DROP TABLE customer');
  }
}
