import { once } from 'node:events';
import { build } from './build.mjs';
import { installDependencies } from './install.mjs';
import { endAs, start } from './run.mjs';

await installDependencies();
await build();

console.log('== sample application');
const application = start('node', ['sample-app/dist/main.js', ...process.argv.slice(2)], {
  // In a process group of its own: Ctrl+C reaches it once, from here, and not from the terminal too.
  detached: true,
});
let forwarded;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal !== forwarded) application.kill(signal);
    forwarded = signal;
  });
}
const [code, signal] = await once(application, 'exit');
endAs({ code, signal });
