import type { NotedServer } from '../../words/server-notes.js';

export const secondsOf = ({ age }: NotedServer): string => `${Math.round(age / 1000)} s`;
