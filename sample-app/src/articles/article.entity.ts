import { Column, CreateDateColumn, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** Has no column for likes: a row that everybody updates is what counters are there for. */
@Entity()
@Index('article_by_views', ['views', 'id'])
export class Article {
  @PrimaryGeneratedColumn('identity')
  id!: number;

  @Column({ length: 200 })
  title!: string;

  @Column('text')
  body!: string;

  /** Written by FastCounterModule alone, as option `columns` says: once an update interval at most, to rank articles by. */
  @Column({ type: 'bigint', default: 0, update: false })
  views!: string;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
