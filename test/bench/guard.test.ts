import { LARGE, SMALL } from '../../bench/questions/allocation.js';
import { HOT as FORGOTTEN, HOT_MAP as MAP } from '../../bench/questions/forget.js';
import { guard } from './guard.js';

guard([
  ['forget', /^fire-and-forget, hot, against a bare Map update/, FORGOTTEN, MAP],
  ['allocation', /^allocation per `incr\(\)`/, SMALL, LARGE],
]);
