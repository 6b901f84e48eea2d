import { INCRBY, OURS } from '../../bench/questions/peers.js';
import { OURS as PERSISTED, ROWS } from '../../bench/questions/persist.js';
import { guard } from './guard.js';

// servers that other tests use at the same time, so these are among the long ones
guard([
  ['incr', /^latency .* p99, against awaited INCRBY/, OURS, INCRBY],
  ['persist', /against one row at a time$/, PERSISTED, ROWS],
]);
