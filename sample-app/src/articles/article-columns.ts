import type { OwnColumn } from 'nestjs-fastcounter';
import { Article } from './article.entity.js';
import { VIEWS } from './article-counters.js';

/** What is also kept in columns of our own, for every process that persists. */
export const articleColumns: OwnColumn[] = [
  { counters: `${VIEWS}:{id}`, entity: () => Article, column: 'views' },
];
