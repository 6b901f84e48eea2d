import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { type CodeBlock, codeBlocks, documents, root } from './markdown.js';

/**
 * What the documents may do in an example:
 *
 * - `// given: counters: CounterService` as the first line names what the example finds there, with
 *   the type that the package exports under that name. Such an example is run with these globals.
 * - `// → 3` behind a statement says what its expression is, or the constant that it declares, or
 *   what it logs. It is compared when the example is run.
 *
 * Everything else is the example's own: it imports what it uses.
 */
export interface Example extends CodeBlock {
  /** Names of what it finds there. */
  given: string[];
  /** The compiled file. */
  file: string;
}

const COMPARE = 'isAsDocumented';
const GIVEN = /^\/\/ given: (.*)$/m;

export function findExamples(): CodeBlock[] {
  const isShown = /^(README\.md|docs\/((guides|procedures)\/)?[^/]+)$/;
  const shown = documents().filter((path) => isShown.test(path));
  return shown.flatMap(codeBlocks).filter(({ language }) => language === 'ts');
}

/** Compiles all examples by the project's own settings, and throws with what the compiler says. */
export async function compileExamples(
  blocks: readonly CodeBlock[],
  to: string,
): Promise<Example[]> {
  const sources = await writeExamples(blocks, to);
  const program = ts.createProgram([...sources.keys()], { ...projectOptions(), noEmit: false });
  const { diagnostics } = program.emit();
  const problems = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (problems.length > 0)
    throw new Error(problems.map((one) => describe(one, sources)).join('\n'));

  return Array.from(sources, ([path, block]) => ({
    ...block,
    given: givenIn(block.code).map(({ name }) => name),
    file: path.replace(/\.ts$/, '.js'),
  }));
}

/** Answers the file of each. */
export async function writeExamples(
  blocks: readonly CodeBlock[],
  to: string,
): Promise<Map<string, CodeBlock>> {
  await mkdir(to, { recursive: true });
  const sources = new Map(
    blocks.map((block) => [join(to, `${block.place.replace(/\W+/g, '-')}.ts`), block]),
  );
  for (const [path, { code }] of sources) await writeFile(path, toModule(code));
  return sources;
}

/** The example as a file: every line stays where it is. */
function toModule(code: string): string {
  const declarations = givenIn(code).map(
    ({ name, type }) => `declare const ${name}: import('nestjs-fastcounter').${type};`,
  );
  const checked = withChecks(code.replace(GIVEN, declarations.join(' ')));
  return `${checked}import { deepEqual as ${COMPARE} } from 'node:assert/strict';\n`;
}

function givenIn(code: string): { name: string; type: string }[] {
  const [, list] = GIVEN.exec(code) ?? [];
  if (list === undefined) return [];
  return list.split(', ').map((given) => {
    const [name = '', type = ''] = given.split(': ');
    return { name, type };
  });
}

/** Puts a comparison behind every statement that is followed by `// → value`. */
function withChecks(code: string): string {
  const source = ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2023);
  let checked = code;
  for (const statement of [...source.statements].reverse()) {
    const [comment] = ts.getTrailingCommentRanges(code, statement.end) ?? [];
    const value = comment && /^\/\/ → (.*)$/.exec(code.slice(comment.pos, comment.end))?.[1];
    if (comment === undefined || value === undefined) continue;
    const check = ts.isVariableStatement(statement)
      ? `${statement.getText(source)} ${comparison(declaredIn(statement, source), value)}`
      : comparison(expressionIn(statement, source), value);
    checked = checked.slice(0, statement.getStart(source)) + check + checked.slice(comment.end);
  }
  return checked;
}

function expressionIn(statement: ts.Statement, source: ts.SourceFile): string {
  if (!ts.isExpressionStatement(statement)) {
    throw new Error(`This has no value: ${statement.getText(source)}`);
  }
  const { expression } = statement;
  const isLog =
    ts.isCallExpression(expression) && expression.expression.getText(source) === 'console.log';
  return (isLog ? expression.arguments[0] : expression)?.getText(source) ?? 'undefined';
}

function declaredIn(statement: ts.VariableStatement, source: ts.SourceFile): string {
  const [declaration] = statement.declarationList.declarations;
  if (declaration === undefined)
    throw new Error(`Nothing is declared: ${statement.getText(source)}`);
  return declaration.name.getText(source);
}

const comparison = (expression: string, value: string): string =>
  `${COMPARE}(${expression}, ${value});`;

export function projectOptions(): ts.CompilerOptions {
  const read = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { compilerOptions } = read.config as { compilerOptions: unknown };
  return ts.convertCompilerOptionsFromJson(compilerOptions, root).options;
}

/** With the line of the document instead of that of the file. */
function describe(problem: ts.Diagnostic, sources: ReadonlyMap<string, CodeBlock>): string {
  const message = ts.flattenDiagnosticMessageText(problem.messageText, '\n');
  const { file, start = 0 } = problem;
  const block = sources.get(file?.fileName ?? '');
  if (file === undefined || block === undefined) return message;
  const line = block.line + file.getLineAndCharacterOfPosition(start).line;
  return `${block.place.replace(/\d+$/, String(line))} ${message}`;
}
