import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** Has no columns for views and likes: a row that everybody updates is what counters are there for. */
@Entity()
export class Article {
  @PrimaryGeneratedColumn('identity')
  id!: number;

  @Column({ length: 200 })
  title!: string;

  @Column('text')
  body!: string;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
