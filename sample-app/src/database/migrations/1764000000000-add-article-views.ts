import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddArticleViews1764000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE article ADD COLUMN views bigint NOT NULL DEFAULT 0');
    await queryRunner.query('CREATE INDEX article_by_views ON article (views, id)');
    // What was counted before, in the namespace that is the default.
    await queryRunner.query(`
      UPDATE article SET views = counted.value FROM fast_counter AS counted
       WHERE counted.namespace = 'default' AND counted.name = 'article:views:' || article.id
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE article DROP COLUMN views');
  }
}
