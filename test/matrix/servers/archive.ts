import { execFile } from 'node:child_process';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** A release of Debian or Ubuntu. */
export interface Release {
  /** Where its packages are. */
  archive: string;
  /** What a later one has replaces what an earlier one has. */
  suites: readonly string[];
  components: readonly string[];
}

interface Package {
  name: string;
  version: string;
  /** Its file in the archive. */
  file: string;
  /** What it cannot do without: of each, one of several. */
  depends: readonly (readonly string[])[];
}

const indices = new Map<string, Promise<ReadonlyMap<string, Package>>>();

/**
 * Unpacks packages of a release with all that they cannot do without into a folder: a small system of its own, beside that of
 * the machine. Answers the version of each that was asked for.
 */
export async function unpack(
  release: Release,
  names: readonly string[],
  without: ReadonlySet<string>,
  folder: string,
): Promise<Readonly<Record<string, string>>> {
  const index = await indexOf(release);
  const packages = closure(index, names, without);
  if (!existsSync(folder)) {
    const unfinished = `${folder}.unfinished`;
    await mkdir(unfinished, { recursive: true });
    for (const one of packages) {
      const file = join(unfinished, basename(one.file));
      await writeFile(file, await download(`${release.archive}/${one.file}`));
      await execute('dpkg-deb', ['--extract', file, unfinished]);
      await execute('rm', [file]);
    }
    await rename(unfinished, folder);
  }
  return Object.fromEntries(names.map((name) => [name, index.get(name)?.version ?? '']));
}

function indexOf(release: Release): Promise<ReadonlyMap<string, Package>> {
  const key = `${release.archive} ${release.suites.join(' ')}`;
  const read = indices.get(key) ?? readIndex(release);
  indices.set(key, read);
  return read;
}

/** Packages by their names and by what they provide. */
async function readIndex({ archive, suites, components }: Release): Promise<Map<string, Package>> {
  const packages = new Map<string, Package>();
  const provided = new Map<string, Package>();
  const parts = suites.flatMap((suite) => components.map((component) => `${suite}/${component}`));
  for (const part of parts) {
    const url = `${archive}/dists/${part}/binary-amd64/Packages.xz`;
    for (const paragraph of (await decompress(await download(url))).split('\n\n')) {
      const fields = new Map(
        [...paragraph.matchAll(/^([A-Za-z-]+): (.*)$/gm)].map(([, key = '', value = '']) => [
          key,
          value,
        ]),
      );
      const name = fields.get('Package');
      if (name === undefined) continue;
      const depends = [fields.get('Pre-Depends'), fields.get('Depends')].flatMap(alternatives);
      const one = {
        ...{ name, depends },
        version: fields.get('Version') ?? '',
        file: fields.get('Filename') ?? '',
      };
      packages.set(name, one);
      for (const [other] of alternatives(fields.get('Provides'))) {
        if (other !== undefined) provided.set(other, one);
      }
    }
  }
  return new Map([...provided, ...packages]);
}

/** `a (>= 1) | b, c` is a or b, and c. */
const alternatives = (text = ''): string[][] =>
  text
    .split(',')
    .map((each) => each.split('|').map((one) => one.trim().split(/[ :(]/)[0] ?? ''))
    .filter(([first]) => first !== '');

function closure(
  index: ReadonlyMap<string, Package>,
  names: readonly string[],
  without: ReadonlySet<string>,
): Set<Package> {
  const found = new Set<Package>();
  const left = names.map((name) => [name]);
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const name = next.find((one) => index.has(one));
    const one = name === undefined ? undefined : index.get(name);
    if (one === undefined) throw new Error(`There is no package ${next.join(' or ')}`);
    if (without.has(one.name) || found.has(one)) continue;
    found.add(one);
    left.push(
      ...one.depends.filter((each) => each.some((it) => index.has(it))).map((each) => [...each]),
    );
  }
  return found;
}

async function download(url: string): Promise<Buffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

async function decompress(content: Buffer): Promise<string> {
  const decompressing = execute('xz', ['--decompress', '--stdout'], {
    maxBuffer: 1 << 30,
    encoding: 'utf8',
  });
  decompressing.child.stdin?.end(content);
  return (await decompressing).stdout;
}
