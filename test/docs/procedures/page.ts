import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import ts from 'typescript';
import { findExamples, projectOptions, writeExamples } from '../examples.js';
import { codeBlocks, readDocument, root, section } from '../markdown.js';

const execute = promisify(execFile);

type Variables = Readonly<Record<string, string>>;

/** A page of docs/procedures, whose steps are run as they are written. */
export class Procedure {
  private readonly path: string;
  /** Places of the blocks that were run or taken. */
  private readonly used = new Set<string>();

  constructor(name: string) {
    this.path = `docs/procedures/${name}.md`;
  }

  /** Runs the shell lines below a heading, and answers what they print. Fails where one of them fails. */
  run(heading: string, variables: Variables): Promise<string> {
    return this.within(root, this.take(heading, 'sh'), variables);
  }

  /** The same of any lines, in a directory. */
  async within(directory: string, script: string, variables: Variables): Promise<string> {
    const { stdout } = await execute('bash', ['--norc', '-euo', 'pipefail', '-c', script], {
      cwd: directory,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...variables },
      timeout: 120_000,
    });
    return stdout;
  }

  /** The block of a language below a heading. */
  take(heading: string, language: string): string {
    const below = section(readDocument(this.path), heading);
    const found = codeBlocks(this.path).filter(
      (block) => block.language === language && below.includes(`\n${block.code}\`\`\``),
    );
    const [block] = found;
    if (block === undefined || found.length > 1) {
      throw new Error(`"${heading}" has ${found.length} blocks of ${language} instead of one`);
    }
    this.used.add(block.place);
    return block.code;
  }

  /** Blocks of commands that nobody ran. */
  get left(): string[] {
    return codeBlocks(this.path)
      .filter(({ language, place }) => ['sh', 'sql'].includes(language) && !this.used.has(place))
      .map(({ place }) => place);
  }
}

/** Host and port of an address, as variables with a prefix. */
export function addressOf(prefix: string, url: string): Record<string, string> {
  const { hostname, port } = new URL(url);
  return { [prefix]: url, [`${prefix}_HOST`]: hostname, [`${prefix}_PORT`]: port };
}

/** What the examples of a page export. `examples.test.ts` checks their types. */
export async function functionsOf(name: string): Promise<Record<string, unknown>> {
  const directory = join(root, '.tmp', `docs-${randomUUID().slice(0, 8)}`);
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const blocks = findExamples().filter(({ place }) => place.includes(`procedures/${name}.md`));
  const exported: Record<string, unknown> = {};
  for (const path of (await writeExamples(blocks, directory)).keys()) {
    const { outputText } = ts.transpileModule(await readFile(path, 'utf8'), {
      // as a module: its errors are those that the test's own import throws
      compilerOptions: { ...projectOptions(), module: ts.ModuleKind.ESNext },
      fileName: path,
    });
    const file = path.replace(/\.ts$/, '.js');
    await writeFile(file, outputText);
    Object.assign(exported, await import(/* @vite-ignore */ file));
  }
  return exported;
}
