import { runBench } from './bench.js';
import { hostSubject } from './host.js';

if (process.argv[2] === '--host') hostSubject();
else await runBench(process.argv.slice(2));
