import { flow } from './flow.js';

declare const test: (name: string, run: () => Promise<void>, timeout: number) => void;

test('the whole application counts, persists, reads, limits and migrates', flow, 120_000);
