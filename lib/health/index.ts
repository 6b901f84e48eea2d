export {
  type FastCounterHealth,
  FastCounterHealthIndicator,
} from './fast-counter-health.indicator.js';
export type { FastCounterHealthOptions } from './health-options.js';
