import { runBench } from './bench.js';
import { hostSubject } from './host.js';
import { hostHttpLoad } from './http-load.js';

const [, , role] = process.argv;
if (role === '--host') hostSubject();
else if (role === '--http-load') hostHttpLoad();
else await runBench(process.argv.slice(2));
