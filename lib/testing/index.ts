export { clearCounters } from './clear-counters.js';
export { FastCounterTestingModule } from './fast-counter-testing.module.js';
export type { FastCounterTestingOptions } from './testing-options.js';
