/**
 * Has this process show that it persists, or miss others that do, sooner than the package does. The package has no
 * option for it: its parts are given other times when they start.
 *
 * @param {{ interval: number, patience: number }} times in milliseconds
 */
export async function missWorkersSooner(times) {
  for (const [file, name] of [
    ['process-beat', 'ProcessBeat'],
    ['worker-watch', 'WorkerWatch'],
  ]) {
    const built = await import(
      new URL(`../../../dist/modules/persisting/neighbours/${file}.js`, import.meta.url).href
    );
    const { prototype } = built[name];
    const { start } = prototype;
    prototype.start = function () {
      Object.assign(this, times);
      start.call(this);
    };
  }
}
