export { registerFastCounterMetrics } from './prometheus.js';
export {
  type FastCounterTelemetryOptions,
  registerFastCounterTelemetry,
} from './open-telemetry.js';
